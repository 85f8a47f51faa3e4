#pragma once

#include <cstdint>
#include <optional>

#include "base/error.h"
#include "base/time.h"

namespace sous::engine {

struct RetryPolicy {
  Duration base = std::chrono::milliseconds(200);
  Duration ceiling = std::chrono::seconds(20);
  std::uint32_t max_attempts = 6;
};

/// How long to wait before the next attempt after `attempts` failed ones (1 or more); nothing when
/// the failure is permanent or the attempts are used up. Exponential, its upper half drawn from
/// `random`; a server's own wish is honoured even above the ceiling.
std::optional<Duration> retry_delay(const RetryPolicy& policy,
                                    Code failure,
                                    std::uint32_t attempts,
                                    std::uint64_t random,
                                    std::optional<Duration> retry_after = std::nullopt);

}  // namespace sous::engine
