#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/gdm_access.h"
#include "app/node.h"
#include "app/observe.h"
#include "engine/filter.h"

namespace sous::app {

/// A deployment as the GDM wants it.
struct IntendedDeployment {
  Deployment deployment;
  std::optional<Digest> given;
  std::optional<Digest> locked;  // of the version; absent while its revision is open
};

/// Which deployments of the GDM; an absent question takes both.
struct GdmQuery {
  engine::Filter filter = {};
  std::optional<bool> has_image = {};  // registered for its version and not withdrawn, or given
  std::optional<bool> has_owners = {};
  std::optional<bool> zero_instances = {};
};

/// The deployments that can be acted on, by manifest, then cluster.
std::vector<IntendedDeployment> intended_deployments(const Gdm& gdm, const GdmQuery& query = {});

/// A deployment as a cluster runs it.
struct RunningDeployment {
  ObservedDeployment observed;
  std::optional<Digest> given;
  std::vector<std::string> alarms;
};

struct AdsReport {
  std::vector<RunningDeployment> deployments;  // by manifest, then cluster
  std::vector<Observation> seen;
  std::vector<SilentCluster> silent;
};

/// What an observation means beside the GDM and this node's index.
AdsReport ads_report(Node& node, const Gdm& gdm, Observed observed);

/// Observes the clusters of the filter, and keeps what runs there as it says.
Result<AdsReport> query_ads(Node& node, const engine::Filter& filter, const Call& call);

/// The lock file of a version. Fails with not_found.
Result<LockFile> query_lock(Node& node, const SourceId& source, const Call& call);

}  // namespace sous::app
