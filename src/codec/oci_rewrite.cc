#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "codec/json.h"
#include "codec/oci.h"

namespace sous::codec {
namespace {

constexpr std::string_view kOwnLabels = "com.opentable.sous.";
constexpr std::string_view kCreatedLabel = "org.opencontainers.image.created";

Json json_of(const LabelMap& map) {
  Json out = Json::object();
  for (const auto& [key, value] : map) {
    out.append_member(key, value);
  }
  return out;
}

Result<Json> parse_object(std::string_view text, std::string_view what) {
  Json out = SOUS_TRY(parse_json(text).with("the " + std::string(what)));
  if (out.as_object() == nullptr) {
    return Error(Code::invalid_data, "the " + std::string(what) + " is no JSON object");
  }
  return out;
}

// The member as an object, made where it is absent or null.
Result<Json*> object_member(Json& document, std::string_view name) {
  Json* member = document.find(name);
  if (member == nullptr || member->is_null()) {
    document.set(name, Json::object());
    member = document.find(name);
  }
  if (member->as_object() == nullptr) {
    return Error(Code::invalid_data, "`" + std::string(name) + "` is no object");
  }
  return member;
}

// Names that say when or as what something was built, not what it is.
bool is_left_out(const std::string& name) {
  return name == "created" || name == kCreatedLabel || name.starts_with(kOwnLabels);
}

bool says_nothing(const Json& value) {
  const auto* members = value.as_object();
  const auto* items = value.as_array();
  return value.is_null() || (items != nullptr && items->empty()) ||
         (members != nullptr &&
          std::ranges::all_of(*members, [](const auto& m) { return is_left_out(m.name); }));
}

std::optional<std::string> difference(const Json& a, const Json& b, const std::string& path);

std::optional<std::string> member_difference(const Json& a,
                                             const Json& b,
                                             const std::string& path) {
  std::set<std::string> names;
  for (const Json* side : {&a, &b}) {
    for (const auto& member : *side->as_object()) {
      names.insert(member.name);
    }
  }
  static const Json kNull;
  for (const std::string& name : names) {
    const Json* left = a.find(name);
    const Json* right = b.find(name);
    if (is_left_out(name)) {
      continue;
    }
    const std::string inner = path.empty() ? name : fmt::format("{}.{}", path, name);
    if (auto found =
            difference(left == nullptr ? kNull : *left, right == nullptr ? kNull : *right, inner)) {
      return found;
    }
  }
  return std::nullopt;
}

std::optional<std::string> difference(const Json& a, const Json& b, const std::string& path) {
  if (a == b || (says_nothing(a) && says_nothing(b))) {
    return std::nullopt;
  }
  if (a.as_object() != nullptr && b.as_object() != nullptr) {
    return member_difference(a, b, path);
  }
  const auto* left = a.as_array();
  const auto* right = b.as_array();
  if (left == nullptr || right == nullptr || left->size() != right->size()) {
    return path;
  }
  for (std::size_t i = 0; i < left->size(); ++i) {
    if (auto found = difference((*left)[i], (*right)[i], path + "[" + std::to_string(i) + "]")) {
      return found;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> with_labels(std::string_view config, const LabelMap& labels) {
  Json document = SOUS_TRY(parse_object(config, "image config"));
  Json* inner = SOUS_TRY(object_member(document, "config"));
  inner->set("Labels", json_of(labels));
  return document.dump();
}

Result<std::string> with_config(std::string_view manifest,
                                const Descriptor& config,
                                const LabelMap& annotations) {
  Json document = SOUS_TRY(parse_object(manifest, "manifest"));
  Json* descriptor = document.find("config");
  if (descriptor == nullptr || descriptor->as_object() == nullptr) {
    return Error(Code::invalid_data, "the manifest has no config");
  }
  if (!config.media_type.empty()) {
    descriptor->set("mediaType", config.media_type);
  }
  descriptor->set("digest", config.digest.str());
  descriptor->set("size", config.size);
  descriptor->erase("data");  // the old config itself
  if (document.find("mediaType") == nullptr) {
    document.set("mediaType", media::kOciManifest);
  }
  if (annotations.empty()) {
    document.erase("annotations");
  } else {
    document.set("annotations", json_of(annotations));
  }
  return document.dump();
}

Result<std::optional<std::string>> config_difference(std::string_view a, std::string_view b) {
  const Json left = SOUS_TRY(parse_object(a, "image config"));
  const Json right = SOUS_TRY(parse_object(b, "image config"));
  return difference(left, right, "");
}

Result<std::string> layer_step(std::string_view config, std::size_t layer) {
  constexpr std::size_t kLongest = 120;
  const Json document = SOUS_TRY(parse_object(config, "image config"));
  const Json* history = document.find("history");
  if (history == nullptr || history->as_array() == nullptr) {
    return std::string();
  }
  std::size_t seen = 0;
  for (const Json& entry : *history->as_array()) {
    const Json* empty = entry.find("empty_layer");
    if (empty != nullptr && empty->as_bool().value_or(false)) {
      continue;
    }
    if (seen++ == layer) {
      const Json* step = entry.find("created_by");
      const auto* text = step == nullptr ? nullptr : step->as_string();
      return text == nullptr ? std::string() : quote(*text, kLongest);
    }
  }
  return std::string();
}

}  // namespace sous::codec
