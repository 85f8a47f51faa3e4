#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "adapters/scheduler_singularity/messages.h"
#include "model/artifact.h"
#include "ports/scheduler.h"

namespace sous::scheduler_singularity {

/// What a deploy's metadata say of it. One of the original carries neither GDM nor generation.
struct DeployRecord {
  GdmId gdm_id;
  DeploymentId deployment;
  std::uint64_t generation = 0;
  Version version;
  std::optional<Revision> revision;
  std::optional<ImageByDigest> image;  // absent where it was deployed by a tag
  std::string fingerprint;
};

TextMap to_metadata(const DeployOrder& order, std::uint32_t attempt);
/// Nothing for a deploy that is not Sous's. Fails with invalid_data for one of Sous's that cannot
/// be read.
Result<std::optional<DeployRecord>> from_deploy(const DeployFacts& deploy);
/// The image of a deploy whose metadata do not say what it was built from, as of the original's
/// older ones.
std::optional<ImageByDigest> image_without_source(const DeployFacts& deploy);
/// Completes such metadata.
void add_source(DeployFacts& deploy, const Artifact& artifact);
/// The cluster that a deploy says it is of; empty where it is not Sous's.
std::string cluster_of(const DeployFacts& deploy);
/// Whether the marker alone tells that a deploy may be Sous's: no other is looked at.
bool may_be_ours(const DeployMarker& marker);
/// What stands in the marker of every deploy of ours.
std::string deploy_message(const DeployOrder& order);

}  // namespace sous::scheduler_singularity
