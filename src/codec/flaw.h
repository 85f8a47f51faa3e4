#pragma once

#include <string>
#include <vector>

#include "codec/diagnostics.h"

namespace sous::codec {

/// Something in a record that is not as it should be but has an obvious meaning: the model holds
/// the repaired value, the text is left as it is.
struct Flaw {
  Position at;
  std::string field;    // `Deployments.prod.Resources.cpus`
  std::string message;  // what is wrong
  std::string repair;   // what it was read as

  friend bool operator==(const Flaw&, const Flaw&) = default;
};

using Flaws = std::vector<Flaw>;

/// What a record says, and how it could be improved.
template <typename T>
struct Decoded {
  T value;
  Flaws flaws;
};

}  // namespace sous::codec
