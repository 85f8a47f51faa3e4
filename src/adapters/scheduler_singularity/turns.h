#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "base/locked.h"
#include "base/result.h"
#include "ports/clock.h"
#include "ports/executor.h"

namespace sous::scheduler_singularity {

class Turn;

/// When calls to one Singularity may be made: never more at once, nor in a second, than it is to
/// bear, whatever the number of threads and of clusters that live in it. First come, first served.
/// Thread-safe.
class Turns {
 public:
  struct Limits {
    std::uint32_t at_once = 10;
    std::uint32_t per_second = 1000;
  };

  /// Both must outlive this object.
  Turns(Executor& executor, Clock& clock, Limits limits)
      : executor_(executor), clock_(clock), limits_(limits) {}

  Turns(Executor& executor, Clock& clock) : Turns(executor, clock, Limits{}) {}

  /// Waits until at least one of `wanted` calls may be made. Fails with timeout, cancelled.
  Result<Turn> take(std::size_t wanted, const Call& call);

 private:
  friend class Turn;

  struct Waiter {
    std::shared_ptr<Signal> signal;
    bool has_place = false;
  };

  struct State {
    std::uint32_t busy = 0;
    std::deque<Waiter*> waiting;
    MonoTime next;  // when the next call may begin
  };

  Status wait_for_place(const Call& call);
  /// As many as there are, unless somebody waits for them.
  std::uint32_t take_free(std::size_t wanted);
  Status keep_pace(std::uint32_t calls, const Call& call);
  void give_back(std::uint32_t places);

  Executor& executor_;
  Clock& clock_;
  const Limits limits_;
  Locked<State> state_;
};

/// So many calls may be under way until this is destroyed.
class Turn {
 public:
  Turn(Turns& turns, std::uint32_t places) : turns_(&turns), places_(places) {}

  ~Turn() {
    if (turns_ != nullptr) {
      turns_->give_back(places_);
    }
  }

  Turn(Turn&& other) noexcept
      : turns_(std::exchange(other.turns_, nullptr)), places_(other.places_) {}

  Turn& operator=(Turn&&) = delete;
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  std::uint32_t places() const noexcept { return places_; }

 private:
  Turns* turns_;
  std::uint32_t places_;
};

}  // namespace sous::scheduler_singularity
