#include "codec/yaml_fields.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/text.h"

namespace sous::codec {

YamlFields::YamlFields(const YamlNode& node, std::string where, Diagnostics& diagnostics)
    : node_(&node), where_(std::move(where)), diagnostics_(&diagnostics) {
  if (!node.is_mapping() && !node.is_null()) {
    problem_at(node, "must be a mapping");
  }
}

std::string YamlFields::name_of(std::string_view key) const {
  std::string out = where_;
  if (!out.empty() && !key.empty()) {
    out += '.';
  }
  return out.append(key);
}

void YamlFields::problem_at(const YamlNode& node, std::string_view message) {
  diagnostics_->add(node.at,
                    where_.empty() ? std::string(message) : where_ + ": " + std::string(message));
}

void YamlFields::problem(std::string_view key, std::string_view message) {
  const YamlNode* value = node_->find(key);
  diagnostics_->add((value == nullptr ? node_ : value)->at,
                    name_of(key) + ": " + std::string(message));
}

Flaw YamlFields::flaw(std::string_view key, std::string message, std::string repair) const {
  const YamlNode* value = node_->find(key);
  return {.at = (value == nullptr ? node_ : value)->at,
          .field = name_of(key),
          .message = std::move(message),
          .repair = std::move(repair)};
}

const YamlNode* YamlFields::get(std::string_view key) {
  asked_.emplace_back(key);
  const YamlNode* value = node_->find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const YamlNode* YamlFields::required(std::string_view key) {
  const YamlNode* value = get(key);
  if (value == nullptr) {
    problem(key, "is missing");
  }
  return value;
}

const std::string* YamlFields::scalar(const YamlNode& node,
                                      std::string_view key,
                                      std::string_view inner) {
  if (node.kind == YamlNode::Kind::scalar) {
    return &node.text;
  }
  std::string name = name_of(key);
  if (!inner.empty()) {
    name.append(".").append(inner);
  }
  diagnostics_->add(node.at, name + ": must be a text");
  return nullptr;
}

std::optional<std::string> YamlFields::text(std::string_view key) {
  const YamlNode* value = get(key);
  const std::string* text = value == nullptr ? nullptr : scalar(*value, key);
  return text == nullptr ? std::nullopt : std::optional(*text);
}

std::optional<bool> YamlFields::boolean(std::string_view key) {
  constexpr std::array<std::string_view, 4> kTrue{"true", "yes", "on", "y"};
  constexpr std::array<std::string_view, 4> kFalse{"false", "no", "off", "n"};
  const auto value = text(key);
  if (!value) {
    return std::nullopt;
  }
  const std::string lower = to_lower_ascii(*value);
  if (std::ranges::find(kTrue, lower) != kTrue.end()) {
    return true;
  }
  if (std::ranges::find(kFalse, lower) != kFalse.end()) {
    return false;
  }
  problem(key, quote(*value) + " is neither true nor false");
  return std::nullopt;
}

std::optional<std::uint64_t> YamlFields::number(std::string_view key) {
  const auto value = text(key);
  if (!value) {
    return std::nullopt;
  }
  const auto number = parse_uint(*value);
  if (!number) {
    problem(key, quote(*value) + " is not a whole number from 0");
    return std::nullopt;
  }
  return *number;
}

std::optional<std::uint32_t> YamlFields::small_number(std::string_view key) {
  const auto value = number(key);
  if (value && *value > std::numeric_limits<std::int32_t>::max()) {
    problem(key, std::to_string(*value) + " is too large");
    return std::nullopt;
  }
  return value ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

TextMap YamlFields::text_map(std::string_view key) {
  TextMap out;
  const YamlNode* value = get(key);
  if (value == nullptr) {
    return out;
  }
  if (!value->is_mapping()) {
    problem(key, "must be a mapping");
    return out;
  }
  for (const YamlEntry& entry : value->entries) {
    if (entry.value.is_null()) {
      out.emplace(entry.key.text, "");
    } else if (const auto* text = scalar(entry.value, key, entry.key.text)) {
      out.emplace(entry.key.text, *text);
    }
  }
  return out;
}

std::vector<const YamlNode*> YamlFields::items(std::string_view key) {
  std::vector<const YamlNode*> out;
  const YamlNode* value = get(key);
  if (value == nullptr) {
    return out;
  }
  if (!value->is_sequence()) {
    problem(key, "must be a list");
    return out;
  }
  for (const YamlNode& item : value->items) {
    if (!item.is_null()) {
      out.push_back(&item);
    }
  }
  return out;
}

std::vector<std::string> YamlFields::texts(std::string_view key) {
  std::vector<std::string> out;
  for (const YamlNode* item : items(key)) {
    if (const auto* text = scalar(*item, key)) {
      out.push_back(*text);
    }
  }
  return out;
}

std::optional<YamlFields> YamlFields::fields(std::string_view key) {
  const YamlNode* value = get(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  return YamlFields(*value, name_of(key), *diagnostics_);
}

void YamlFields::find_misspelt(Flaws& flaws) const {
  std::vector<std::string> known;  // made when it is needed
  for (const YamlEntry& entry : node_->entries) {
    if (std::ranges::find(asked_, entry.key.text) != asked_.end()) {
      continue;
    }
    if (known.empty()) {
      known.assign(asked_.begin(), asked_.end());
    }
    if (const std::string near = nearest(entry.key.text, known); !near.empty()) {
      flaws.push_back({.at = entry.key.at,
                       .field = name_of(entry.key.text),
                       .message = "is no known field; did you mean `" + near + "`?",
                       .repair = "ignored"});
    }
  }
}

}  // namespace sous::codec
