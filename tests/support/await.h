#pragma once

#include <poll.h>

#include <chrono>
#include <functional>

namespace sous::support {

/// Looks again and again until `condition` holds; false if it does not within `limit`. For what
/// other threads or programs do; the limit is only there so that a failure ends.
inline bool await(const std::function<bool()>& condition,
                  std::chrono::milliseconds limit = std::chrono::seconds(20)) {
  constexpr int kPauseMs = 2;
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) {
      return condition();
    }
    ::poll(nullptr, 0, kPauseMs);
  }
  return true;
}

}  // namespace sous::support
