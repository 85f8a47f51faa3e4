#pragma once

#include <vector>

#include "adapters/scheduler_singularity/giving.h"
#include "adapters/scheduler_singularity/options.h"

namespace sous::scheduler_singularity {

/// The base of a Singularity's API in `text`: http or https, without a slash at the end. Fails with
/// invalid_data.
Result<std::string> base_url(std::string_view text);

/// Scheduler port over Singularity's HTTP API, versions 0.15 to 1.5. A deployment is a request, a
/// generation one of its deploys; everything known of it is in the deploy's metadata. Singularity
/// itself ends what a generation replaces, and keeps the old one when the new one fails. Deploys of
/// the 2019 original are observed without GDM and generation, and their requests are taken over.
/// Thread-safe; several processes may use one Singularity at once.
class SingularityScheduler final : public Scheduler {
 public:
  /// All must outlive this object. The index tells what images are whose deploys do not; the turns
  /// are those of everybody who calls this Singularity.
  SingularityScheduler(HttpClient& http,
                       Clock& clock,
                       ArtifactIndex& index,
                       Turns& turns,
                       SingularityOptions options);

  /// One list of all requests, and one call for each deploy and instance not seen before.
  Result<Observation> observe(const Call& call) override;
  /// A failed generation is told from Singularity's history.
  Result<ObservedDeployment> look(const DeploymentId& id,
                                  const GdmId& gdm_id,
                                  std::uint64_t generation,
                                  const Call& call) override;
  Status apply(const DeployOrder& order, const Call& call) override;
  /// Success removes other requests of the deployment; failure cancels what is still on its way.
  Status settle(const DeploymentId& id,
                const GdmId& gdm_id,
                std::uint64_t generation,
                bool succeeded,
                const Call& call) override;
  /// To 0 pauses the request.
  Status scale(const DeployOrder& order, const Call& call) override;
  Status remove(const DeploymentId& id, const GdmId& gdm_id, const Call& call) override;
  Duration own_time() const override;

 private:
  Result<std::optional<ObservedDeployment>> describe(const RequestView& view,
                                                     std::vector<std::string>& unreadable,
                                                     const Call& call);
  void remember_homes(const std::vector<RequestView>& views);
  Result<Placed> locate(const Owned& owned, std::uint64_t generation, const Call& call);
  Result<std::optional<Placed>> locate_in(const std::string& request,
                                          const Owned& owned,
                                          std::uint64_t generation,
                                          const Call& call);
  Result<ObservedDeployment> look_at(const Owned& owned,
                                     const Placed& placed,
                                     const RequestView& view,
                                     const Call& call);
  Result<ObservedDeployment> look_at_end(const RequestView& view,
                                         const Placed& placed,
                                         const DeployEntry& entry,
                                         const Call& call);
  void judge_single_run(const RequestView& view, ObservedDeployment& observed, const Call& call);
  void add_logs(ObservedDeployment& observed,
                const std::string& request,
                const DeployEntry& entry,
                const Call& call);
  Result<std::set<std::string>> requests_of(const Owned& owned, const Call& call);
  Status change_scale(const DeployOrder& order, const RequestView& view, const Call& call);
  Status when_clean(const std::function<Status()>& change, const Call& call);

  SingularityOptions options_;
  Clock& clock_;
  SingularityApi api_;
  Sightings sightings_;
  Ledger ledger_;
  Homes homes_;
  Giving giving_;
};

}  // namespace sous::scheduler_singularity
