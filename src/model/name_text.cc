#include "model/name_text.h"

#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace sous {

Result<std::string> name_text(std::string_view what, std::string_view text, std::size_t max_bytes) {
  const auto too_long = [&](std::size_t size) {
    return Error(Code::invalid_data,
                 fmt::format("{} of {} bytes is longer than {}", what, size, max_bytes));
  };
  if (text.size() > max_bytes) {
    return too_long(text.size());
  }
  if (!is_plain_text(text)) {
    return Error(Code::invalid_data,
                 fmt::format("{} {} holds a control character, an invisible one or bytes that are "
                             "no UTF-8",
                             what,
                             quote(text)));
  }
  std::string composed = SOUS_TRY(to_nfc(text));
  if (composed.size() > max_bytes) {
    return too_long(composed.size());
  }
  return composed;
}

}  // namespace sous
