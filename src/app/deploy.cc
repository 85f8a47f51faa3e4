#include "app/deploy.h"

#include <utility>

#include <fmt/format.h>

#include "app/give_anew.h"
#include "app/record_edits.h"

namespace sous::app {
namespace {

Error no_manifest(const DeployRequest& request) {
  return Error(Code::usage, fmt::format("there is no manifest {}", request.manifest.str()))
      .hinted("make it with `sous init` in the checkout of the service");
}

/// The clusters that the request means, each checked.
Result<std::set<ClusterName>> targets(const Gdm& gdm, const DeployRequest& request) {
  const auto manifest = gdm.manifests.find(request.manifest);
  if (manifest == gdm.manifests.end()) {
    return no_manifest(request);
  }
  std::set<ClusterName> out = request.clusters;
  if (out.empty()) {
    for (const auto& [cluster, spec] : manifest->second.deployments) {
      out.insert(cluster);
    }
  }
  for (const ClusterName& cluster : out) {
    if (!gdm.definitions.clusters.contains(cluster)) {
      return Error(Code::usage, fmt::format("there is no cluster {}", cluster.str()))
          .hinted("`sous query clusters` lists them");
    }
    const auto entry = manifest->second.deployments.find(cluster);
    if (entry == manifest->second.deployments.end()) {
      return Error(Code::usage,
                   fmt::format("manifest {} has no entry for cluster {}",
                               request.manifest.str(),
                               cluster.str()))
          .hinted(fmt::format("add one with `sous init -cluster {}`", cluster.str()));
    }
    if (entry->second.num_instances == 0) {
      return Error(Code::usage,
                   fmt::format("manifest {} wants 0 instances in cluster {}",
                               request.manifest.str(),
                               cluster.str()))
          .hinted("set its NumInstances in the manifest first");
    }
  }
  return out;
}

/// While the GDM's remote is away only what a lock decided already may be given: nobody else can
/// have another image for it.
Status check_locked(const GdmState& state, const DeployRequest& request) {
  const LockFile* file = state.gdm.lock_file({request.manifest.source(), request.version});
  if (file != nullptr && !file->locks.empty()) {
    return ok();
  }
  return Error(Code::unavailable,
               fmt::format("the GDM's remote does not answer ({}), and version {} has no lock in "
                           "what was fetched last",
                           state.snapshot.stale,
                           request.version.canonical()))
      .hinted("deploy again when it answers");
}

}  // namespace

Result<std::vector<Operation>> deploy(Node& node,
                                      const DeployRequest& request,
                                      const OnOperation& on_operation,
                                      const Call& call) {
  auto state = SOUS_TRY(read_gdm(node, call));
  const bool was_away = !state.snapshot.stale.empty();
  const bool offline = request.offline && was_away;
  if (offline) {
    state = SOUS_TRY(with_kept_edits(node, std::move(state)));
    SOUS_TRY_VOID(check_locked(state, request));
  }
  const auto clusters = SOUS_TRY(targets(state.gdm, request));
  const PlanScope scope{.filter = engine::Filter::of(request.manifest, clusters),
                        .policy = {.confirmed = request.confirmed,
                                   .choose_anew = true,
                                   .force = request.force,
                                   .ignore_holds = request.release,
                                   .adopt = request.adopt},
                        .wanted_revision = request.revision,
                        .version = request.version};
  const auto planned = SOUS_TRY(make_plan(node, std::move(state), scope, call));
  if (!planned.observed.silent.empty()) {
    return planned.observed.silent.front().error;
  }
  for (const auto& [id, chosen] : planned.chosen) {
    if (auto refused = why_no_image(chosen.verdict, {id.manifest.source(), request.version})) {
      return std::move(*refused);  // before anything is written
    }
  }
  const GiveReason reason{
      .message = fmt::format("Deploy {} {} to {}",
                             request.manifest.str(),
                             request.version.canonical(),
                             clusters.size() == 1 ? clusters.begin()->str()
                                                  : fmt::format("{} clusters", clusters.size())),
      .why = "sous deploy",
      .set_manifest_version = true,
      .wait = request.wait,
      .offline = offline};
  auto done = give_anew(node, planned, reason, on_operation, call);
  if (!done && done.error().code() == Code::unavailable && was_away) {
    return std::move(done.error())
        .hinted("nothing was changed; deploy again when it answers, or a locked version -offline");
  }
  return done;
}

}  // namespace sous::app
