#pragma once

#include <string>
#include <vector>

#include "model/deployment.h"
#include "model/gdm.h"

namespace sous::engine {

/// A deployment that is named but cannot be acted on.
struct BlockedDeployment {
  DeploymentId id;
  Version version;
  std::string reason;
};

struct Expansion {
  std::vector<Deployment> deployments;  // by manifest, then cluster
  std::vector<BlockedDeployment> blocked;
};

/// Merges one manifest's entry with the defaults of its cluster (sous-original 1.13).
Deployment expand(const Manifest& manifest,
                  const DeploySpec& spec,
                  const ClusterDefinition& cluster);

/// Every deployment of the GDM. An entry for a cluster that is not defined is blocked, and hides no
/// other.
Expansion expand(const Gdm& gdm);

/// A stable fingerprint of everything in a specification but the version and the number of
/// instances, which a cluster changes without a new generation: 15 hex digits, which a small string
/// holds in place. Two specifications that mean the same have the same one (numbers by
/// value, volumes in any order).
std::string fingerprint(Kind kind, const DeploySpec& spec);

}  // namespace sous::engine
