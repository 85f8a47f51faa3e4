#include "support/http_script.h"

#include <algorithm>

#include "base/text.h"

namespace sous::support {

std::string SeenRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (to_lower_ascii(key) == to_lower_ascii(name)) {
      return value;
    }
  }
  return {};
}

bool SeenRequest::has(std::string_view name) const {
  return std::ranges::any_of(
      headers, [&](const auto& h) { return to_lower_ascii(h.first) == to_lower_ascii(name); });
}

}  // namespace sous::support
