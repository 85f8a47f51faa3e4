#include "app/orders.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "app/repository_scan.h"
#include "codec/given_record.h"
#include "codec/lock_record.h"
#include "codec/manifest_record.h"
#include "codec/record_paths.h"
#include "engine/expand.h"
#include "engine/registration.h"

namespace sous::app {
namespace {

bool acts(ActionKind kind) {
  return kind == ActionKind::create || kind == ActionKind::update || kind == ActionKind::scale ||
         kind == ActionKind::replace_image || kind == ActionKind::remove;
}

/// Whether what the action gives differs from what the record last gave.
bool needs_new_generation(const Action& action,
                          const Deployment& deployment,
                          const GivenRecord* given,
                          const engine::PlanPolicy& policy) {
  if (given == nullptr || given->removed || policy.force) {
    return true;
  }
  const GivenEntry& current = given->current();
  return current.version != deployment.spec.version || current.image.digest != action.to->digest ||
         current.own_fingerprint != deployment.own_fingerprint ||
         current.effective_fingerprint != deployment.effective_fingerprint ||
         current.outcome == Outcome::failed;
}

/// Refuses an order whose ground has moved since it was planned; false when it was given already.
Result<bool> still_to_give(const GdmState& now, const Planned& planned, const Order& order) {
  const DeploymentId& id = order.deploy.deployment.id;
  const GivenRecord* record = now.gdm.given_record(id);
  const std::uint64_t generation = record != nullptr ? record->current().generation : 0;
  if (record != nullptr && generation == order.deploy.generation &&
      record->current().image.digest == order.deploy.image.digest) {
    return false;
  }
  if (generation != order.action.precondition.generation) {
    return Error(Code::conflict,
                 record == nullptr
                     ? fmt::format("the given record of {} was removed meanwhile", id.str())
                     : fmt::format("{} was given generation {} by {} meanwhile: {}",
                                   id.str(),
                                   generation,
                                   record->current().given.who,
                                   record->current().given.why))
        .hinted("look at `sous plan`, then decide again");
  }
  const auto before = planned.state.gdm.manifests.find(id.manifest);
  const auto after = now.gdm.manifests.find(id.manifest);
  if (after == now.gdm.manifests.end() || before == planned.state.gdm.manifests.end() ||
      after->second.deployments.find(id.cluster) == after->second.deployments.end() ||
      after->second.deployments.at(id.cluster) != before->second.deployments.at(id.cluster)) {
    return Error(Code::conflict,
                 fmt::format("the manifest entry of {} was changed meanwhile", id.str()))
        .hinted("look at `sous plan`, then decide again");
  }
  return true;
}

GivenRecord given_next(const GdmState& now, const Order& order, const Deed& deed) {
  const Deployment& deployment = order.deploy.deployment;
  GivenEntry entry{.generation = order.deploy.generation,
                   .version = deployment.spec.version,
                   .revision = order.deploy.revision,
                   .image = order.deploy.image,
                   .own_fingerprint = deployment.own_fingerprint,
                   .effective_fingerprint = deployment.effective_fingerprint,
                   .given = deed,
                   .outcome = order.action.adopts ? Outcome::succeeded : Outcome::pending,
                   .outcome_reason = order.action.adopts ? order.action.reason : std::string{}};
  if (const GivenRecord* known = now.gdm.given_record(deployment.id)) {
    GivenRecord next = *known;
    next.removed.reset();
    next.adopted_id = order.action.adopts.value_or("");
    next.give(std::move(entry));
    return next;
  }
  return GivenRecord{.deployment = deployment.id,
                     .entries = {std::move(entry)},
                     .last_succeeded = {},
                     .hold = {},
                     .removed = {},
                     .adopted_id = order.action.adopts.value_or("")};
}

/// The locks that orders were decided from: those that exist must still say the same, and a version
/// without any gets one now.
class Locks {
 public:
  Locks(Node& node, const Deed& deed) : node_(node), deed_(deed) {}

  Status check(const GdmState& now, const Order& order, GdmEdit& edit) {
    const SourceId source = order.deploy.deployment.source();
    const LockFile* file = now.gdm.lock_file(source);
    if (file != nullptr && !file->locks.empty()) {
      return check_against(*file, order);
    }
    const auto artifact = SOUS_TRY(node_.index.find(order.deploy.image.digest));
    if (!artifact) {
      return Error(Code::internal, "a chosen image is not in the index");
    }
    Artifact chosen = artifact->image.artifact;
    chosen.repositories = artifact->repositories;
    LockFile base = file != nullptr ? *file : LockFile{source, {}, {}, {}};
    const auto next =
        SOUS_TRY(engine::with_chosen_lock(std::move(base), engine::registration_of(chosen, deed_)));
    edit.records[codec::lock_path(source)] = codec::encode_lock_file(next);
    return ok();
  }

 private:
  static Status check_against(const LockFile& file, const Order& order) {
    const Lock* final_lock = file.final_lock();
    if (final_lock != nullptr && final_lock->digest != order.deploy.image.digest) {
      return Error(Code::conflict,
                   fmt::format("version {} was locked to image {} by {} meanwhile",
                               file.source.version.canonical(),
                               final_lock->digest.short_hex(),
                               final_lock->made.who));
    }
    return ok();
  }

