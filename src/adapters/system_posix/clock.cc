#include "adapters/system_posix/clock.h"

#include "adapters/system_posix/waiting.h"

namespace sous::system_posix {

MonoTime monotonic_now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return MonoTime(std::chrono::duration_cast<Duration>(since));
}

WallTime SystemClock::wall() {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

MonoTime SystemClock::now() { return monotonic_now(); }

Status SystemClock::sleep(Duration duration, const Call& call) {
  const MonoTime end = monotonic_now() + duration;
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  wait_for(never, lock, call.stop, call.deadline.trimmed(end), [] { return false; });
  if (call.stop.stop_requested()) {
    return Error(Code::cancelled, "a wait was cancelled");
  }
  const auto limit = call.deadline.time();
  if (limit && *limit < end) {
    return Error(Code::timeout, "the time for a wait was over");
  }
  return ok();
}

}  // namespace sous::system_posix
