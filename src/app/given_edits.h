#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/node.h"
#include "model/given.h"

namespace sous::app {

/// Which given records a command is about.
struct GivenSelection {
  ManifestId manifest;
  std::set<ClusterName> clusters;  // empty: every cluster that the manifest was given to
};

/// Stops rectify for deployments, and makes deploy, scale, rollback and removal answer `blocked`
/// (design.md section 11); it is no new generation. Returns the records afterwards. Fails with
/// not_found where nothing was ever given, with usage without a reason.
Result<std::vector<GivenRecord>> hold(Node& node,
                                      const GivenSelection& selection,
                                      const std::string& reason,
                                      const std::optional<WallTime>& until,
                                      const Call& call);

/// Ends holds; where there is none nothing changes.
Result<std::vector<GivenRecord>> release(Node& node,
                                         const GivenSelection& selection,
                                         const Call& call);

/// Writes what failed as the next generation, with the same version, image and specification.
/// Without clusters those that failed are meant. `release` ends holds. Fails with blocked where a
/// deployment is held, with conflict where nothing has failed.
Result<std::vector<GivenRecord>> give_failed_again(Node& node,
                                                   const GivenSelection& selection,
                                                   bool release,
                                                   const Call& call);

}  // namespace sous::app
