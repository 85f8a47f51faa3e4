#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/yaml_tree.h"

namespace sous::codec {

/// A YAML value to be written. Value type.
struct YamlValue {
  struct Entry;

  YamlNode::Kind kind = YamlNode::Kind::scalar;
  std::string text;  // of a scalar
  bool raw = false;  // a number or a truth value: written without quotes
  std::vector<YamlValue> items;
  std::vector<Entry> entries;

  static YamlValue of(std::string_view text);
  static YamlValue number(std::uint64_t value);
  static YamlValue boolean(bool value);

  static YamlValue sequence();
  static YamlValue mapping();

  /// Appends an entry to a mapping; returns this.
  YamlValue& add(std::string_view key, YamlValue value);
  /// Appends a text to a mapping, where it is not empty.
  YamlValue& add_text(std::string_view key, std::string_view value);
};

struct YamlValue::Entry {
  std::string key;
  YamlValue value;
};

/// A scalar on one line: plain where every YAML reader takes it as this text, else in the style of
/// `like`, else in double quotes. `raw` ones are written as they are.
std::string yaml_scalar(const YamlValue& scalar,
                        bool in_flow,
                        YamlNode::Style like = YamlNode::Style::plain);

/// A value on one line, `{a: b, c: [d]}`.
std::string yaml_flow(const YamlValue& value);

/// A value in block style as the lines of a file, each indented by `indent` spaces and ending in a
/// newline. Lists stand at the column of their key, as the original wrote them.
std::string yaml_block(const YamlValue& value, std::size_t indent = 0);

}  // namespace sous::codec
