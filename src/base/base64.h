#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sous {

/// Base64 of RFC 4648 section 4, with padding.
std::string to_base64(std::string_view bytes);
/// Reads the same; padding may be missing. Fails with invalid_data without quoting the text, which
/// may be a secret.
Result<std::string> from_base64(std::string_view text);

}  // namespace sous
