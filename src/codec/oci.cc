#include "codec/oci.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "codec/json.h"
#include "model/labels.h"

namespace sous::codec {
namespace {

constexpr std::size_t kMaxDocument = std::size_t{4} << 20U;
constexpr std::size_t kMaxChildren = 256;
constexpr std::size_t kMaxLayers = 1024;

Error wrong(std::string_view what) {
  return Error(Code::invalid_data, fmt::format("this is no {}", what));
}

Result<Json> read(std::string_view text, std::string_view what) {
  auto json = SOUS_TRY(parse_json(text, kMaxDocument).with(fmt::format("reading an {}", what)));
  if (json.type() != Json::Type::object) {
    return wrong(what);
  }
  return json;
}

std::string text_of(const Json& object, std::string_view name) {
  const Json* member = object.find(name);
  const std::string* text = member != nullptr ? member->as_string() : nullptr;
  return text != nullptr ? *text : std::string{};
}

Result<Descriptor> descriptor(const Json& json) {
  const Json* size = json.find("size");
  const auto bytes = size != nullptr ? size->as_uint() : std::nullopt;
  if (!bytes) {
    return Error(Code::invalid_data, "a descriptor has no size");
  }
  return Descriptor{.media_type = text_of(json, "mediaType"),
                    .digest = SOUS_TRY(Digest::parse(text_of(json, "digest"))),
                    .size = *bytes};
}

/// Null and absent are the same: some builders write `"annotations": null`.
Result<LabelMap> text_map(const Json* json, std::string_view what) {
  LabelMap out;
  if (json == nullptr || json->is_null()) {
    return out;
  }
  const Json::Object* members = json->as_object();
  if (members == nullptr) {
    return Error(Code::invalid_data, fmt::format("{} is no mapping", what));
  }
  for (const auto& member : *members) {
    if (const std::string* text = member.value.as_string()) {
      out.emplace(member.name, *text);
    }
  }
  return out;
}

Json to_json(const LabelMap& map) {
  Json out = Json::object();
  for (const auto& [key, value] : map) {
    out.append_member(key, Json(value));
  }
  return out;
}

const Json::Array* array_at(const Json& json, std::string_view name) {
  const Json* member = json.find(name);
  return member != nullptr ? member->as_array() : nullptr;
}

bool is_index_type(std::string_view type) {
  return type == media::kOciIndex || type == media::kDockerList;
}

bool is_manifest_type(std::string_view type) {
  return type == media::kOciManifest || type == media::kDockerManifest;
}

std::string platform_text(const Json& child) {
  const Json* platform = child.find("platform");
  if (platform == nullptr) {
    return {};
  }
  std::string out = text_of(*platform, "os") + "/" + text_of(*platform, "architecture");
  if (const std::string variant = text_of(*platform, "variant"); !variant.empty()) {
    out += "/" + variant;
  }
  return out;
}

Status add_children(const Json& json, ImageFacts& facts) {
  const Json::Array* manifests = array_at(json, "manifests");
  if (manifests == nullptr || manifests->size() > kMaxChildren) {
    return wrong("image index");
  }
  for (const Json& child : *manifests) {
    const auto described = SOUS_TRY(descriptor(child));
    std::string platform = platform_text(child);
    if (platform != "unknown/unknown") {
      facts.children.push_back({described.digest, std::move(platform)});
    }
  }
  return ok();
}

/// The type the document says it has, else the one it was served with, else the one its members
/// show.
std::string effective_type(const Json& json, std::string_view served) {
  if (std::string own = text_of(json, "mediaType"); !own.empty()) {
    return own;
  }
  const std::string plain(served.substr(0, served.find(';')));
  if (is_index_type(plain) || is_manifest_type(plain)) {
    return plain;
  }
  if (json.find("config") != nullptr && json.find("layers") != nullptr) {
    return std::string(media::kOciManifest);
  }
  return json.find("manifests") != nullptr ? std::string(media::kOciIndex) : plain;
}

constexpr std::array kOwnTwins{
    label::kOciSource, label::kOciRevision, label::kOciVersion, label::kOciCreated};

/// A config without what differs between two builds of one revision by Sous's own doing.
Json comparable(Json config) {
  config.erase("created");
  if (Json* inner = config.find("config")) {
    if (const Json* labels = inner->find("Labels")) {
      Json kept = Json::object();
      if (const auto* members = labels->as_object()) {
        for (const auto& member : *members) {
          if (!member.name.starts_with(label::kPrefix) &&
              std::ranges::find(kOwnTwins, member.name) == kOwnTwins.end()) {
            kept.append_member(member.name, member.value);
          }
        }
      }
      inner->set("Labels", std::move(kept));
    }
  }
  if (Json* history = config.find("history")) {
    Json kept = Json::array();
    if (const auto* entries = history->as_array()) {
      for (Json entry : *entries) {
        entry.erase("created");
        kept.push(std::move(entry));
      }
    }
    *history = std::move(kept);
  }
  return config;
}

std::optional<std::string> first_difference(const Json& a, const Json& b, const std::string& at) {
  if (a == b) {
    return std::nullopt;
  }
  const auto* members = a.as_object();
  const auto* others = b.as_object();
  if (members == nullptr || others == nullptr) {
    return at;
  }
  const auto below = [&](const std::string& name) { return at.empty() ? name : at + "." + name; };
  for (const auto& member : *members) {
    const Json* other = b.find(member.name);
    if (other == nullptr) {
      return below(member.name);
    }
    if (auto found = first_difference(member.value, *other, below(member.name))) {
      return found;
    }
  }
  for (const auto& other : *others) {
    if (a.find(other.name) == nullptr) {
      return below(other.name);
    }
  }
  return std::nullopt;  // the same members in another order
}

}  // namespace

Result<ImageManifest> parse_image_manifest(std::string_view text) {
  const auto json = SOUS_TRY(read(text, "image manifest"));
  const Json* config = json.find("config");
  const Json::Array* layers = array_at(json, "layers");
  if (config == nullptr || layers == nullptr || layers->size() > kMaxLayers) {
    return wrong("image manifest");
  }
  ImageManifest out{.config = SOUS_TRY(descriptor(*config)), .layers = {}};
  out.layers.reserve(layers->size());
  for (const Json& layer : *layers) {
    out.layers.push_back(SOUS_TRY(descriptor(layer)));
  }
  return out;
}

Result<ImageFacts> parse_manifest_facts(std::string_view text, std::string_view media_type) {
  const auto json = SOUS_TRY(read(text, "image manifest or index"));
  ImageFacts out{.digest = Digest::sha256_of(text),
                 .media_type = effective_type(json, media_type),
                 .manifest_size = text.size(),
                 .annotations = SOUS_TRY(text_map(json.find("annotations"), "annotations")),
                 .config_digest = {},
                 .children = {},
                 .labels = {},
                 .diff_ids = {},
                 .created = {}};
  if (is_index_type(out.media_type)) {
    SOUS_TRY_VOID(add_children(json, out));
    return out;
  }
  if (!is_manifest_type(out.media_type)) {
    return Error(Code::invalid_data,
                 fmt::format("an image manifest has the unknown format \"{}\"", out.media_type));
  }
  const Json* config = json.find("config");
  if (config == nullptr) {
    return wrong("image manifest");
  }
  out.config_digest = SOUS_TRY(descriptor(*config)).digest;
  return out;
}

Status add_config_facts(std::string_view config, ImageFacts& facts) {
  const auto json = SOUS_TRY(read(config, "image config"));
  LabelMap labels;
  if (const Json* inner = json.find("config")) {
    labels = SOUS_TRY(text_map(inner->find("Labels"), "config.Labels"));
  }
  std::vector<Digest> diff_ids;
  if (const Json* rootfs = json.find("rootfs")) {
    if (const auto* ids = array_at(*rootfs, "diff_ids")) {
      for (const Json& id : *ids) {
        const std::string* id_text = id.as_string();
        diff_ids.push_back(SOUS_TRY(Digest::parse(id_text != nullptr ? *id_text : std::string{})
                                        .with("reading rootfs.diff_ids")));
      }
    }
  }
  facts.labels = std::move(labels);
  facts.diff_ids = std::move(diff_ids);
  if (const auto created = parse_rfc3339(text_of(json, "created"))) {
    facts.created = *created;
  }
  return ok();
}

Result<Descriptor> parse_layout_index(std::string_view text) {
  const auto json = SOUS_TRY(read(text, "OCI layout index"));
  const Json::Array* manifests = array_at(json, "manifests");
  if (manifests == nullptr || manifests->size() != 1) {
    return Error(Code::invalid_data,
                 fmt::format("an OCI layout with one image was expected, and {} are in it",
                             manifests == nullptr ? 0 : manifests->size()));
  }
  return descriptor(manifests->front());
}

Result<std::string> with_labels(std::string_view config, const LabelMap& labels) {
  auto json = SOUS_TRY(read(config, "image config"));
  Json* inner = json.find("config");
  if (inner == nullptr || inner->as_object() == nullptr) {
    json.set("config", Json::object());
    inner = json.find("config");
  }
  inner->set("Labels", to_json(labels));
  return json.dump();
}

Result<std::string> with_config(std::string_view manifest,
                                const Descriptor& config,
                                const LabelMap& annotations) {
  auto json = SOUS_TRY(read(manifest, "image manifest"));
  Json* old = json.find("config");
  if (old == nullptr || old->as_object() == nullptr) {
    return wrong("image manifest");
  }
  old->set("digest", Json(config.digest.str()));
  old->set("size", Json(config.size));
  // Registries and tools tell the types apart by this member; builders may leave it out.
  if (text_of(json, "mediaType").empty()) {
    json.set("mediaType", Json(media::kOciManifest));
  }
  json.set("annotations", to_json(annotations));
  return json.dump();
}

Result<std::optional<std::string>> config_difference(std::string_view a, std::string_view b) {
  const auto first = comparable(SOUS_TRY(read(a, "image config")));
  const auto second = comparable(SOUS_TRY(read(b, "image config")));
  return first_difference(first, second, "");
}

}  // namespace sous::codec
