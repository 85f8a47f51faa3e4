#include "model/operation.h"

namespace sous {

std::string_view operation_state_text(OperationState state) {
  switch (state) {
    case OperationState::queued:
      return "queued";
    case OperationState::applying:
      return "applying";
    case OperationState::waiting:
      return "waiting";
    case OperationState::succeeded:
      return "succeeded";
    case OperationState::failed:
      return "failed";
    case OperationState::blocked:
      return "blocked";
    case OperationState::undecided:
      return "undecided";
    case OperationState::superseded:
      return "superseded";
    case OperationState::unverified:
      return "unverified";
  }
  return "";
}

}  // namespace sous
