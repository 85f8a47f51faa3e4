#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/deployment.h"

namespace sous::scheduler_podman {

/// What an instance must show before it counts as ready: Startup with every default filled in.
struct ReadyCheck {
  bool probes = true;  // false: running for a while is enough
  bool https = false;
  std::string path = "/health";
  std::uint32_t port_index = 0;
  std::vector<std::uint32_t> failure_statuses;  // any of these fails the instance at once
  std::uint32_t connect_delay = 0;              // seconds, as all that follow
  std::uint32_t startup_timeout = 45;
  std::uint32_t answer_timeout = 5;
  std::uint32_t interval = 5;
  std::uint32_t retries = 3;

  friend bool operator==(const ReadyCheck&, const ReadyCheck&) = default;
};

/// Fails with failed when the check can never be met (a port the instance does not have, an unknown
/// protocol).
Result<ReadyCheck> ready_check_of(const Deployment& deployment);

/// What one probe saw.
struct ProbeAnswer {
  enum class Kind : std::uint8_t { not_asked, refused, no_answer, answered };

  Kind kind = Kind::not_asked;
  int status = 0;
};

struct Verdict {
  Health health = Health::pending;
  std::string message;
};

/// Judges a running instance by one probe. `running_for` counts from its start, `bad_for` from the
/// first of the answers that were not good (zero when this is the first).
Verdict judge(const ReadyCheck& check,
              Duration running_for,
              const ProbeAnswer& answer,
              Duration bad_for);

}  // namespace sous::scheduler_podman
