#include "adapters/scheduler_singularity/record.h"

#include <fmt/format.h>

#include "base/text.h"
#include "model/labels.h"

namespace sous::scheduler_singularity {
namespace {

constexpr std::string_view kCluster = "com.opentable.sous.clustername";
constexpr std::string_view kFlavor = "com.opentable.sous.flavor";
constexpr std::string_view kGdmId = "com.opentable.sous.gdm_id";
constexpr std::string_view kGeneration = "com.opentable.sous.generation";
constexpr std::string_view kAttempt = "com.opentable.sous.attempt";
constexpr std::string_view kFingerprint = "com.opentable.sous.fingerprint";
constexpr std::string_view kKind = "com.opentable.sous.kind";

// Also the original's: `Deployed by <who>`.
constexpr std::string_view kOriginalMessage = "Deployed by ";
constexpr std::string_view kMessage = "Sous gives ";

std::string text_or_empty(const TextMap& metadata, std::string_view key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? std::string() : found->second;
}

Result<DeployRecord> read(const DeployFacts& deploy) {
  const TextMap& metadata = deploy.metadata;
  auto location = SOUS_TRY(SourceLocation::make(text_or_empty(metadata, label::kRepoUrl),
                                                text_or_empty(metadata, label::kRepoOffset)));
  auto manifest = SOUS_TRY(ManifestId::make(std::move(location), text_or_empty(metadata, kFlavor)));
  auto cluster = SOUS_TRY(ClusterName::parse(text_or_empty(metadata, kCluster)));
  DeployRecord out{.gdm_id = text_or_empty(metadata, kGdmId),
                   .deployment = {std::move(manifest), std::move(cluster)},
                   .version = {},
                   .revision = {},
                   .image = {},
                   .fingerprint = text_or_empty(metadata, kFingerprint)};
  out.version = SOUS_TRY(Version::parse(text_or_empty(metadata, label::kVersion)));
  if (!out.gdm_id.empty()) {
    out.generation = SOUS_TRY(parse_uint(text_or_empty(metadata, kGeneration)));
  }
  // The original leaves it empty.
  if (const auto revision = Revision::parse(text_or_empty(metadata, label::kRevision))) {
    out.revision = *revision;
  }
  if (auto image = ImageByDigest::parse(deploy.image)) {
    out.image = std::move(*image);
  }
  return out;
}

}  // namespace

TextMap to_metadata(const DeployOrder& order, std::uint32_t attempt) {
  const ManifestId& manifest = order.deployment.id.manifest;
  TextMap out = order.deployment.spec.metadata;
  const auto set = [&out](std::string_view key, std::string value) {
    out.insert_or_assign(std::string(key), std::move(value));
  };
  set(kCluster, order.deployment.id.cluster.str());
  set(kFlavor, manifest.flavor());
  set(label::kRepoUrl, manifest.source().repo());
  set(label::kRepoOffset, manifest.source().offset());
  set(label::kVersion, order.deployment.spec.version.str());
  set(label::kRevision, order.revision ? order.revision->str() : "");
  set(kGdmId, order.gdm_id);
  set(kGeneration, fmt::format("{}", order.generation));
  set(kAttempt, fmt::format("{}", attempt));
  set(kFingerprint, order.deployment.effective_fingerprint);
  set(kKind, std::string(kind_text(order.deployment.kind)));
  return out;
}

Result<std::optional<DeployRecord>> from_deploy(const DeployFacts& deploy) {
  if (!deploy.metadata.contains(kCluster)) {
    return std::optional<DeployRecord>();
  }
  return std::optional(SOUS_TRY(read(deploy).with("metadata of deploy " + deploy.id)));
}

std::optional<ImageByDigest> image_without_source(const DeployFacts& deploy) {
  if (deploy.metadata.contains(label::kRepoUrl)) {
    return std::nullopt;
  }
  auto image = ImageByDigest::parse(deploy.image);
  return image ? std::optional(std::move(*image)) : std::nullopt;
}

void add_source(DeployFacts& deploy, const Artifact& artifact) {
  const auto set = [&deploy](std::string_view key, std::string value) {
    deploy.metadata.insert_or_assign(std::string(key), std::move(value));
  };
  set(label::kRepoUrl, artifact.source.location.repo());
  set(label::kRepoOffset, artifact.source.location.offset());
  set(label::kVersion, artifact.source.version.str());
  set(label::kRevision, artifact.revision.str());
}

std::string cluster_of(const DeployFacts& deploy) {
  return text_or_empty(deploy.metadata, kCluster);
}

bool may_be_ours(const DeployMarker& marker) {
  return marker.user.starts_with("sous") || marker.message.starts_with(kOriginalMessage) ||
         marker.message.starts_with(kMessage);
}

std::string deploy_message(const DeployOrder& order) {
  return fmt::format("{}{} {}, generation {}",
                     kMessage,
                     order.deployment.id.manifest.str(),
                     order.deployment.spec.version.canonical(),
                     order.generation);
}

}  // namespace sous::scheduler_singularity
