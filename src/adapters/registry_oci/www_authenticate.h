#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sous::registry_oci {

/// One challenge of a WWW-Authenticate header (RFC 9110, 11.6.1). Scheme and names in lower case.
struct Challenge {
  std::string scheme;
  std::map<std::string, std::string> parameters;
};

/// All challenges of one header, in order. Fails with invalid_data on anything outside the grammar;
/// the text is not quoted, since it is of the other side's choosing.
Result<std::vector<Challenge>> parse_challenges(std::string_view header);

}  // namespace sous::registry_oci
