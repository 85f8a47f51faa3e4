#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/advisory.h"
#include "model/given.h"
#include "model/lock.h"
#include "model/manifest.h"

namespace sous {

/// The GDM's own id: a UUID made once.
using GdmId = std::string;

/// A cluster as defined in defs.yaml.
struct ClusterDefinition {
  ClusterName name;
  std::string kind;      // podman, singularity
  std::string base_url;  // unix:///path/to/podman.sock, https://singularity.example/...
  TextMap env;
  Startup startup;
  Advisories allowed_advisories;
  std::optional<std::string> registry;    // host that stands in for the images' own, for pulling
  std::optional<std::string> machine_id;  // podman: the one machine it is

  friend bool operator==(const ClusterDefinition&, const ClusterDefinition&) = default;
};

struct Definitions {
  std::string docker_repo;
  std::map<ClusterName, ClusterDefinition> clusters;

  friend bool operator==(const Definitions&, const Definitions&) = default;
};

/// A record that cannot be read. It hides nothing but itself: its deployments are blocked, nothing
/// of it is removed.
struct BrokenRecord {
  std::string path;
  std::optional<ManifestId> manifest;  // which it would be, told from the path
  std::vector<std::string> problems;   // each with line:column

  friend bool operator==(const BrokenRecord&, const BrokenRecord&) = default;
};

/// The global deploy manifest at one revision. Immutable once read.
struct Gdm {
  std::string revision;
  GdmId id;
  Definitions definitions;
  std::map<ManifestId, Manifest> manifests;
  std::map<SourceId, LockFile> locks;
  std::map<DeploymentId, GivenRecord> given;
  std::vector<BrokenRecord> broken;

  const LockFile* lock_file(const SourceId& source) const;
  const GivenRecord* given_record(const DeploymentId& deployment) const;
};

}  // namespace sous
