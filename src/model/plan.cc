#include "model/plan.h"

namespace sous {

std::string_view action_text(ActionKind kind) {
  switch (kind) {
    case ActionKind::create:
      return "create";
    case ActionKind::update:
      return "update";
    case ActionKind::scale:
      return "scale";
    case ActionKind::replace_image:
      return "replace_image";
    case ActionKind::remove:
      return "remove";
    case ActionKind::nothing:
      return "nothing";
    case ActionKind::blocked:
      return "blocked";
    case ActionKind::undecided:
      return "undecided";
  }
  return "";
}

std::optional<Digest> Action::target() const {
  if (to) {
    return to->digest;
  }
  return kind == ActionKind::nothing ? from : std::nullopt;
}

std::map<ActionKind, std::size_t> Plan::counts() const {
  // Kinds that do not occur count zero, so that a summary always has the same keys.
  std::map<ActionKind, std::size_t> out{{ActionKind::create, 0},
                                        {ActionKind::update, 0},
                                        {ActionKind::scale, 0},
                                        {ActionKind::replace_image, 0},
                                        {ActionKind::remove, 0},
                                        {ActionKind::nothing, 0},
                                        {ActionKind::blocked, 0},
                                        {ActionKind::undecided, 0}};
  for (const Action& action : actions) {
    ++out[action.kind];
  }
  return out;
}

}  // namespace sous
