#include "base/text.h"

#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <system_error>

#include <fmt/format.h>

namespace sous {
namespace {

constexpr std::string_view kSpaces = " \t\r\n\v\f";
constexpr std::string_view kHexDigits = "0123456789abcdef";

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

const utf8proc_uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text.data());
}

// The length of the character at the front, or nothing if there is no valid one.
std::optional<std::size_t> front_length(std::string_view text) {
  utf8proc_int32_t codepoint = 0;
  const auto length =
      utf8proc_iterate(bytes_of(text), static_cast<utf8proc_ssize_t>(text.size()), &codepoint);
  if (length <= 0) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(length);
}

// Where `text` stops being UTF-8, or its size.
std::size_t valid_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto length = front_length(text.substr(at));
    if (!length) {
      return at;
    }
    at += *length;
  }
  return at;
}

void append_escaped(std::string& out, unsigned char byte) {
  out += "\\x";
  out += kHexDigits[byte >> 4U];
  out += kHexDigits[byte & 0xFU];
}

// C0 and C1 control characters and DEL.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  return first < 0x20 || first == 0x7F ||
         (first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0);
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char delimiter) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  for (;;) {
    const std::size_t end = text.find(delimiter, start);
    if (end == std::string_view::npos) {
      parts.push_back(text.substr(start));
      return parts;
    }
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
}

std::string join(std::span<const std::string> parts, std::string_view delimiter) {
  return fmt::format("{}", fmt::join(parts.begin(), parts.end(), delimiter));
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

std::string to_lower_ascii(std::string_view text) {
  std::string lower{text};
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_alpha(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_alnum(char c) noexcept { return is_digit(c) || is_alpha(c); }

Result<std::uint64_t> parse_uint(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, is_digit)) {
    return Error(Code::invalid_data, fmt::format("{} is not a whole number", quoted(text)));
  }
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{}) {
    return Error(
        Code::invalid_data,
        fmt::format(
            "{} is greater than {}", quoted(text), std::numeric_limits<std::uint64_t>::max()));
  }
  return value;
}

std::string quoted(std::string_view text, std::size_t max_bytes) {
  std::string out = "\"";
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = front_length(text.substr(at)).value_or(0);
    const std::string_view character = text.substr(at, std::max<std::size_t>(length, 1));
    if (at + character.size() > max_bytes) {
      return out + "\"...";
    }
    if (length == 0 || is_control(character)) {
      for (const char byte : character) {
        append_escaped(out, static_cast<unsigned char>(byte));
      }
    } else {
      if (character == "\"" || character == "\\") {
        out += '\\';
      }
      out += character;
    }
    at += character.size();
  }
  return out + '"';
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    hex += kHexDigits[byte >> 4U];
    hex += kHexDigits[byte & 0xFU];
  }
  return hex;
}

bool is_valid_utf8(std::string_view text) { return valid_prefix(text) == text.size(); }

Result<std::string> to_nfc(std::string_view text) {
  if (is_ascii(text)) {
    return std::string{text};
  }
  if (const std::size_t end = valid_prefix(text); end != text.size()) {
    return Error(Code::invalid_data,
                 fmt::format("{} is not UTF-8: byte 0x{:02x} at position {}",
                             quoted(text),
                             static_cast<unsigned char>(text[end]),
                             end));
  }
  utf8proc_uint8_t* composed = nullptr;
  const auto length =
      utf8proc_map(bytes_of(text),
                   static_cast<utf8proc_ssize_t>(text.size()),
                   &composed,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, Free> owner{composed};
  if (length < 0) {
    throw std::bad_alloc();  // the text is valid, so nothing else can go wrong
  }
  return std::string{reinterpret_cast<const char*>(composed), static_cast<std::size_t>(length)};
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // One row of the Levenshtein table at a time: row[j] is the distance of a's front to b[0, j).
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  // A third of the word may be mistyped; more is another word.
  std::size_t best = std::max<std::size_t>(word.size() / 3, 1) + 1;
  std::string found;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best && distance < candidate.size()) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

}  // namespace sous
