#pragma once

#include <string>
#include <vector>

#include "app/node.h"

namespace sous::app {

/// How one part is.
struct Finding {
  enum class State : std::uint8_t { good, doubtful, bad };

  std::string part;
  State state = State::good;
  std::string text;  // what was found
  std::string cure;  // empty when nothing has to be done
};

/// Tries every part once, one line each (design.md section 12, `doctor`). Changes nothing but what
/// the parts themselves make on first use. `has_registry`: one is configured.
std::vector<Finding> examine(Node& node,
                             const std::string& directory,
                             bool has_registry,
                             const Call& call);

}  // namespace sous::app
