#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/rectify.h"

namespace sous::app {

struct DeployRequest {
  ManifestId manifest;
  Version version;
  std::set<ClusterName> clusters;       // empty: all of the manifest
  std::optional<std::string> revision;  // the wanted one
  bool force = false;
  bool release = false;  // also where it is held; ends the hold
  bool adopt = false;    // take over what another GDM, or none, gave
  bool offline = false;  // where the GDM's remote is away, take a locked version of the last state
  bool wait = true;      // until healthy or failed; else until the cluster took it
  std::optional<std::size_t> confirmed{};  // exactly so many deployments may end or restart
};

/// Gives a version to clusters and sees it through (design.md sections 5 and 11): decides the image
/// anew, writes the manifest's version and the given records in one commit, and carries it out.
/// Fails with usage when the manifest has no entry for a cluster, with unavailable when a cluster
/// does not answer (nothing began), with blocked or undecided when no image can be given.
Result<std::vector<Operation>> deploy(Node& node,
                                      const DeployRequest& request,
                                      const OnOperation& on_operation,
                                      const Call& call);

}  // namespace sous::app
