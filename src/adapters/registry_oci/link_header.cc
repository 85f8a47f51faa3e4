#include "adapters/registry_oci/link_header.h"

#include <cstddef>
#include <vector>

#include "base/text.h"

namespace sous::registry_oci {
namespace {

constexpr std::size_t kMaxHeader = 16384;

Error malformed() { return {Code::invalid_data, "the registry's Link header cannot be read"}; }

// The end of one link's parameters: a comma outside of quotes.
std::size_t end_of_parameters(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == ',' && !quoted) {
      return i;
    }
  }
  return text.size();
}

// Whether parameters such as `; rel="next"` name the next page, or no relation at all.
bool leads_on(std::string_view parameters) {
  for (const auto part : split(parameters, ';')) {
    const auto equals = part.find('=');
    if (equals == std::string_view::npos || to_lower_ascii(trim(part.substr(0, equals))) != "rel") {
      continue;
    }
    std::string_view value = trim(part.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    for (const auto relation : split(value, ' ')) {
      if (to_lower_ascii(trim(relation)) == "next") {
        return true;
      }
    }
    return false;
  }
  return true;
}

}  // namespace

Result<std::optional<std::string>> next_link(std::string_view header) {
  if (header.size() > kMaxHeader) {
    return malformed();
  }
  std::string_view rest = trim(header);
  while (!rest.empty()) {
    if (rest.front() == ',') {
      rest = trim(rest.substr(1));
      continue;
    }
    const auto close = rest.find('>');
    if (rest.front() != '<' || close == std::string_view::npos) {
      return malformed();
    }
    const std::string_view target = trim(rest.substr(1, close - 1));
    rest.remove_prefix(close + 1);
    const auto end = end_of_parameters(rest);
    if (leads_on(rest.substr(0, end))) {
      if (target.empty()) {
        return malformed();
      }
      return std::optional<std::string>(target);
    }
    rest = trim(rest.substr(end));
  }
  return std::optional<std::string>();
}

}  // namespace sous::registry_oci
