#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/rectify.h"

namespace sous::app {

/// One action of a plan that was saved.
struct SavedAction {
  DeploymentId id;
  ActionKind kind = ActionKind::nothing;
  Version version{};
  std::optional<Digest> to{};
  std::string reason{};
  Precondition precondition{};
};

/// Carries out exactly what a saved plan says (design.md section 11): each action whose
/// precondition still holds, and no other; one whose ground has moved is `superseded`, with what
/// moved. Nothing is chosen, so that no registry is asked. A hold made since is respected.
Result<std::vector<Operation>> apply_plan(Node& node,
                                          const std::vector<SavedAction>& actions,
                                          const OnOperation& on_operation,
                                          const Call& call);

}  // namespace sous::app
