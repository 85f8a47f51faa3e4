#include "base/text.h"

#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
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

// The first byte from `at` on that is not ASCII. Most texts are nothing else, so eight at once.
std::size_t ascii_end(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  for (std::uint64_t eight = 0; text.size() - at >= sizeof(eight); at += sizeof(eight)) {
    std::memcpy(&eight, text.data() + at, sizeof(eight));
    if ((eight & kHighBits) != 0) {
      break;
    }
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) {
    ++at;
  }
  return at;
}

bool is_ascii(std::string_view text) { return ascii_end(text, 0) == text.size(); }

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
  while (true) {
    at = ascii_end(text, at);
    if (at == text.size()) {
      return at;
    }
    const auto length = front_length(text.substr(at));
    if (!length) {
      return at;
    }
    at += *length;
  }
}

bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

utf8proc_category_t category_of_front(std::string_view text) {
  utf8proc_int32_t codepoint = 0;
  utf8proc_iterate(bytes_of(text), static_cast<utf8proc_ssize_t>(text.size()), &codepoint);
  return utf8proc_category(codepoint);
}

// Whether a character changes how the text around it looks, or is not seen itself.
bool is_hidden(utf8proc_category_t category) {
  return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF ||
         category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

// The first character, or the first byte where there is no valid one. `text` is not empty.
std::string_view front(std::string_view text) {
  return text.substr(0, front_length(text).value_or(1));
}

void append_shown(std::string& out, std::string_view character) {
  if (is_visible_ascii(character) ||
      (front_length(character) && !is_hidden(category_of_front(character)))) {
    out += character;
    return;
  }
  for (const char c : character) {
    const auto byte = static_cast<unsigned char>(c);
    out += "\\x";
    out += kHexDigits[byte >> 4U];
    out += kHexDigits[byte & 0xFU];
  }
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
    return Error(Code::invalid_data, fmt::format("{} is not a whole number", quote(text)));
  }
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{}) {
    return Error(
        Code::invalid_data,
        fmt::format(
            "{} is greater than {}", quote(text), std::numeric_limits<std::uint64_t>::max()));
  }
  return value;
}

std::string quote(std::string_view text, std::size_t max_bytes) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view character = front(text.substr(at));
    at += character.size();
    if (at > max_bytes) {
      return out + "\"...";
    }
    if (character == "\"" || character == "\\") {
      out += '\\';
    }
    append_shown(out, character);
  }
  return out + '"';
}

std::string shown_character(std::string_view text) {
  std::string out;
  if (!text.empty()) {
    append_shown(out, front(text));
  }
  return out;
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
                             quote(text),
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

bool is_plain_text(std::string_view text) {
  if (is_visible_ascii(text)) {
    return true;
  }
  while (!text.empty()) {
    const auto length = front_length(text);
    if (!length || is_hidden(category_of_front(text))) {
      return false;
    }
    text.remove_prefix(*length);
  }
  return true;
}

bool has_space(std::string_view text) {
  if (text.find_first_of(kSpaces) != std::string_view::npos) {
    return true;
  }
  if (is_ascii(text)) {
    return false;
  }
  for (; !text.empty(); text.remove_prefix(front(text).size())) {
    const utf8proc_category_t category = category_of_front(text);
    if (category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
        category == UTF8PROC_CATEGORY_ZP) {
      return true;
    }
  }
  return false;
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
  // Two edits, such as letters that changed places, or a third of a long word; more is another
  // word.
  const std::size_t most = word.size() < 4 ? 1 : std::max<std::size_t>(word.size() / 3, 2);
  std::size_t best = most + 1;
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
