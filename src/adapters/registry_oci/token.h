#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace sous::registry_oci {

/// What a token service answered.
struct TokenAnswer {
  std::string token;
  Duration lifetime{};  // at least a minute, as the token specification has it
};

/// Reads `{"token" or "access_token", "expires_in"}`. Fails with invalid_data, never quoting it.
Result<TokenAnswer> parse_token(std::string_view body);

}  // namespace sous::registry_oci
