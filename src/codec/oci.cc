#include "codec/oci.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "base/time.h"
#include "codec/json.h"

namespace sous::codec {
namespace {

constexpr std::size_t kMaxChildren = 1000;
constexpr std::size_t kMaxLayers = 1000;

Error bad(std::string message) { return Error(Code::invalid_data, std::move(message)); }

bool is_one_of(std::string_view type, std::string_view a, std::string_view b) {
  return type == a || type == b;
}

bool is_index_type(std::string_view type) {
  return is_one_of(type, media::kOciIndex, media::kDockerList);
}

bool is_manifest_type(std::string_view type) {
  return is_one_of(type, media::kOciManifest, media::kDockerManifest);
}

// What servers say that do not know better.
bool is_generic_type(std::string_view type) {
  return type.empty() || type == "application/json" || type == "application/octet-stream" ||
         type == "text/plain";
}

// A text member; empty where absent or null.
Result<std::string> text_member(const Json& object, std::string_view name) {
  const Json* member = object.find(name);
  if (member == nullptr || member->is_null()) {
    return std::string();
  }
  if (const auto* text = member->as_string()) {
    return *text;
  }
  return bad("`" + std::string(name) + "` is no text");
}

// An object of texts; empty where absent or null.
Result<LabelMap> text_map_member(const Json& object, std::string_view name) {
  LabelMap out;
  const Json* member = object.find(name);
  if (member == nullptr || member->is_null()) {
    return out;
  }
  const auto* members = member->as_object();
  if (members == nullptr) {
    return bad("`" + std::string(name) + "` is no object");
  }
  for (const auto& [key, value] : *members) {
    const auto* text = value.as_string();
    if (text == nullptr) {
      return bad("`" + std::string(name) + "` has " + quote(key) + ", which is no text");
    }
    out.emplace(key, *text);
  }
  return out;
}

// A list; empty where absent or null.
Result<Json::Array> list_member(const Json& object, std::string_view name, std::size_t most) {
  const Json* member = object.find(name);
  if (member == nullptr || member->is_null()) {
    return Json::Array{};
  }
  const auto* items = member->as_array();
  if (items == nullptr) {
    return bad("`" + std::string(name) + "` is no list");
  }
  if (items->size() > most) {
    return bad("`" + std::string(name) + "` has " + std::to_string(items->size()) +
               " entries, more than the " + std::to_string(most) + " that are read");
  }
  return *items;
}

Result<Digest> digest_member(const Json& object) {
  const std::string text = SOUS_TRY(text_member(object, "digest"));
  return Digest::parse(text);
}

Result<Descriptor> read_descriptor(const Json& object) {
  if (object.as_object() == nullptr) {
    return bad("a descriptor is no object");
  }
  auto media_type = SOUS_TRY(text_member(object, "mediaType"));
  const auto digest = SOUS_TRY(digest_member(object));
  Descriptor out{.media_type = std::move(media_type), .digest = digest};
  const Json* size = object.find("size");
  const auto value = size == nullptr ? std::nullopt : size->as_uint();
  if (!value) {
    return bad("a descriptor has no size");
  }
  out.size = *value;
  return out;
}

Result<Json> parse_object(std::string_view bytes, std::string_view what) {
  Json out = SOUS_TRY(parse_json(bytes).with("the " + std::string(what)));
  if (out.as_object() == nullptr) {
    return bad("the " + std::string(what) + " is no JSON object");
  }
  return out;
}

// A builder's statement about a sibling, not an image (BuildKit's attestation storage).
bool is_attestation(const Json& child) {
  const Json* annotations = child.find("annotations");
  if (annotations != nullptr && annotations->find("vnd.docker.reference.type") != nullptr) {
    return true;
  }
  const Json* platform = child.find("platform");
  const Json* os = platform == nullptr ? nullptr : platform->find("os");
  const auto* name = os == nullptr ? nullptr : os->as_string();
  return name != nullptr && *name == "unknown";
}

Result<std::string> platform_of(const Json& child) {
  const Json* platform = child.find("platform");
  if (platform == nullptr || platform->is_null()) {
    return std::string();
  }
  std::string out = SOUS_TRY(text_member(*platform, "os")) + "/" +
                    SOUS_TRY(text_member(*platform, "architecture"));
  const std::string variant = SOUS_TRY(text_member(*platform, "variant"));
  return variant.empty() ? out : out + "/" + variant;
}

Result<std::vector<IndexChild>> read_children(const Json& index) {
  std::vector<IndexChild> out;
  for (const Json& child : SOUS_TRY(list_member(index, "manifests", kMaxChildren))) {
    const Descriptor descriptor = SOUS_TRY(read_descriptor(child));
    if (!is_attestation(child)) {
      auto platform = SOUS_TRY(platform_of(child));
      out.push_back({.digest = descriptor.digest, .platform = std::move(platform)});
    }
  }
  return out;
}

// The config's digest, if it is the config of an image and not something that travels like one.
Result<std::optional<Digest>> read_config_digest(const Json& manifest) {
  const Json* config = manifest.find("config");
  if (config == nullptr) {
    return bad("the manifest has no config");
  }
  const Descriptor descriptor = SOUS_TRY(read_descriptor(*config).with("the manifest's config"));
  const bool is_image = is_one_of(descriptor.media_type, media::kOciConfig, media::kDockerConfig) &&
                        SOUS_TRY(text_member(manifest, "artifactType")).empty();
  return is_image ? std::optional(descriptor.digest) : std::nullopt;
}

// The document's own kind. What it calls itself and what the registry calls it must not differ.
Result<std::string> media_type_of(const Json& document, std::string_view content_type) {
  const std::string own = SOUS_TRY(text_member(document, "mediaType"));
  const std::string given = normalized_media_type(content_type);
  const bool has_manifests = document.find("manifests") != nullptr;
  const bool has_config = document.find("config") != nullptr || document.find("layers") != nullptr;
  if (has_manifests && has_config) {
    return bad("the document is an index and a manifest at once");
  }
  if (document.find("fsLayers") != nullptr ||
      given.find("distribution.manifest.v1+") != std::string::npos) {
    return bad("it is a manifest of Docker schema 1, which has no stable digest")
        .hinted("push the image again with a current tool");
  }
  if (!own.empty() && !is_generic_type(given) && own != given) {
    return bad("the registry calls it " + quote(given) + ", it calls itself " + quote(own));
  }
  std::string type = !own.empty() ? own : given;
  if (is_generic_type(type)) {
    type = has_manifests ? media::kOciIndex : media::kOciManifest;
  }
  const bool fits = has_manifests ? is_index_type(type) : is_manifest_type(type) && has_config;
  if (!fits && !(is_index_type(type) && !has_config)) {
    return bad("its content is not that of a " + quote(type));
  }
  return type;
}

}  // namespace

std::string normalized_media_type(std::string_view content_type) {
  return to_lower_ascii(trim(content_type.substr(0, content_type.find(';'))));
}

Result<ImageFacts> parse_manifest_facts(std::string_view bytes, std::string_view content_type) {
  const Json document = SOUS_TRY(parse_object(bytes, "manifest"));
  ImageFacts out{.digest = Digest::sha256_of(bytes)};
  out.media_type = SOUS_TRY(media_type_of(document, content_type));
  out.manifest_size = bytes.size();
  out.annotations = SOUS_TRY(text_map_member(document, "annotations"));
  if (is_index_type(out.media_type)) {
    out.children = SOUS_TRY(read_children(document));
  } else {
    out.config_digest = SOUS_TRY(read_config_digest(document));
  }
  return out;
}

Status add_config_facts(std::string_view config, ImageFacts& facts) {
  const Json document = SOUS_TRY(parse_object(config, "image config"));
  const Json* inner = document.find("config");
  LabelMap labels;
  if (inner != nullptr && !inner->is_null()) {
    labels = SOUS_TRY(text_map_member(*inner, "Labels"));
  }
  std::vector<Digest> diff_ids;
  if (const Json* rootfs = document.find("rootfs")) {
    for (const Json& item : SOUS_TRY(list_member(*rootfs, "diff_ids", kMaxLayers))) {
      const auto* text = item.as_string();
      if (text == nullptr) {
        return bad("the image config has a diff_id that is no text");
      }
      diff_ids.push_back(SOUS_TRY(Digest::parse(*text).with("the image config's diff_ids")));
    }
  }
  const Json* created = document.find("created");
  const auto* text = created == nullptr ? nullptr : created->as_string();
  if (text != nullptr) {
    if (const auto time = parse_rfc3339(*text)) {
      facts.created = *time;
    }
  }
  facts.labels = std::move(labels);
  facts.diff_ids = std::move(diff_ids);
  return ok();
}

Result<ImageManifest> parse_image_manifest(std::string_view manifest) {
  const Json document = SOUS_TRY(parse_object(manifest, "manifest"));
  const Json* config = document.find("config");
  if (config == nullptr) {
    return bad("the manifest has no config");
  }
  auto descriptor = SOUS_TRY(read_descriptor(*config));
  ImageManifest out{.config = std::move(descriptor), .layers = {}};
  for (const Json& layer : SOUS_TRY(list_member(document, "layers", kMaxLayers))) {
    out.layers.push_back(SOUS_TRY(read_descriptor(layer)));
  }
  return out;
}

Result<std::vector<Descriptor>> parse_image_index(std::string_view index) {
  const Json document = SOUS_TRY(parse_object(index, "image index"));
  std::vector<Descriptor> out;
  for (const Json& child : SOUS_TRY(list_member(document, "manifests", kMaxChildren))) {
    out.push_back(SOUS_TRY(read_descriptor(child)));
  }
  return out;
}

Result<Descriptor> parse_layout_index(std::string_view index) {
  const Json document = SOUS_TRY(parse_object(index, "layout's index"));
  const auto manifests = SOUS_TRY(list_member(document, "manifests", kMaxChildren));
  if (manifests.size() != 1) {
    return bad("the layout holds " + std::to_string(manifests.size()) + " images instead of one");
  }
  return read_descriptor(manifests.front());
}

}  // namespace sous::codec
