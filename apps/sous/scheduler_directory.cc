#include "scheduler_directory.h"

#include <utility>

#include <fmt/format.h>

#include "adapters/scheduler_podman/podman_scheduler.h"

namespace sous::apps {

Result<std::unique_ptr<Scheduler>> Schedulers::make(const ClusterDefinition& cluster) {
  if (cluster.kind != "podman") {
    return Error(Code::unsupported,
                 fmt::format("cluster {} is of kind {}, which this Sous does not know",
                             cluster.name.str(),
                             cluster.kind))
        .hinted("the kind it knows is podman");
  }
  // A podman is one machine; another one's socket of the same path is another cluster.
  if (cluster.machine_id && *cluster.machine_id != machine_id_) {
    return Error(Code::unavailable,
                 fmt::format("cluster {} is not reachable from here: it is machine {}, this is {}",
                             cluster.name.str(),
                             *cluster.machine_id,
                             machine_id_))
        .hinted("run this command on that machine");
  }
  auto socket = SOUS_TRY(
      scheduler_podman::socket_path(cluster.base_url).with("cluster " + cluster.name.str()));
  scheduler_podman::PodmanOptions options{.cluster = cluster.name, .socket = std::move(socket)};
  return std::unique_ptr<Scheduler>(std::make_unique<scheduler_podman::PodmanScheduler>(
      http_, files_, clock_, std::move(options)));
}

Result<Scheduler*> Schedulers::scheduler(const ClusterDefinition& cluster) {
  auto made = made_.lock();
  auto& slot = (*made)[cluster.name];
  if (slot == nullptr) {
    slot = SOUS_TRY(make(cluster));
  }
  return slot.get();
}

}  // namespace sous::apps
