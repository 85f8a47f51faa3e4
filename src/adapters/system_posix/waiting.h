#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "base/time.h"

namespace sous::system_posix {

/// Now on the clock behind MonoTime.
MonoTime monotonic_now();

/// Waits until `ready` holds, a stop is requested or `deadline` has passed; what `ready` then says.
template <typename Ready>
bool wait_for(std::condition_variable_any& changed,
              std::unique_lock<std::mutex>& lock,
              const std::stop_token& stop,
              const Deadline& deadline,
              Ready ready) {
  // In slices, since the far end of MonoTime is beyond what the system's clock can hold.
  constexpr Duration kSlice = std::chrono::hours(1);
  while (!ready() && !stop.stop_requested() && !deadline.passed(monotonic_now())) {
    const Duration left = deadline.left(monotonic_now()).value_or(kSlice);
    changed.wait_for(lock, stop, std::min(left, kSlice), ready);
  }
  return ready();
}

}  // namespace sous::system_posix
