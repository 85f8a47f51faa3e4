#pragma once

#include <string>
#include <string_view>

namespace sous {

/// `text` for a place in a URL (RFC 3986, 2.1): what is not unreserved stands as `%XX`, but for the
/// characters of `kept`.
std::string percent_encoded(std::string_view text, std::string_view kept = {});

}  // namespace sous
