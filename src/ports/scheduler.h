#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/deployment.h"
#include "ports/call.h"

namespace sous {

/// What a deployment is told to run: all that a scheduler needs, images only by digest.
struct DeployOrder {
  GdmId gdm_id;
  std::uint64_t generation = 0;
  Deployment deployment;  // effective specification
  ImageByDigest image;
  std::optional<Revision> revision;
  /// Given while the GDM's remote was away: the cluster marks it so.
  bool pending = false;
  /// The specification as named texts, for the cluster to keep and to show again as it is.
  TextMap spec_fields{};
};

/// One cluster. The rectifier calls; the adapter translates. Thread-safe.
/// Fails with unavailable or timeout (the cluster does not answer), unverified (it cannot be told
/// whether it took the call), unauthorized, forbidden, failed (its refusal, in its own words),
/// conflict (a newer generation, or this one with another image, is there), unsupported (a kind it
/// cannot run).
class Scheduler {
 public:
  virtual ~Scheduler() = default;

  /// Everything of Sous in the cluster, whatever GDM it belongs to. A cluster that answers only in
  /// part gives a partial observation; one that does not answer at all fails.
  virtual Result<Observation> observe(const Call& call) = 0;
  /// Looks at one deployment and, where health is Sous's own job, probes it. Not_found when the
  /// cluster has none.
  virtual Result<ObservedDeployment> look(const DeploymentId& id,
                                          const GdmId& gdm_id,
                                          std::uint64_t generation,
                                          const Call& call) = 0;
  /// Tells the cluster to run this. Idempotent: an order with a generation that is there already
  /// changes nothing. Returns once the cluster took the order; it does not wait for health. The
  /// previous generation keeps serving until `settle`.
  virtual Status apply(const DeployOrder& order, const Call& call) = 0;
  /// Called once the generation is healthy (`succeeded`) or has failed: ends what it replaces, or
  /// ends it and leaves what it would have replaced. Idempotent.
  virtual Status settle(const DeploymentId& id,
                        const GdmId& gdm_id,
                        std::uint64_t generation,
                        bool succeeded,
                        const Call& call) = 0;
  /// Changes the number of instances of the generation that runs.
  virtual Status scale(const DeployOrder& order, const Call& call) = 0;
  /// Ends every instance of a deployment. Idempotent.
  virtual Status remove(const DeploymentId& id, const GdmId& gdm_id, const Call& call) = 0;

  /// Whether what it runs comes back by itself after a restart of its machines. Fails with failed,
  /// saying what is missing; the hint is the cure.
  virtual Status survives_restart() { return ok(); }

  /// What the cluster itself takes until it tells how an order went, beyond what the specification
  /// grants the instances.
  virtual Duration own_time() const { return Duration{0}; }
};

/// Gives the scheduler of a cluster; fails with unsupported for an unknown kind and with
/// unavailable for one that is not reachable from this machine.
class SchedulerDirectory {
 public:
  virtual ~SchedulerDirectory() = default;

  /// The scheduler lives as long as the directory.
  virtual Result<Scheduler*> scheduler(const ClusterDefinition& cluster) = 0;
};

}  // namespace sous
