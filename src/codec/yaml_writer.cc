#include "codec/yaml_writer.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "codec/utf8.h"

namespace sous::codec {
namespace {

constexpr std::string_view kDigits = "0123456789";

bool all_of_set(std::string_view text, std::string_view set) {
  return text.find_first_not_of(set) == std::string_view::npos;
}

// `1`, `-1.5`, `1e3`, `0x1f`, `.inf`, `1_000`, `12:30` (a number of base 60 to YAML 1.1).
bool looks_like_number(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) {
    text.remove_prefix(1);
  }
  const std::string lower = to_lower_ascii(text);
  if (lower == ".inf" || lower == ".nan") {
    return true;
  }
  if (lower.starts_with("0x") || lower.starts_with("0o") || lower.starts_with("0b")) {
    return all_of_set(lower.substr(2), "0123456789abcdef_");
  }
  if (lower.find_first_of(kDigits) > 1 || !all_of_set(lower, "0123456789._:e+-")) {
    return false;  // 1.2.3 is none, but begins like one: see the dots
  }
  const auto dots = std::ranges::count(lower, '.');
  const auto exponents = std::ranges::count(lower, 'e');
  return dots <= 1 && exponents <= 1;
}

// What any YAML reader, also one of version 1.1, would take for something else than a text.
bool resolves_to_no_text(std::string_view text) {
  constexpr std::array<std::string_view, 12> kWords{
      "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "<<", "="};
  if (std::ranges::find(kWords, to_lower_ascii(text)) != kWords.end()) {
    return true;
  }
  // `2026-11-21...` is a date.
  const bool date = text.size() >= 8 && all_of_set(text.substr(0, 4), kDigits) && text[4] == '-';
  return date || looks_like_number(text);
}

// Characters that every reader shows and keeps.
bool is_printable(char32_t c) {
  const bool separator = c == 0x2028 || c == 0x2029 || c == 0xfeff;
  const bool private_or_none = (c >= 0xe000 && c <= 0xf8ff) || (c & 0xfffeU) == 0xfffe;
  return c >= 0x20 && !(c >= 0x7f && c <= 0xa0) && !separator && !private_or_none;
}

bool all_printable(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Character character = utf8_at(text, at);
    if (!character.valid || !is_printable(character.value)) {
      return false;
    }
    at += character.size;
  }
  return true;
}

bool is_plain_safe(std::string_view text, bool in_flow) {
  constexpr std::string_view kIndicators = "-?:,[]{}#&*!|>'\"%@`=";
  if (text.empty() || kIndicators.find(text.front()) != std::string_view::npos ||
      text.starts_with("...") || text.front() == ' ' || text.back() == ' ' || text.back() == ':') {
    return false;
  }
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) {
    return false;
  }
  if (in_flow && text.find_first_of(",[]{}") != std::string_view::npos) {
    return false;
  }
  return all_printable(text) && !resolves_to_no_text(text);
}

void append_hex(std::string& out, char32_t value, unsigned digits) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (unsigned shift = digits * 4; shift > 0;) {
    shift -= 4;
    out += kHex[(value >> shift) & 0xfU];
  }
}

void append_escape(std::string& out, char32_t c) {
  if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (c <= 0xff) {
    out += "\\x";
    append_hex(out, c, 2);
  } else if (c <= 0xffff) {
    out += "\\u";
    append_hex(out, c, 4);
  } else {
    out += "\\U";
    append_hex(out, c, 8);
  }
}

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Character character = utf8_at(text, at);
    if (character.value == '"' || character.value == '\\') {
      out += '\\';
      out += text[at];
    } else if (is_printable(character.value)) {
      out += text.substr(at, character.size);
    } else {
      append_escape(out, character.value);
    }
    at += character.size;
  }
  return out + '"';
}

std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') {
      out += c;
    }
  }
  return out + '\'';
}

bool is_empty_collection(const YamlValue& value) {
  return value.kind != YamlNode::Kind::scalar && value.items.empty() && value.entries.empty();
}

