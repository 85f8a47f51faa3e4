#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/artifact.h"
#include "model/image_facts.h"

namespace sous {

/// The label keys of design.md section 4, and the scheduler metadata keys of section 10.
namespace label {
inline constexpr std::string_view kPrefix = "com.opentable.sous.";
inline constexpr std::string_view kRepoUrl = "com.opentable.sous.repo_url";
inline constexpr std::string_view kRepoOffset = "com.opentable.sous.repo_offset";
inline constexpr std::string_view kVersion = "com.opentable.sous.version";
inline constexpr std::string_view kRevision = "com.opentable.sous.revision";
inline constexpr std::string_view kAdvisories = "com.opentable.sous.advisories";
inline constexpr std::string_view kBuiltAt = "com.opentable.sous.built_at";
inline constexpr std::string_view kRebuildOf = "com.opentable.sous.rebuild_of";
inline constexpr std::string_view kLayers = "com.opentable.sous.layers";
inline constexpr std::string_view kConfig = "com.opentable.sous.config";
inline constexpr std::string_view kOciSource = "org.opencontainers.image.source";
inline constexpr std::string_view kOciRevision = "org.opencontainers.image.revision";
inline constexpr std::string_view kOciVersion = "org.opencontainers.image.version";
inline constexpr std::string_view kOciCreated = "org.opencontainers.image.created";
}  // namespace label

/// sha256 of the ordered diff_ids joined by newlines: the `layers` proof.
Digest layers_proof(const std::vector<Digest>& diff_ids);

/// What a build writes on an image; see written_labels.
struct ArtifactStamp {
  SourceId source;
  Revision revision;
  Advisories advisories;
  WallTime built_at;
  std::optional<Digest> rebuild_of;
};

/// The labels of the config: `existing` without every com.opentable.sous.* key, plus the stamp, the
/// standard twins and the layers proof.
LabelMap written_labels(const LabelMap& existing,
                        const ArtifactStamp& stamp,
                        const std::vector<Digest>& diff_ids);

/// The annotations of the manifest: mirror of the labels plus the config proof.
LabelMap written_annotations(const LabelMap& existing,
                             const LabelMap& config_labels,
                             const Digest& config_digest);

/// Why an image is no Sous image, or not one by its own labels. A fact to remember, not an error.
struct NotSous {
  std::string reason;
  /// It has labels of its own that cannot be taken at their word: malformed ones, or ones that
  /// disagree. Such an image is given no other identity either.
  bool unreliable = false;

  friend bool operator==(const NotSous&, const NotSous&) = default;
};

/// The config must be read before anything can be said.
struct NeedsConfig {
  friend bool operator==(const NeedsConfig&, const NeedsConfig&) = default;
};

/// How far the image itself proves that the labels are its own (design.md section 4).
enum class Proof : std::uint8_t {
  proven,      ///< annotation and/or layers label match
  needs_twin,  ///< layers label matches, but no config annotation: counts only if its config
               ///< digest equals that of an artifact whose annotation matches
  original,    ///< no proofs at all, as the 2019 original wrote; may be derived
};

struct SousImage {
  Artifact artifact;  // without repositories
  Proof proof = Proof::proven;
  std::vector<Digest> diff_ids;  // empty when the config was not read

  friend bool operator==(const SousImage&, const SousImage&) = default;
};

/// Reads the identity an image carries, from annotations alone where they prove themselves, else
/// from the config's labels. Malformed values make it NotSous with the reason.
std::variant<SousImage, NotSous, NeedsConfig> read_identity(const ImageFacts& facts);

}  // namespace sous
