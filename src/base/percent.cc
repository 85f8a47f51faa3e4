#include "base/percent.h"

#include <fmt/format.h>

#include "base/text.h"

namespace sous {

std::string percent_encoded(std::string_view text, std::string_view kept) {
  constexpr std::string_view kMarks = "-._~";
  std::string out;
  for (const char c : text) {
    if (is_alnum(c) || kMarks.contains(c) || kept.contains(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace sous
