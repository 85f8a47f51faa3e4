#include "app/again.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "app/give_anew.h"
#include "engine/given_rules.h"

namespace sous::app {
namespace {

/// Clusters that go back to the same entry.
struct Group {
  GivenEntry entry;
  std::set<ClusterName> clusters;
};

Result<std::vector<Group>> groups_of(const Gdm& gdm, const GivenSelection& selection) {
  std::vector<Group> out;
  const auto add = [&](const GivenRecord& record) -> Status {
    const GivenEntry* target = record.removed ? nullptr : engine::rollback_target(record);
    if (target == nullptr) {
      return Error(Code::not_found,
                   fmt::format("no earlier success of {} is known", record.deployment.str()))
          .hinted("`sous deploy -tag VERSION` gives any version");
    }
    const auto same = std::ranges::find_if(out, [&](const Group& group) {
      return group.entry.version == target->version && group.entry.image == target->image &&
             group.entry.revision == target->revision;
    });
    if (same != out.end()) {
      same->clusters.insert(record.deployment.cluster);
    } else {
      out.push_back({*target, {record.deployment.cluster}});
    }
    return ok();
  };
  for (const auto& [id, record] : gdm.given) {
    const bool meant =
        selection.clusters.empty() ? !record.removed : selection.clusters.contains(id.cluster);
    if (id.manifest == selection.manifest && meant) {
      SOUS_TRY_VOID(add(record));
    }
  }
  for (const ClusterName& cluster : selection.clusters) {
    if (gdm.given_record({selection.manifest, cluster}) == nullptr) {
      return Error(Code::not_found,
                   fmt::format("nothing was ever given for {} in cluster {}",
                               selection.manifest.str(),
                               cluster.str()));
    }
  }
  if (out.empty()) {
    return Error(Code::not_found, fmt::format("nothing is given for {}", selection.manifest.str()))
        .hinted("`sous query gdm` shows what is given");
  }
  return out;
}

/// The commit an entry was built from; one that was adopted may not know it.
Result<Revision> revision_of(const Gdm& gdm, const ManifestId& manifest, const GivenEntry& entry) {
  if (entry.revision) {
    return *entry.revision;
  }
  const LockFile* file = gdm.lock_file({manifest.source(), entry.version});
  if (const Registration* known =
          file != nullptr ? file->registration_of(entry.image.digest) : nullptr) {
    return known->revision;
  }
  return Error(Code::failed,
               fmt::format("which revision image {} of version {} was built from is not known",
                           entry.image.digest.short_hex(),
                           entry.version.canonical()))
      .hinted("`sous deploy -tag VERSION` gives any version");
}

Result<std::vector<Operation>> roll_back(Node& node,
                                         const AgainRequest& request,
                                         const Group& group,
                                         const OnOperation& on_operation,
                                         const Call& call) {
  auto state = SOUS_TRY(read_gdm(node, call));
  const ManifestId& manifest = request.selection.manifest;
  const Revision revision = SOUS_TRY(revision_of(state.gdm, manifest, group.entry));
  const PlanScope scope{
      .filter = engine::Filter::of(manifest, group.clusters),
      .policy = {.confirmed = request.confirmed,
                 .choose_anew = true,
                 .ignore_holds = request.release},
      .wanted_revision = {},
      .version = group.entry.version,
      .image = Decided{.image = group.entry.image,
                       .revision = revision,
                       .rule = Rule::only_candidate,
                       .reason = fmt::format("generation {}", group.entry.generation)}};
  const auto planned = SOUS_TRY(make_plan(node, std::move(state), scope, call));
  const GiveReason reason{
      .message = fmt::format("Roll {} back to {}", manifest.str(), group.entry.version.canonical()),
      .why = fmt::format("sous rollback: the image of generation {}", group.entry.generation),
      .set_manifest_version = true};
  return give_anew(node, planned, reason, on_operation, call);
}

}  // namespace

Result<std::vector<Operation>> retry(Node& node,
                                     const AgainRequest& request,
                                     const OnOperation& on_operation,
                                     const Call& call) {
  const auto records = SOUS_TRY(give_failed_again(node, request.selection, request.release, call));
  PlanScope scope{.filter = engine::Filter::of(request.selection.manifest),
                  .policy = {.confirmed = request.confirmed, .ignore_holds = request.release},
                  .wanted_revision = {},
                  .version = {}};
  for (const GivenRecord& record : records) {
    scope.filter.clusters.insert(record.deployment.cluster);
  }
  const auto planned = SOUS_TRY(make_plan(node, scope, call));
  return give_anew(node,
                   planned,
                   {.message = "Retry", .why = "sous retry", .defaults = true},
                   on_operation,
                   call);
}

Result<std::vector<Operation>> rollback(Node& node,
                                        const AgainRequest& request,
                                        const OnOperation& on_operation,
                                        const Call& call) {
  const auto state = SOUS_TRY(read_gdm(node, call));
  std::vector<Operation> out;
  for (const Group& group : SOUS_TRY(groups_of(state.gdm, request.selection))) {
    auto operations = SOUS_TRY(roll_back(node, request, group, on_operation, call));
    std::ranges::move(operations, std::back_inserter(out));
  }
  std::ranges::sort(out, {}, &Operation::deployment);
  return out;
}

}  // namespace sous::app
