#include "codec/utf8.h"

#include "base/text.h"

namespace sous::codec {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// What the first byte promises: the length of the character, or 0 where it begins none.
std::size_t promised_size(unsigned char first) {
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xc2 && first <= 0xdf) {
    return 2;
  }
  if (first >= 0xe0 && first <= 0xef) {
    return 3;
  }
  return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

bool is_scalar_value(char32_t value, std::size_t size) {
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  const bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
  return !surrogate && !overlong && value <= 0x10ffff;
}

}  // namespace

Utf8Character utf8_at(std::string_view text, std::size_t position) {
  const auto first = static_cast<unsigned char>(text[position]);
  const std::size_t size = promised_size(first);
  if (size == 1) {
    return {.value = first, .size = 1, .valid = true};
  }
  const Utf8Character bad{.value = 0, .size = 1, .valid = false};
  if (size == 0 || position + size > text.size()) {
    return bad;
  }
  char32_t value = first & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[position + i]);
    if ((next & 0xc0U) != 0x80U) {
      return bad;
    }
    value = (value << 6U) | (next & 0x3fU);
  }
  return is_scalar_value(value, size) ? Utf8Character{.value = value, .size = size, .valid = true}
                                      : bad;
}

std::string with_valid_utf8(std::string_view text) {
  if (is_valid_utf8(text)) {
    return std::string(text);
  }
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Character character = utf8_at(text, at);
    out += character.valid ? text.substr(at, character.size) : kReplacement;
    at += character.size;
  }
  return out;
}

}  // namespace sous::codec
