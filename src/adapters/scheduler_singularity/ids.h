#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/gdm.h"

namespace sous::scheduler_singularity {

/// What Singularity of every version takes.
inline constexpr std::size_t kRequestIdSize = 99;
inline constexpr std::size_t kDeployIdSize = 49;

/// The request of a deployment: readable in front, and a hash that no two deployments (or GDMs)
/// share. Only the readable part is ever cut.
std::string request_id(const GdmId& gdm_id, const DeploymentId& id);
/// The request that the 2019 original would have made for it. Not always another deployment's
/// opposite: of long names the original cut the hash.
std::string original_request_id(const DeploymentId& id);
/// The original's digest of a deployment, in hex.
std::string original_digest(const DeploymentId& id);

/// The deploy of one attempt at one generation.
std::string deploy_id(const GdmId& gdm_id,
                      const DeploymentId& id,
                      const Version& version,
                      std::uint64_t generation,
                      std::uint32_t attempt);
/// Whether a deploy id is one of that attempt, whatever the version.
bool is_deploy_of(std::string_view deploy,
                  const GdmId& gdm_id,
                  const DeploymentId& id,
                  std::uint64_t generation,
                  std::uint32_t attempt);

}  // namespace sous::scheduler_singularity
