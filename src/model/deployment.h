#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/completeness.h"
#include "model/gdm.h"

namespace sous {

/// One manifest in one cluster with the cluster's defaults merged in: what should be.
struct Deployment {
  DeploymentId id;
  Kind kind = Kind::http_service;
  std::set<std::string> owners{};
  DeploySpec spec{};                    // effective
  std::string own_fingerprint{};        // of the manifest's own fields but the version
  std::string effective_fingerprint{};  // of `spec` and kind but the version

  SourceId source() const { return {id.manifest.source(), spec.version}; }
};

enum class Health : std::uint8_t { pending, healthy, failed, stopped, unknown };

std::string_view health_text(Health health);

/// One deployment as a cluster really runs it.
struct ObservedDeployment {
  DeploymentId id;
  GdmId gdm_id;
  std::uint64_t generation = 0;
  std::string scheduler_id;
  std::optional<SourceId> source;  // from the scheduler's metadata: a copy
  std::optional<Revision> revision;
  std::optional<ImageByDigest> asked;  // the digest it was told to run
  std::optional<Digest> running;       // the digest that really runs
  std::string effective_fingerprint;
  TextMap spec_fields{};  // the specification it was given, field by field; empty: not recorded
  Health health = Health::unknown;
  std::uint32_t instances = 0;         // running now
  std::vector<std::string> addresses;  // host:port of healthy instances
  std::optional<WallTime> since;
  std::string message;  // the scheduler's own words
  std::vector<std::string> last_log_lines;
  std::string link;
};

/// What one cluster runs, as far as it could be seen.
struct Observation {
  ClusterName cluster;
  Completeness completeness;
  WallTime observed_at;
  std::vector<ObservedDeployment> deployments;
};

/// The actual deployment set: one observation per cluster that was asked.
using Ads = std::vector<Observation>;

}  // namespace sous
