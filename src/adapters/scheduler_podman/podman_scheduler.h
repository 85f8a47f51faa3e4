#pragma once

#include <string_view>
#include <vector>

#include "adapters/scheduler_podman/inventory.h"
#include "adapters/scheduler_podman/placement.h"
#include "adapters/scheduler_podman/podman_api.h"
#include "adapters/scheduler_podman/podman_options.h"
#include "adapters/scheduler_podman/prober.h"
#include "ports/clock.h"
#include "ports/file_system.h"
#include "ports/http_client.h"
#include "ports/scheduler.h"

namespace sous::scheduler_podman {

/// The path in `unix:///path`. Fails with invalid_data.
Result<std::string> socket_path(std::string_view base_url);

/// Scheduler port over podman's REST API: one machine. Instances are containers in the host's
/// network with host ports of their own (PORT0.., TASK_HOST); everything known of them is in their
/// labels. Kinds: http-service and worker, others fail with unsupported. Thread-safe; several
/// processes may use one podman at once.
class PodmanScheduler final : public Scheduler {
 public:
  PodmanScheduler(HttpClient& http, FileSystem& files, Clock& clock, PodmanOptions options);

  /// One entry per deployment: its newest generation. While that is not healthy, the addresses of
  /// healthy older instances stand there too, since these still serve.
  Result<Observation> observe(const Call& call) override;
  Result<ObservedDeployment> look(const DeploymentId& id,
                                  const GdmId& gdm_id,
                                  std::uint64_t generation,
                                  const Call& call) override;
  /// Fails with conflict when a higher generation, or this one with another digest, is there.
  Status apply(const DeployOrder& order, const Call& call) override;
  /// Success of a generation that is not there fails with not_found and ends nothing.
  Status settle(const DeploymentId& id,
                const GdmId& gdm_id,
                std::uint64_t generation,
                bool succeeded,
                const Call& call) override;
  /// To 0 removes every instance; a generation that is not there is brought up as by apply.
  Status scale(const DeployOrder& order, const Call& call) override;
  Status remove(const DeploymentId& id, const GdmId& gdm_id, const Call& call) override;
  /// Podman starts containers with a restart policy at boot by its unit podman-restart alone.
  Status survives_restart() override;

 private:
  Result<std::vector<Instance>> judged(const std::vector<InstanceRecord>& records,
                                       const Call& call);
  void add_logs(ObservedDeployment& observed,
                const std::vector<Instance>& generation,
                const Call& call) const;
  Status end(const std::vector<InstanceRecord>& records, const Call& call) const;

  FileSystem& files_;
  Clock& clock_;
  PodmanOptions options_;
  PodmanApi api_;
  Placement placement_;
  Prober prober_;
};

}  // namespace sous::scheduler_podman
