#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "ports/clock.h"
#include "ports/executor.h"
#include "ports/rng.h"
#include "support/points.h"

namespace sous::support {

namespace sim_detail {
class Scheduler;
}

/// Runs the code as shipped on real threads of which exactly one runs at a time, so that a run is a
/// function of its seed: at every point (a call of this object's ports, and every call of a fake
/// that was given this object as its Points) the scheduler picks who runs next. Time is virtual: a
/// point takes a few microseconds, and when nobody can run it jumps to the earliest waiter.
///
/// Outside `run` nothing is scheduled: points do nothing, and a wait jumps to its deadline.
/// Must outlive everything made with it.
class Simulation final : public Points {
 public:
  struct Options {
    /// A run with more points than this has failed: it never ends.
    std::uint64_t max_points = 200'000;
    /// A point takes up to this long.
    Duration longest_point = std::chrono::microseconds(100);
    WallTime starts_at = WallTime(std::chrono::seconds(1'767'225'600));  // 2026-01-01
  };

  explicit Simulation(std::uint64_t seed);
  Simulation(std::uint64_t seed, const Options& options);
  ~Simulation() override;

  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  std::uint64_t seed() const noexcept { return seed_; }

  Executor& executor();
  Clock& clock();
  Rng& rng();
  /// The same monotonic time with wall time shown `skew` later: another machine's clock.
  std::unique_ptr<Clock> skewed_clock(Duration skew);

  /// Calls at points whose name starts with `prefix` are lost with this probability, half of them
  /// before and half after they took effect. The longest prefix that fits decides.
  void lose_answers(std::string prefix, double probability);
  /// From now on nothing is lost any more: what failed can recover.
  void heal();

  /// Runs `body` as the first thread, then waits until every thread has ended. Once per object.
  /// Fails with `failed` when all threads wait for ever, or the points never end; the text holds
  /// each thread's state. All threads are then ended by an exception out of their waits.
  Status run(const std::function<void()>& body);

  /// Lets the scheduler choose who goes on. Fates other than done only by lose_answers.
  Fate reach(std::string_view point) override;

  void point(std::string_view name) { (void)reach(name); }

  /// One line for each point so far: its number, the virtual time, the thread, the point.
  std::string trace() const;
  /// The number of points so far.
  std::uint64_t points() const;

 private:
  std::uint64_t seed_;
  std::unique_ptr<sim_detail::Scheduler> scheduler_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<Rng> rng_;
};

/// Runs `body` in a fresh simulation of each seed 1..count as a test: stops at the first seed that
/// fails and names it. With SOUS_SIM_SEED=n in the environment only that seed runs, and its trace
/// is printed.
void for_each_seed(std::uint64_t count,
                   const std::function<void(Simulation&)>& body,
                   const Simulation::Options& options = {});

}  // namespace sous::support
