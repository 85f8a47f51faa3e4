#include "codec/yaml_meaning.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace sous::codec {
namespace {

bool is_empty(const YamlValue& value) {
  return value.items.empty() && value.entries.empty() && value.text.empty();
}

// Means the same wherever it stands, so it may be written as it was.
bool is_word(const YamlNode& node) {
  return node.style == YamlNode::Style::plain && !node.tagged &&
         std::ranges::all_of(
             node.text, [](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; }) &&
         !node.text.starts_with('-') && !node.text.starts_with("..");
}

}  // namespace

YamlValue value_of(const YamlNode& node) {
  if (node.is_null()) {
    return {.raw = true};
  }
  YamlValue out{.kind = node.kind,
                .text = node.text,
                .raw = node.kind == YamlNode::Kind::scalar && is_word(node)};
  for (const YamlNode& item : node.items) {
    out.items.push_back(value_of(item));
  }
  for (const YamlEntry& entry : node.entries) {
    out.add(entry.key.text, value_of(entry.value));
  }
  return out;
}

bool means_same(const YamlValue& a, const YamlValue& b) {
  if (is_empty(a) && is_empty(b)) {
    return true;
  }
  if (a.kind != b.kind || a.text != b.text || a.items.size() != b.items.size() ||
      a.entries.size() != b.entries.size() ||
      !std::equal(a.items.begin(), a.items.end(), b.items.begin(), means_same)) {
    return false;
  }
  std::vector<const YamlValue::Entry*> left;
  std::vector<const YamlValue::Entry*> right;
  for (const auto& entry : a.entries) {
    left.push_back(&entry);
  }
  for (const auto& entry : b.entries) {
    right.push_back(&entry);
  }
  const auto by_key = [](const YamlValue::Entry* entry) -> const std::string& {
    return entry->key;
  };
  std::ranges::sort(left, {}, by_key);
  std::ranges::sort(right, {}, by_key);
  return std::ranges::equal(left, right, [](const auto* x, const auto* y) {
    return x->key == y->key && means_same(x->value, y->value);
  });
}

}  // namespace sous::codec