  Node& node_;
  const Deed& deed_;
};

/// A deploy's version goes into the manifest also where the image runs already, since rectify goes
/// by the manifest.
Status edit_manifest_versions(const GdmState& now, const Planned& planned, GdmEdit& edit) {
  for (const Action& action : planned.plan.actions) {
    const auto manifest = now.gdm.manifests.find(action.id.manifest);
    if (action.kind == ActionKind::blocked || action.kind == ActionKind::undecided ||
        manifest == now.gdm.manifests.end()) {
      continue;
    }
    const auto entry = manifest->second.deployments.find(action.id.cluster);
    if (entry == manifest->second.deployments.end() ||
        entry->second.version.str() == action.version.str()) {
      continue;
    }
    const std::string path = codec::manifest_path(action.id.manifest);
    const auto edited = edit.records.find(path);
    const std::string& text = edited != edit.records.end() ? *edited->second : *now.text(path);
    edit.records[path] =
        SOUS_TRY(codec::set_deployment_version(text, action.id.cluster, action.version));
  }
  return ok();
}

Result<GdmEdit> judge_give(Node& node,
                           const GdmState& now,
                           const Planned& planned,
                           const std::vector<Order>& orders,
                           const GiveReason& reason) {
  GdmEdit edit{.records = {}, .message = reason.message};
  const Deed deed{node.who(), node.clock.wall(), reason.why};
  Locks locks(node, deed);
  for (const Order& order : orders) {
    if (!order.new_generation || !SOUS_TRY(still_to_give(now, planned, order))) {
      continue;
    }
    if (!order.action.adopts) {  // what runs already is recorded, whatever the lock says
      SOUS_TRY_VOID(locks.check(now, order, edit));
    }
    const GivenRecord next = given_next(now, order, deed);
    edit.records[codec::given_path(next.deployment)] = codec::encode_given(next);
  }
  if (reason.set_manifest_version) {
    SOUS_TRY_VOID(edit_manifest_versions(now, planned, edit));
  }
  return edit;
}

std::optional<Outcome> outcome_of(OperationState state) {
  switch (state) {
    case OperationState::succeeded:
      return Outcome::succeeded;
    case OperationState::failed:
      return Outcome::failed;
    case OperationState::superseded:
      return Outcome::superseded;
    case OperationState::queued:
    case OperationState::applying:
    case OperationState::waiting:
    case OperationState::blocked:
    case OperationState::undecided:
    case OperationState::unverified:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::vector<Order> orders_of(const Planned& planned, const GiveReason& reason) {
  std::map<DeploymentId, const Deployment*> deployments;
  for (const auto& deployment : planned.expansion.deployments) {
    deployments.emplace(deployment.id, &deployment);
  }
  std::vector<Order> out;
  for (const Action& action : planned.plan.actions) {
    if (!acts(action.kind) ||
        (engine::is_defaults_update(action) && !reason.set_manifest_version)) {
      continue;
    }
    const GivenRecord* given = planned.state.gdm.given_record(action.id);
    const auto deployment = deployments.find(action.id);
    const bool ends = action.kind == ActionKind::remove || !action.to;
    if (ends && given == nullptr) {
      continue;
    }
    const std::uint64_t last = given != nullptr ? given->current().generation : 0;
    Order order{
        .action = action,
        .cluster = planned.state.gdm.definitions.clusters.at(action.id.cluster),
        .deploy = {.gdm_id = planned.state.gdm.id,
                   .generation = last,
                   .deployment = deployment != deployments.end() ? *deployment->second
                                                                 : Deployment{.id = action.id},
                   .image = action.to ? *action.to : given->current().image,
                   .revision = action.revision}};
    if (!ends &&
        needs_new_generation(action, order.deploy.deployment, given, planned.scope.policy)) {
      order.new_generation = true;
      order.deploy.generation = last + 1;
    }
    out.push_back(std::move(order));
  }
  return out;
}

Result<GdmState> give(Node& node,
                      const Planned& planned,
                      const std::vector<Order>& orders,
                      const GiveReason& reason,
                      const Call& call) {
  return edit_gdm(
      node,
      [&](const GdmState& now) { return judge_give(node, now, planned, orders, reason); },
      call);
}

Status conclude(Node& node,
                const std::vector<Order>& orders,
                const std::vector<Operation>& operations,
                const Call& call) {
  const auto judge = [&](const GdmState& now) -> Result<GdmEdit> {
    GdmEdit edit;
    for (std::size_t i = 0; i < orders.size(); ++i) {
      const GivenRecord* known = now.gdm.given_record(operations[i].deployment);
      if (known == nullptr) {
        continue;
      }
      GivenRecord next = *known;
      if (orders[i].action.kind == ActionKind::remove) {
        if (operations[i].state == OperationState::succeeded && !next.removed) {
          next.removed = Deed{node.who(), node.clock.wall(), orders[i].action.reason};
        }
      } else if (const auto outcome = outcome_of(operations[i].state)) {
        next.conclude(operations[i].generation, *outcome, operations[i].reason);
      }
      if (next != *known) {
        edit.records[codec::given_path(next.deployment)] = codec::encode_given(next);
        edit.message += fmt::format("{}{} generation {}: {}",
                                    edit.message.empty() ? "" : "\n",
                                    next.deployment.str(),
                                    operations[i].generation,
                                    operation_state_text(operations[i].state));
      }
    }
    return edit;
  };
  SOUS_TRY_VOID(edit_gdm(node, judge, call));
  return ok();
}

}  // namespace sous::app
