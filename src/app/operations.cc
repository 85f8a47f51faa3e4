#include "app/operations.h"

#include <utility>

#include <fmt/format.h>

#include "app/rectify.h"
#include "base/text.h"

namespace sous::app {
namespace {

// Whoever drives an operation looks several times a second; one that is silent for so long is gone.
constexpr Duration kPatience = std::chrono::seconds(5);
constexpr Duration kLookAgain = std::chrono::milliseconds(200);

/// Waits for the driver to end it; false when nobody does.
Result<bool> was_ended(Node& node, const std::string& id, const Call& call) {
  const MonoTime until = node.clock.now() + kPatience;
  while (node.clock.now() < until) {
    const auto record = SOUS_TRY(find_operation(node, id));
    if (has_ended(record.operation.state)) {
      return true;
    }
    if (record.operation.state == OperationState::unverified) {
      return false;  // its driver gave up before
    }
    SOUS_TRY_VOID(node.clock.sleep(kLookAgain, call));
  }
  return false;
}

/// Drives the deployment once more; that honours the request.
Status end_it_here(Node& node,
                   const OperationRecord& record,
                   const OnOperation& on_operation,
                   const Call& call) {
  const DeploymentId& id = record.operation.deployment;
  const PlanScope scope{.filter = engine::Filter::of(id.manifest, {id.cluster}),
                        .policy = {.ignore_holds = false},
                        .wanted_revision = {},
                        .version = {}};
  const auto planned = SOUS_TRY(make_plan(node, scope, call));
  const GiveReason reason{.message = fmt::format("Cancel operation {}", record.operation.id),
                          .why = "sous operations cancel"};
  SOUS_TRY(carry_out(node, planned, reason, on_operation, call));
  return ok();
}

}  // namespace

bool has_ended(OperationState state) {
  switch (state) {
    case OperationState::queued:
    case OperationState::applying:
    case OperationState::waiting:
    case OperationState::unverified:
      return false;
    case OperationState::succeeded:
    case OperationState::failed:
    case OperationState::blocked:
    case OperationState::undecided:
    case OperationState::superseded:
      break;
  }
  return true;
}

Result<OperationRecord> find_operation(Node& node, const std::string& id) {
  auto found = SOUS_TRY(node.operations.find(id));
  if (id.empty() || found.empty()) {
    return Error(Code::not_found, fmt::format("no operation {} is on record here", quote(id)))
        .hinted("`sous operations list` shows those of this machine");
  }
  if (found.size() > 1) {
    return Error(Code::usage, fmt::format("{} names several operations", quote(id)))
        .hinted("give more of its digits");
  }
  return std::move(found.front());
}

Result<OperationRecord> cancel_operation(Node& node,
                                         const std::string& id,
                                         const std::string& reason,
                                         const OnOperation& on_operation,
                                         const Call& call) {
  auto record = SOUS_TRY(find_operation(node, id));
  const Operation& operation = record.operation;
  if (has_ended(operation.state)) {
    return Error(Code::conflict,
                 fmt::format("operation {} has ended: {}",
                             operation.id,
                             operation_state_text(operation.state)))
        .hinted("`sous rollback` gives back what ran before");
  }
  const Deed deed{.who = node.who(), .when = node.clock.wall(), .why = reason};
  SOUS_TRY_VOID(node.operations.cancel(operation.deployment, operation.generation, deed));
  if (!SOUS_TRY(was_ended(node, operation.id, call))) {
    SOUS_TRY_VOID(end_it_here(node, record, on_operation, call));
    record.operation.state = OperationState::failed;
    record.operation.reason = fmt::format("cancelled by {}: {}", deed.who, deed.why);
    record.updated = node.clock.wall();
    SOUS_TRY_VOID(node.operations.put(record));
  }
  return find_operation(node, operation.id);
}

}  // namespace sous::app
