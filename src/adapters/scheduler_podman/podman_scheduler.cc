#include "adapters/scheduler_podman/podman_scheduler.h"

#include <algorithm>
#include <chrono>
#include <map>

#include <fmt/format.h>

#include "adapters/scheduler_podman/summary.h"

namespace sous::scheduler_podman {
namespace {

constexpr std::string_view kBootUnit = "podman-restart.service";

constexpr std::size_t kLogLines = 20;

// How far back the last crash is looked for.
constexpr Duration kCrashWindow = std::chrono::minutes(2);

Status check_supported(const DeployOrder& order) {
  if (order.deployment.kind != Kind::http_service && order.deployment.kind != Kind::worker) {
    return Error(
               Code::unsupported,
               fmt::format("a podman cluster cannot run kind {}", kind_text(order.deployment.kind)))
        .hinted("kinds http-service and worker can run there");
  }
  return ok();
}

Status check_order(const DeployOrder& order, const std::vector<InstanceRecord>& deployed) {
  for (const auto& record : deployed) {
    if (record.generation > order.generation) {
      return Error(Code::conflict,
                   fmt::format("generation {} of {} is there already, {} is older",
                               record.generation,
                               order.deployment.id.str(),
                               order.generation))
          .hinted("a newer GDM gave it: fetch and plan again");
    }
    if (record.generation == order.generation && record.image.digest != order.image.digest) {
      return Error(Code::conflict,
                   fmt::format("generation {} of {} is there already with {}, not {}",
                               record.generation,
                               order.deployment.id.str(),
                               record.image.digest.str(),
                               order.image.digest.str()));
    }
  }
  return ok();
}

// One higher than those whose names are not free yet; that of the containers there are, otherwise.
std::uint32_t attempt_for(const std::vector<InstanceRecord>& present,
                          const std::vector<InstanceRecord>& leaving) {
  std::uint32_t attempt = 1;
  for (const auto& record : leaving) {
    attempt = std::max(attempt, record.attempt + 1);
  }
  for (const auto& record : present) {
    attempt = std::max(attempt, record.attempt);
  }
  return attempt;
}

void sort_by_instance(std::vector<Instance>& instances) {
  std::ranges::sort(instances, {}, [](const Instance& i) { return i.record.instance; });
}

std::vector<Instance> generation_of(const std::vector<Instance>& instances,
                                    std::uint64_t generation) {
  std::vector<Instance> found;
  std::ranges::copy_if(instances, std::back_inserter(found), [generation](const Instance& i) {
    return i.record.generation == generation;
  });
  sort_by_instance(found);
  return found;
}

std::uint64_t newest(const std::vector<Instance>& instances) {
  return std::ranges::max(instances, {}, [](const Instance& i) { return i.record.generation; })
      .record.generation;
}

}  // namespace

Result<std::string> socket_path(std::string_view base_url) {
  constexpr std::string_view kScheme = "unix://";
  if (!base_url.starts_with(kScheme) || !base_url.substr(kScheme.size()).starts_with('/')) {
    return Error(Code::invalid_data,
                 fmt::format("`{}` is no address of a podman service", base_url))
        .hinted("it looks like unix:///run/podman/podman.sock");
  }
  return std::string(base_url.substr(kScheme.size()));
}

PodmanScheduler::PodmanScheduler(HttpClient& http,
                                 FileSystem& files,
                                 Clock& clock,
                                 PodmanOptions options)
    : files_(files),
      clock_(clock),
      options_(std::move(options)),
      api_(http, options_.socket),
      placement_(api_, files, options_),
      prober_(http, clock, options_.steady_after) {}

Result<Observation> PodmanScheduler::observe(const Call& call) {
  Observation observation{.cluster = options_.cluster,
                          .completeness = {},
                          .observed_at = clock_.wall(),
                          .deployments = {}};
  auto inventory = SOUS_TRY(take_inventory(api_, call));
  std::erase_if(inventory.records, [this](const InstanceRecord& record) {
    return record.deployment.cluster != options_.cluster;
  });
  const auto instances = SOUS_TRY(judged(inventory.records, call));
  const auto images = SOUS_TRY(api_.images(call));
  std::map<std::pair<GdmId, DeploymentId>, std::vector<Instance>> deployments;
  for (const auto& instance : instances) {
    deployments[{instance.record.gdm_id, instance.record.deployment}].push_back(instance);
  }
  for (const auto& [key, all] : deployments) {
    const auto generation = generation_of(all, newest(all));
    ObservedDeployment observed = summarise(generation, images);
    if (observed.health != Health::healthy) {
      observed.addresses = healthy_addresses(all);
    }
    if (observed.health == Health::failed) {
      add_logs(observed, generation, call);
    }
    observation.deployments.push_back(std::move(observed));
  }
  if (!inventory.damaged.empty()) {
    observation.completeness =
        Completeness::partial("labels of containers cannot be read", std::move(inventory.damaged));
  }
  return observation;
}

Result<ObservedDeployment> PodmanScheduler::look(const DeploymentId& id,
                                                 const GdmId& gdm_id,
                                                 std::uint64_t generation,
                                                 const Call& call) {
  const auto inventory = SOUS_TRY(take_inventory(api_, call));
  const auto records =
      scheduler_podman::generation_of(records_of(inventory.records, gdm_id, id), generation);
  auto instances = SOUS_TRY(judged(records, call));
  if (instances.empty()) {
    return Error(Code::not_found,
                 fmt::format("podman runs no generation {} of {}", generation, id.str()));
  }
  sort_by_instance(instances);
  const auto images = SOUS_TRY(api_.images(call));
  ObservedDeployment observed = summarise(instances, images);
  if (observed.health != Health::healthy) {
    add_logs(observed, instances, call);
  }
  return observed;
}

Result<std::vector<Instance>> PodmanScheduler::judged(const std::vector<InstanceRecord>& records,
                                                      const Call& call) {
  const auto details = SOUS_TRY(api_.containers(names_of(records), call));
  std::map<std::string_view, const ContainerDetail*> by_name;
  for (const auto& detail : details) {
    by_name.emplace(detail.name, &detail);
  }
  std::vector<Instance> instances;
  for (const auto& record : records) {
    // One that is gone since it was listed is no instance any more.
    if (const auto found = by_name.find(container_name(record)); found != by_name.end()) {
      instances.push_back({.record = record, .detail = *found->second, .verdict = {}});
    }
  }
  SOUS_TRY_VOID(prober_.judge_all(instances, call));
  return instances;
}

// The words of the instance that speaks for the generation. Where they cannot be had the answer is
// still true, so a failure here is none.
void PodmanScheduler::add_logs(ObservedDeployment& observed,
                               const std::vector<Instance>& generation,
                               const Call& call) const {
  const Instance& one = spokesman(generation);
  const std::string name = container_name(one.record);
  if (auto lines = api_.last_log_lines(name, kLogLines, call)) {
    observed.last_log_lines = std::move(*lines);
  }
  if (one.detail.restarts > 0 && one.detail.status == "running") {
    const auto code = api_.last_exit_code(name, clock_.wall() - kCrashWindow, call);
    if (code && *code) {
      observed.message += fmt::format(", last with exit code {}", **code);
    }
  }
}

Status PodmanScheduler::apply(const DeployOrder& order, const Call& call) {
  SOUS_TRY_VOID(check_supported(order));
  const auto inventory = SOUS_TRY(take_inventory(api_, call));
  const GdmId& gdm = order.gdm_id;
  const DeploymentId& id = order.deployment.id;
  const auto deployed = records_of(inventory.records, gdm, id);
  SOUS_TRY_VOID(check_order(order, deployed));
  const auto present = scheduler_podman::generation_of(deployed, order.generation);
  const auto leaving =
      scheduler_podman::generation_of(records_of(inventory.leaving, gdm, id), order.generation);
  // A whole generation keeps its size: it may have been scaled since.
  const std::uint32_t wanted = is_whole(present) ? 0 : order.deployment.spec.num_instances;
  return placement_.bring_up(order, wanted, attempt_for(present, leaving), present, call);
}

Status PodmanScheduler::scale(const DeployOrder& order, const Call& call) {
  SOUS_TRY_VOID(check_supported(order));
  const auto inventory = SOUS_TRY(take_inventory(api_, call));
  const GdmId& gdm = order.gdm_id;
  const DeploymentId& id = order.deployment.id;
  const auto deployed = records_of(inventory.records, gdm, id);
  SOUS_TRY_VOID(check_order(order, deployed));
  const std::uint32_t wanted = order.deployment.spec.num_instances;
  if (wanted == 0) {
    return end(deployed, call);
  }
  std::vector<InstanceRecord> kept;
  std::vector<InstanceRecord> surplus;
  for (const auto& record : scheduler_podman::generation_of(deployed, order.generation)) {
    (record.instance < wanted ? kept : surplus).push_back(record);
  }
  const auto leaving =
      scheduler_podman::generation_of(records_of(inventory.leaving, gdm, id), order.generation);
  SOUS_TRY_VOID(placement_.bring_up(order, wanted, attempt_for(kept, leaving), kept, call));
  return end(surplus, call);
}

Status PodmanScheduler::settle(const DeploymentId& id,
                               const GdmId& gdm_id,
                               std::uint64_t generation,
                               bool succeeded,
                               const Call& call) {
  const auto inventory = SOUS_TRY(take_inventory(api_, call));
  auto ended = records_of(inventory.records, gdm_id, id);
  const auto settled = scheduler_podman::generation_of(ended, generation);
  if (!succeeded) {
    return end(settled, call);
  }
  std::erase_if(ended, [generation](const InstanceRecord& record) {
    return record.generation >= generation;
  });
  if (settled.empty() && !ended.empty()) {
    return Error(Code::not_found,
                 fmt::format("generation {} of {} does not run, so what it would replace stays",
                             generation,
                             id.str()));
  }
  return end(ended, call);
}

Status PodmanScheduler::remove(const DeploymentId& id, const GdmId& gdm_id, const Call& call) {
  const auto inventory = SOUS_TRY(take_inventory(api_, call));
  return end(records_of(inventory.records, gdm_id, id), call);
}

Status PodmanScheduler::survives_restart() {
  for (const std::string& directory : options_.boot_units) {
    const auto units = files_.list(directory);
    if (units && std::ranges::find(*units, kBootUnit, &DirectoryEntry::name) != units->end()) {
      return ok();
    }
  }
  return Error(Code::failed,
               fmt::format("its containers do not come back after a restart of the machine: {} is "
                           "not enabled",
                           kBootUnit))
      .hinted(options_.socket.starts_with("/run/user/")
                  ? "`systemctl --user enable podman-restart`, and `loginctl enable-linger`"
                  : "`systemctl enable podman-restart`; without systemd, have `podman start --all "
                    "--filter restart-policy=always` run at boot");
}

Status PodmanScheduler::end(const std::vector<InstanceRecord>& records, const Call& call) const {
  Status ended = api_.end(names_of(records), options_.grace, call);
  if (!ended &&
      (ended.error().code() == Code::unavailable || ended.error().code() == Code::timeout)) {
    return std::move(ended.error()).as(Code::unverified);
  }
  return ended;
}

}  // namespace sous::scheduler_podman
