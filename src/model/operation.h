#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/deployment.h"

namespace sous {

enum class OperationState : std::uint8_t {
  queued,
  applying,
  waiting,
  succeeded,
  failed,
  blocked,
  undecided,  ///< data needed for it is missing; nothing began
  superseded,
  unverified,
};

std::string_view operation_state_text(OperationState state);

/// One deployment on its way to what it was told to run.
struct Operation {
  std::string id;
  DeploymentId deployment;
  Version version;
  std::optional<Digest> digest;
  std::uint64_t generation = 0;
  OperationState state = OperationState::queued;
  std::string reason;
  std::string link;
  std::vector<std::string> last_log_lines;
  std::string still_runs{};  // after a failure: what the cluster runs of the deployment now
  std::string advice{};      // after a failure: what to do

  friend bool operator==(const Operation&, const Operation&) = default;
};

}  // namespace sous
