#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sous::codec {

/// One character of a text. `valid` is false, and `size` is 1, for a byte that begins none.
struct Utf8Character {
  char32_t value = 0;
  std::size_t size = 1;
  bool valid = true;
};

/// The character at `position`, which must be inside `text`.
Utf8Character utf8_at(std::string_view text, std::size_t position);

/// `text` with each byte that is no UTF-8 replaced by U+FFFD.
std::string with_valid_utf8(std::string_view text);

}  // namespace sous::codec
