#include "app/deploy.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

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

/// A deploy without an image to give fails before anything is written.
Status refuse_without_image(const SourceId& source, const engine::ChosenImage& chosen) {
  if (std::holds_alternative<NoImage>(chosen.verdict)) {
    return Error(Code::not_found, fmt::format("no image: nothing was built for {}", source.str()))
        .hinted("build it first: `sous build` in a checkout of that tag");
  }
  if (const auto* undecided = std::get_if<Undecided>(&chosen.verdict)) {
    return Error(Code::undecided, fmt::format("the image of {} cannot be decided", source.str()))
        .hinted("try again when what is missing can be read")
        .detailed(undecided->missing);
  }
  if (const auto* elsewhere = std::get_if<LockedElsewhere>(&chosen.verdict)) {
    return Error(Code::blocked,
                 fmt::format("version {} is locked to revision {}, and {} was asked for",
                             source.version.canonical(),
                             elsewhere->lock.revision.short_hex(),
                             elsewhere->wanted))
        .hinted("`sous why` shows the lock; `sous lock supersede` moves it");
  }
  return ok();
}

Operation untouched(const Action& action) {
  return {.id = {},
          .deployment = action.id,
          .version = action.version,
          .digest = action.to ? std::optional{action.to->digest} : std::nullopt,
          .generation = action.precondition.generation,
          .state = OperationState::succeeded,
          .reason = action.reason,
          .link = {},
          .last_log_lines = {}};
}

}  // namespace

Result<std::vector<Operation>> deploy(Node& node,
                                      const DeployRequest& request,
                                      const OnOperation& on_operation,
                                      const Call& call) {
  auto state = SOUS_TRY(read_gdm(node, call));
  const auto clusters = SOUS_TRY(targets(state.gdm, request));
  const PlanScope scope{.clusters = clusters,
                        .manifest = request.manifest,
                        .policy = {.confirmed = {},
                                   .choose_anew = true,
                                   .force = request.force,
                                   .ignore_holds = request.release,
                                   .adopt = request.adopt},
                        .wanted_revision = request.revision,
                        .version = request.version};
  auto planned = SOUS_TRY(make_plan(node, std::move(state), scope, call));
  if (!planned.observed.silent.empty()) {
    return std::move(planned.observed.silent.front().error);
  }
  for (const auto& [id, chosen] : planned.chosen) {
    SOUS_TRY_VOID(refuse_without_image({id.manifest.source(), request.version}, chosen));
  }
  const GiveReason reason{
      .message = fmt::format("Deploy {} {} to {}",
                             request.manifest.str(),
                             request.version.canonical(),
                             clusters.size() == 1 ? clusters.begin()->str()
                                                  : fmt::format("{} clusters", clusters.size())),
      .why = "sous deploy",
      .set_manifest_version = true};
  auto operations = SOUS_TRY(carry_out(node, planned, reason, on_operation, call));
  for (const Action& action : planned.plan.actions) {
    if (action.kind == ActionKind::nothing) {
      operations.push_back(untouched(action));
    }
  }
  std::ranges::sort(operations, {}, &Operation::deployment);
  return operations;
}

}  // namespace sous::app
