#include "scheduler_directory.h"

#include <utility>

#include <fmt/format.h>

#include "adapters/scheduler_podman/podman_scheduler.h"
#include "adapters/scheduler_singularity/singularity_scheduler.h"
#include "base/text.h"

namespace sous::apps {
namespace {

constexpr std::uint64_t kMaxTokenBytes = 64ULL << 10U;

}  // namespace

Result<std::unique_ptr<Scheduler>> Schedulers::make(const ClusterDefinition& cluster) {
  if (cluster.kind == "podman") {
    return make_podman(cluster);
  }
  if (cluster.kind == "singularity") {
    return make_singularity(cluster);
  }
  return Error(Code::unsupported,
               fmt::format("cluster {} is of kind {}, which this Sous does not know",
                           cluster.name.str(),
                           cluster.kind))
      .hinted("the kinds it knows are podman and singularity");
}

Result<std::unique_ptr<Scheduler>> Schedulers::make_podman(const ClusterDefinition& cluster) {
  // A podman is one machine; another one's socket of the same path is another cluster.
  if (cluster.machine_id && *cluster.machine_id != here_.machine_id) {
    return Error(Code::unavailable,
                 fmt::format("cluster {} is not reachable from here: it is machine {}, this is {}",
                             cluster.name.str(),
                             *cluster.machine_id,
                             here_.machine_id))
        .hinted("run this command on that machine");
  }
  auto socket = SOUS_TRY(
      scheduler_podman::socket_path(cluster.base_url).with("cluster " + cluster.name.str()));
  scheduler_podman::PodmanOptions options{.cluster = cluster.name, .socket = std::move(socket)};
  if (!here_.user_units.empty()) {
    options.boot_units.push_back(here_.user_units);
  }
  return std::unique_ptr<Scheduler>(std::make_unique<scheduler_podman::PodmanScheduler>(
      http_, files_, clock_, std::move(options)));
}

// Without a token Singularity knows its callers by name, in the query and in a header.
Result<std::unique_ptr<Scheduler>> Schedulers::make_singularity(const ClusterDefinition& cluster) {
  namespace singularity = scheduler_singularity;
  auto base =
      SOUS_TRY(singularity::base_url(cluster.base_url).with("cluster " + cluster.name.str()));
  singularity::SingularityOptions options{
      .cluster = cluster.name, .base_url = std::move(base), .auth = singularity::Auth::header};
  if (!here_.email.empty()) {
    options.user = "sous_" + here_.email;
  }
  if (!here_.singularity_token_file.empty()) {
    const auto text = SOUS_TRY(files_.read(here_.singularity_token_file, kMaxTokenBytes)
                                   .with("setting singularity_token_file"));
    options.auth = singularity::Auth::token;
    options.token = Secret(std::string(trim(text)));
  }
  singularity::Turns& turns = turns_of(options.base_url);
  return std::unique_ptr<Scheduler>(std::make_unique<singularity::SingularityScheduler>(
      http_, clock_, index_, turns, std::move(options)));
}

scheduler_singularity::Turns& Schedulers::turns_of(const std::string& base_url) {
  auto turns = turns_.lock();
  auto& slot = (*turns)[base_url];
  if (slot == nullptr) {
    slot = std::make_unique<scheduler_singularity::Turns>(executor_, clock_);
  }
  return *slot;
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
