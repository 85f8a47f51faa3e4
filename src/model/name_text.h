#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sous {

/// `text` in normalisation form C, if a name may consist of it: UTF-8, no hidden characters, at
/// most `max_bytes`. Fails with invalid_data, calling the name `what`.
Result<std::string> name_text(std::string_view what, std::string_view text, std::size_t max_bytes);

}  // namespace sous
