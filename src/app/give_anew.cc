#include "app/give_anew.h"

#include <algorithm>

namespace sous::app {
namespace {

Operation untouched(const Action& action) {
  return {.id = {},
          .deployment = action.id,
          .version = action.version,
          .digest = action.target(),
          .generation = action.precondition.generation,
          .state = OperationState::succeeded,
          .reason = action.reason,
          .link = {},
          .last_log_lines = {}};
}

}  // namespace

Result<std::vector<Operation>> give_anew(Node& node,
                                         const Planned& planned,
                                         const GiveReason& reason,
                                         const OnOperation& on_operation,
                                         const Call& call) {
  if (!planned.observed.silent.empty()) {
    return planned.observed.silent.front().error;
  }
  auto operations = SOUS_TRY(carry_out(node, planned, reason, on_operation, call));
  for (const Action& action : planned.plan.actions) {
    if (action.kind == ActionKind::nothing) {
      operations.push_back(untouched(action));
    }
  }
  std::ranges::sort(operations, {}, &Operation::deployment);
  return operations;
}

}  // namespace sous::app
