#pragma once

#include "base/locked.h"
#include "ports/clock.h"

namespace sous::support {

/// Time that moves only by advance() and by sleeping, which takes no real time. Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(WallTime start = WallTime(std::chrono::seconds(1'767'225'600)))
      : times_(Times{start, MonoTime(std::chrono::seconds(1))}) {}

  WallTime wall() override {
    auto times = times_.lock();
    return times->wall;
  }

  MonoTime now() override {
    auto times = times_.lock();
    return times->mono;
  }

  Status sleep(Duration duration, const Call& call) override {
    if (call.stop.stop_requested()) {
      return Error(Code::cancelled, "a wait was cancelled");
    }
    const auto left = call.deadline.left(now());
    if (left && *left < duration) {
      advance(*left);
      return Error(Code::timeout, "the time for a wait was over");
    }
    advance(duration);
    return ok();
  }

  void advance(Duration duration) {
    auto times = times_.lock();
    times->wall += duration;
    times->mono += duration;
  }

 private:
  struct Times {
    WallTime wall;
    MonoTime mono;
  };

  Locked<Times> times_;
};

}  // namespace sous::support
