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

/// A manifest's entry for a cluster that is defined: a view into the GDM that it was expanded from,
/// since a plan needs the whole deployment of the few that differ only.
struct ExpandedEntry {
  const Manifest* manifest;
  const DeploySpec* spec;  // the entry's own
  const ClusterDefinition* cluster;
  std::string own_fingerprint;
  std::string effective_fingerprint;

  DeploymentId id() const { return {manifest->id, cluster->name}; }

  SourceId source() const { return {manifest->id.source(), spec->version}; }

  /// The same with the cluster's defaults merged in; a view of nothing.
  Deployment deployment() const;
};

/// Every entry of a GDM, which must outlive it. Moving the GDM leaves it valid, copying it does not
/// make it one of the copy; so it is never copied itself.
struct Expansion {
  Expansion() = default;
  Expansion(const Expansion&) = delete;
  Expansion(Expansion&&) = default;
  Expansion& operator=(const Expansion&) = delete;
  Expansion& operator=(Expansion&&) = default;
  ~Expansion() = default;

  /// Null where the GDM has no such entry, or its cluster is not defined.
  const ExpandedEntry* find(const DeploymentId& id) const;

  std::vector<ExpandedEntry> deployments;  // by manifest, then cluster
  std::vector<BlockedDeployment> blocked;
};

/// Merges one manifest's entry with the defaults of its cluster (sous-original 1.13).
Deployment expand(const Manifest& manifest,
                  const DeploySpec& spec,
                  const ClusterDefinition& cluster);

/// Every deployment of the GDM. An entry for a cluster that is not defined is blocked, and hides no
/// other.
Expansion expand(const Gdm& gdm);
Expansion expand(Gdm&& gdm) = delete;

/// A stable fingerprint of everything in a specification but the version and the number of
/// instances, which a cluster changes without a new generation: 15 hex digits, which a small string
/// holds in place. Two specifications that mean the same have the same one (numbers by
/// value, volumes in any order).
std::string fingerprint(Kind kind, const DeploySpec& spec);

}  // namespace sous::engine
