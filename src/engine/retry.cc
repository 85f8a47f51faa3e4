#include "engine/retry.h"

#include <algorithm>

namespace sous::engine {

std::optional<Duration> retry_delay(const RetryPolicy& policy,
                                    Code failure,
                                    std::uint32_t attempts,
                                    std::uint64_t random,
                                    std::optional<Duration> retry_after) {
  if (!is_transient(failure) || attempts >= policy.max_attempts) {
    return std::nullopt;
  }
  Duration limit = policy.base;
  for (std::uint32_t i = 1; i < attempts && limit < policy.ceiling; ++i) {
    limit *= 2;
  }
  limit = std::min(limit, policy.ceiling);
  // Half of the delay is fixed, so that a jitter near zero never makes a busy loop.
  const auto half = static_cast<std::uint64_t>(limit.count()) / 2;
  const Duration delay{static_cast<Duration::rep>(half + random % (half + 1))};
  return retry_after ? std::max(*retry_after, delay) : delay;
}

}  // namespace sous::engine