bool fits_on_the_line(const YamlValue& value) {
  return value.kind == YamlNode::Kind::scalar || is_empty_collection(value);
}

void write_block(std::string& out, const YamlValue& value, std::size_t indent);

// What follows `- ` or the indent: the first line continues the one that is begun.
void write_entries(std::string& out, const YamlValue& mapping, std::size_t indent) {
  bool first = true;
  for (const auto& [key, value] : mapping.entries) {
    if (!first) {
      out.append(indent, ' ');
    }
    first = false;
    out += yaml_scalar(YamlValue::of(key), false) + ":";
    if (fits_on_the_line(value)) {
      out += " " + yaml_flow(value) + "\n";
      continue;
    }
    out += '\n';
    const bool is_sequence = value.kind == YamlNode::Kind::sequence;
    write_block(out, value, is_sequence ? indent : indent + 2);
  }
}

void write_block(std::string& out, const YamlValue& value, std::size_t indent) {
  if (fits_on_the_line(value)) {
    out.append(indent, ' ');
    out += yaml_flow(value) + "\n";
    return;
  }
  if (value.kind == YamlNode::Kind::mapping) {
    out.append(indent, ' ');
    write_entries(out, value, indent);
    return;
  }
  for (const YamlValue& item : value.items) {
    out.append(indent, ' ');
    out += "- ";
    if (item.kind == YamlNode::Kind::mapping && !item.entries.empty()) {
      write_entries(out, item, indent + 2);
    } else {
      out += yaml_flow(item) + "\n";
    }
  }
}

}  // namespace

YamlValue YamlValue::of(std::string_view text) { return {.text = with_valid_utf8(text)}; }

YamlValue YamlValue::number(std::uint64_t value) {
  return {.text = std::to_string(value), .raw = true};
}

YamlValue YamlValue::boolean(bool value) { return {.text = value ? "true" : "false", .raw = true}; }

YamlValue YamlValue::sequence() { return {.kind = YamlNode::Kind::sequence}; }

YamlValue YamlValue::mapping() { return {.kind = YamlNode::Kind::mapping}; }

YamlValue& YamlValue::add(std::string_view key, YamlValue value) {
  entries.push_back({.key = std::string(key), .value = std::move(value)});
  return *this;
}

YamlValue& YamlValue::add_text(std::string_view key, std::string_view value) {
  if (!value.empty()) {
    add(key, of(value));
  }
  return *this;
}

std::string yaml_scalar(const YamlValue& scalar, bool in_flow, YamlNode::Style like) {
  using Style = YamlNode::Style;
  const bool quotes = like == Style::single_quoted || like == Style::double_quoted;
  if (scalar.raw || (!quotes && is_plain_safe(scalar.text, in_flow))) {
    return scalar.text;
  }
  if (like == Style::single_quoted && all_printable(scalar.text)) {
    return single_quoted(scalar.text);
  }
  return double_quoted(scalar.text);
}

std::string yaml_flow(const YamlValue& value) {
  std::string out;
  switch (value.kind) {
    case YamlNode::Kind::scalar:
      return yaml_scalar(value, false);
    case YamlNode::Kind::sequence:
      for (const YamlValue& item : value.items) {
        out += out.empty() ? "" : ", ";
        out += item.kind == YamlNode::Kind::scalar ? yaml_scalar(item, true) : yaml_flow(item);
      }
      return "[" + out + "]";
    case YamlNode::Kind::mapping:
      for (const auto& [key, item] : value.entries) {
        out += out.empty() ? "" : ", ";
        out += yaml_scalar(YamlValue::of(key), true) + ": ";
        out += item.kind == YamlNode::Kind::scalar ? yaml_scalar(item, true) : yaml_flow(item);
      }
      return "{" + out + "}";
  }
  return out;
}

std::string yaml_block(const YamlValue& value, std::size_t indent) {
  std::string out;
  write_block(out, value, indent);
  return out;
}

}  // namespace sous::codec
