#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sous {

std::vector<std::string_view> split(std::string_view text, char delimiter);
std::string join(std::span<const std::string> parts, std::string_view delimiter);
std::string_view trim(std::string_view text);
std::string to_lower_ascii(std::string_view text);

bool is_digit(char c) noexcept;
bool is_alpha(char c) noexcept;
bool is_alnum(char c) noexcept;

/// A whole decimal number; refuses signs, spaces and overflow with invalid_data.
Result<std::uint64_t> parse_uint(std::string_view text);

/// `text` between double quotes, for messages: control characters, quotes and bytes that are no
/// UTF-8 are escaped, and a text longer than `max_bytes` is cut and ends in `...`.
std::string quote(std::string_view text, std::size_t max_bytes = 160);

std::string to_hex(std::span<const std::uint8_t> bytes);

/// The first character of `text` as it may stand in a message: a control character or a byte that
/// is no UTF-8 as `\x1f`. Empty for an empty text.
std::string shown_character(std::string_view text);

bool is_valid_utf8(std::string_view text);
/// Unicode normalisation form C. Fails with invalid_data, naming the byte, when `text` is no UTF-8.
Result<std::string> to_nfc(std::string_view text);

/// Whether a name may consist of `text`: UTF-8 without control characters, line separators and
/// characters that nobody sees (byte order marks, direction overrides).
bool is_plain_text(std::string_view text);
/// Whether valid UTF-8 holds white space of any script.
bool has_space(std::string_view text);

/// The number of single-character edits between two words; for "did you mean".
std::size_t edit_distance(std::string_view a, std::string_view b);
/// The candidate nearest to `word`, or empty when none is near enough to suggest.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace sous
