#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/locked.h"
#include "ports/clock.h"
#include "ports/scheduler.h"
#include "support/points.h"

namespace sous::support {

/// What the instances of an image do.
struct FakeBehaviour {
  Health health = Health::healthy;  // once `looks` have passed
  std::uint32_t looks = 0;          // looks and observations in which it is still pending
  std::string message;
  std::vector<std::string> log_lines;
  std::optional<Digest> really_runs;  // another digest than the one asked for
};

/// A cluster in memory that keeps the promises of ports/scheduler.h. Each call is the point
/// `scheduler.<function>`. Thread-safe.
class FakeScheduler final : public Scheduler {
 public:
  /// `clock` and `points` must outlive this object.
  FakeScheduler(ClusterName cluster, Clock& clock, Points& points = no_points());

  /// Images without a script are healthy at once.
  void script(const Digest& digest, FakeBehaviour behaviour);
  /// Observations from now on are partial; an empty reason makes them complete again.
  void make_partial(std::string reason, std::vector<std::string> missing);
  /// Ends the instances of a deployment behind everybody's back, as a machine's restart does.
  void stop_instances(const DeploymentId& id);

  /// How many orders changed something.
  std::uint64_t changes();

  Result<Observation> observe(const Call& call) override;
  Result<ObservedDeployment> look(const DeploymentId& id,
                                  const GdmId& gdm_id,
                                  std::uint64_t generation,
                                  const Call& call) override;
  Status apply(const DeployOrder& order, const Call& call) override;
  Status settle(const DeploymentId& id,
                const GdmId& gdm_id,
                std::uint64_t generation,
                bool succeeded,
                const Call& call) override;
  Status scale(const DeployOrder& order, const Call& call) override;
  Status remove(const DeploymentId& id, const GdmId& gdm_id, const Call& call) override;

 private:
  struct Generation {
    DeployOrder order;
    std::uint32_t instances = 0;
    std::uint32_t looks = 0;
    bool stopped = false;
    WallTime since;
    std::uint16_t first_port = 0;
  };

  using Key = std::pair<GdmId, DeploymentId>;
  using Generations = std::map<std::uint64_t, Generation>;

  struct State {
    std::map<Key, Generations> deployments;
    std::map<Digest, FakeBehaviour> behaviours;
    Completeness completeness;
    std::uint16_t next_port = 20'000;
    std::uint64_t changes = 0;
  };

  static ObservedDeployment describe(const State& state, Generation& generation);
  Status place(State& state, const DeployOrder& order);

  ClusterName cluster_;
  Clock& clock_;
  Points& points_;
  Locked<State> state_;
};

}  // namespace sous::support
