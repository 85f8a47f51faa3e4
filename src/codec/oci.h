#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/image_facts.h"

namespace sous::codec {

/// Media types of the OCI image specification 1.0 and of Docker image manifests, version 2.
namespace media {
inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerList =
    "application/vnd.docker.distribution.manifest.list.v2+json";
}  // namespace media

/// A reference from one OCI document to another, or to a blob.
struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0;

  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

/// What an image manifest names.
struct ImageManifest {
  Descriptor config;
  std::vector<Descriptor> layers;
};

/// Reads an image manifest (OCI or Docker schema 2). Fails with invalid_data.
Result<ImageManifest> parse_image_manifest(std::string_view text);

/// What a manifest or an index of any of the four types says by itself: the config's parts are
/// absent. `media_type` is the one it was served with, used where the document names none.
/// Children of an index that are attestations (platform unknown/unknown) are left out.
/// Fails with invalid_data, naming the unknown format where it is none of the four.
Result<ImageFacts> parse_manifest_facts(std::string_view text, std::string_view media_type);

/// Adds what an image config says to the facts of its manifest.
Status add_config_facts(std::string_view config, ImageFacts& facts);

/// The one manifest of an OCI image layout, from its index.json.
Result<Descriptor> parse_layout_index(std::string_view text);

/// The config with other labels; everything else stays as it was.
Result<std::string> with_labels(std::string_view config, const LabelMap& labels);

/// The manifest with another config and other annotations; everything else stays as it was.
Result<std::string> with_config(std::string_view manifest,
                                const Descriptor& config,
                                const LabelMap& annotations);

/// The first difference between two configs apart from Sous's labels, their standard twins and the
/// time of creation, as the path of the field; nothing when they are the same (design.md section 8,
/// "identical").
Result<std::optional<std::string>> config_difference(std::string_view a, std::string_view b);

}  // namespace sous::codec
