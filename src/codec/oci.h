#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "model/image_facts.h"

/// The JSON documents of container images: OCI image specification 1.1 and Docker schema 2.
/// All functions fail with invalid_data, and never accept a document that two readers could
/// understand differently (a name twice, an index that is a manifest too).
namespace sous::codec {

namespace media {
inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kOciConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerList =
    "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kDockerConfig = "application/vnd.docker.container.image.v1+json";
}  // namespace media

/// A reference from one document to another or to a layer.
struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0;  // bytes

  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

/// The media type that a Content-Type header means: without parameters, in lower case.
std::string normalized_media_type(std::string_view content_type);

/// What a manifest or an index says; `digest` is computed from `bytes`. `content_type` is what the
/// registry called it, and may be empty or generic. Children that only attest something are left
/// out. An image manifest whose config is no image config (a chart, a signature) has no
/// config_digest. Docker schema 1 is refused: its digests are not stable.
Result<ImageFacts> parse_manifest_facts(std::string_view bytes, std::string_view content_type);

/// Adds what the image config says: labels, diff_ids, created. A `created` that is no time counts
/// as absent.
Status add_config_facts(std::string_view config, ImageFacts& facts);

struct ImageManifest {
  Descriptor config;
  std::vector<Descriptor> layers;
};

/// The blobs of an image manifest, for pushing it.
Result<ImageManifest> parse_image_manifest(std::string_view manifest);

/// All that an index names, also what only attests something: a registry takes no index without it.
Result<std::vector<Descriptor>> parse_image_index(std::string_view index);

/// The one image manifest of an OCI layout's index.json.
Result<Descriptor> parse_layout_index(std::string_view index);

/// The config with other labels; all else is kept, numbers to the digit.
Result<std::string> with_labels(std::string_view config, const LabelMap& labels);

/// The manifest with another config and other annotations; all else is kept. An empty media type
/// leaves that of the config as it is. The manifest gets a media type where it has none: tools tell
/// manifests and indexes apart by it.
Result<std::string> with_config(std::string_view manifest,
                                const Descriptor& config,
                                const LabelMap& annotations);

/// The path of the first member in which two image configs differ, leaving out Sous's own labels
/// and every `created` (design.md section 8); nothing when they are the same build.
Result<std::optional<std::string>> config_difference(std::string_view a, std::string_view b);

/// The step that made the layer number `layer` (from 0), as the config's history tells it in one
/// line; empty when it does not.
Result<std::string> layer_step(std::string_view config, std::size_t layer);

}  // namespace sous::codec
