#include "cli/exit_status.h"

#include <algorithm>
#include <array>

namespace sous::cli {
namespace {

// The first that applies (design.md section 12).
constexpr std::array kOrder{kInternal,
                            kUsage,
                            kInvalidData,
                            kNotPermitted,
                            kUnavailable,
                            kConflict,
                            kFailed,
                            kUndecided,
                            kBlocked,
                            kNotVerified,
                            kChangesPending,
                            kDone};

}  // namespace

int combined(std::span<const int> statuses) {
  for (const int status : kOrder) {
    if (std::ranges::find(statuses, status) != statuses.end()) {
      return status;
    }
  }
  return statuses.empty() ? kDone : kInternal;
}

int status_of(const Operation& operation) {
  switch (operation.state) {
    case OperationState::succeeded:
      return kDone;
    case OperationState::failed:
      return kFailed;
    case OperationState::blocked:
      return kBlocked;
    case OperationState::undecided:
      return kUndecided;
    case OperationState::superseded:
      return kConflict;
    case OperationState::queued:
    case OperationState::applying:
    case OperationState::waiting:
    case OperationState::unverified:
      return kNotVerified;
  }
  return kInternal;
}

int status_of(const Action& action) {
  switch (action.kind) {
    case ActionKind::nothing:
      return kDone;
    case ActionKind::blocked:
      return kBlocked;
    case ActionKind::undecided:
      return kUndecided;
    case ActionKind::update:
      return action.reason == "defaults" ? kDone : kChangesPending;
    case ActionKind::create:
    case ActionKind::scale:
    case ActionKind::replace_image:
    case ActionKind::remove:
      return kChangesPending;
  }
  return kInternal;
}

}  // namespace sous::cli
