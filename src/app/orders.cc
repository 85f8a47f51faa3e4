#include "app/orders.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "app/record_edits.h"
#include "app/repository_scan.h"
#include "codec/given_record.h"
#include "codec/lock_record.h"
#include "codec/manifest_record.h"
#include "codec/record_paths.h"
#include "engine/expand.h"
#include "engine/registration.h"
#include "engine/spec_fields.h"

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

GivenRecord given_next(const GdmState& now,
                       const Planned& planned,
                       const Order& order,
                       const Deed& deed) {
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
    if (planned.scope.policy.ignore_holds) {
      next.hold.reset();
    }
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

/// The lock that speaks for an image of a revision, or nothing.
const Lock* lock_for(const Gdm& gdm, const SourceId& source, const Revision& revision) {
  const LockFile* file = gdm.lock_file(source);
  if (file == nullptr) {
    return nullptr;
  }
  const Lock* final_lock = file->final_lock();
  return final_lock != nullptr ? final_lock : file->lock_of(revision);
}

/// Whether the record already gave this image for this version: then no lock was asked.
bool was_given(const Gdm& gdm, const Order& order) {
  const GivenRecord* given = gdm.given_record(order.deploy.deployment.id);
  return given != nullptr && !given->removed &&
         given->current().image.digest == order.deploy.image.digest &&
         given->current().version == order.deploy.deployment.spec.version;
}

/// The images that orders give and no lock names yet, read by digest: they are locked with the
/// orders.
using Unlocked = std::map<Digest, Artifact>;

Result<Unlocked> read_unlocked(Node& node,
                               const Planned& planned,
                               const std::vector<Order>& orders,
                               const Call& call) {
  Unlocked out;
  if (planned.scope.image) {
    return out;  // an entry is given back, and no lock asked
  }
  const Gdm& gdm = planned.state.gdm;
  for (const Order& order : orders) {
    const ImageByDigest& image = order.deploy.image;
    if (!order.new_generation || order.action.adopts || was_given(gdm, order) ||
        !order.deploy.revision || out.contains(image.digest) ||
        lock_for(gdm, order.deploy.deployment.source(), *order.deploy.revision) != nullptr) {
      continue;
    }
    SOUS_TRY_VOID(read_image(node, image, call));
    auto known = SOUS_TRY(node.index.find(image.digest));
    if (!known) {
      return Error(Code::internal, "a chosen image is not in the index");
    }
    known->image.artifact.repositories = std::move(known->repositories);
    out.emplace(image.digest, std::move(known->image.artifact));
  }
  return out;
}

/// What a change of the GDM by orders is judged from, beside the newest state.
struct GiveCase {
  const Planned& planned;
  const std::vector<Order>& orders;
  const Unlocked& unlocked;
  const GiveReason& reason;
  Deed deed;
};

/// The lock that an order was decided from must be the lock still; a version without one gets it
/// now.
Status check_lock(const GdmState& now, const GiveCase& c, const Order& order, GdmEdit& edit) {
  const SourceId source = order.deploy.deployment.source();
  const Digest& digest = order.deploy.image.digest;
  if (!order.deploy.revision) {
    return ok();
  }
  const Lock* before = lock_for(c.planned.state.gdm, source, *order.deploy.revision);
  if (const Lock* lock = lock_for(now.gdm, source, *order.deploy.revision)) {
    const bool moved = before == nullptr || before->digest != lock->digest;
    if (moved && lock->digest != digest) {
      return Error(Code::conflict,
                   fmt::format("version {} was locked to image {} by {} meanwhile",
                               source.version.canonical(),
                               lock->digest.short_hex(),
                               lock->made.who))
          .hinted("look at `sous why`, then decide again");
    }
    return ok();
  }
  const auto chosen = c.unlocked.find(digest);
  if (chosen == c.unlocked.end()) {
    return ok();  // a record gave it before
  }
  const std::string path = codec::lock_path(source);
  if (edit.records.contains(path)) {
    return ok();  // another order gives the same
  }
  const LockFile* file = now.gdm.lock_file(source);
  LockFile base = file != nullptr ? *file : LockFile{source, {}, {}, {}};
  const auto next = SOUS_TRY(
      engine::with_chosen_lock(std::move(base), engine::registration_of(chosen->second, c.deed)));
  edit.records[path] = codec::encode_lock_file(next);
  return ok();
}

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

Result<GdmEdit> judge_give(const GdmState& now, const GiveCase& c) {
  GdmEdit edit{.records = {}, .message = c.reason.message};
  for (const Order& order : c.orders) {
    if (!order.new_generation || !SOUS_TRY(still_to_give(now, c.planned, order))) {
      continue;
    }
    // What runs already is recorded, and an entry given back, whatever the lock says.
    if (!order.action.adopts && !c.planned.scope.image) {
      SOUS_TRY_VOID(check_lock(now, c, order, edit));
    }
    const GivenRecord next = given_next(now, c.planned, order, c.deed);
    edit.records[codec::given_path(next.deployment)] = codec::encode_given(next);
  }
  if (c.reason.set_manifest_version) {
    SOUS_TRY_VOID(edit_manifest_versions(now, c.planned, edit));
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

/// How orders ended, in the records of what was given.
GdmEdit outcomes(Node& node,
                 const GdmState& now,
                 const std::vector<Order>& orders,
                 const std::vector<Operation>& operations) {
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
}

}  // namespace

std::vector<Order> orders_of(const Planned& planned, const GiveReason& reason) {
  std::vector<Order> out;
  for (const Action& action : planned.plan.actions) {
    if (!acts(action.kind) ||
        (engine::is_defaults_update(action) && !reason.set_manifest_version && !reason.defaults)) {
      continue;
    }
    const GivenRecord* given = planned.state.gdm.given_record(action.id);
    const auto* entry = planned.expansion.find(action.id);
    const bool ends = action.kind == ActionKind::remove || !action.to;
    if (ends && given == nullptr) {
      continue;
    }
    const std::uint64_t last = given != nullptr ? given->current().generation : 0;
    Order order{.action = action,
                .cluster = planned.state.gdm.definitions.clusters.at(action.id.cluster),
                .deploy = {.gdm_id = planned.state.gdm.id,
                           .generation = last,
                           .deployment =
                               entry != nullptr ? entry->deployment() : Deployment{.id = action.id},
                           .image = action.to ? *action.to : given->current().image,
                           .revision = action.revision,
                           .pending = reason.offline,
                           .spec_fields = {}}};
    order.deploy.spec_fields =
        engine::spec_fields(order.deploy.deployment.kind, order.deploy.deployment.spec);
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
  const auto unlocked = SOUS_TRY(read_unlocked(node, planned, orders, call));
  const GiveCase given{
      planned, orders, unlocked, reason, {node.who(), node.clock.wall(), reason.why}};
  if (reason.offline) {
    const GdmEdit edit = SOUS_TRY(judge_give(planned.state, given));
    return edit.records.empty() ? Result<GdmState>(planned.state)
                                : keep_edit(node, planned.state, edit);
  }
  return edit_gdm(node, [&](const GdmState& now) { return judge_give(now, given); }, call);
}

Status conclude(Node& node,
                const std::vector<Order>& orders,
                const std::vector<Operation>& operations,
                const Call& call) {
  const auto judge = [&](const GdmState& now) -> Result<GdmEdit> {
    return outcomes(node, now, orders, operations);
  };
  SOUS_TRY_VOID(edit_gdm(node, judge, call));
  return ok();
}

Status conclude_offline(Node& node,
                        const GdmState& state,
                        const std::vector<Order>& orders,
                        const std::vector<Operation>& operations) {
  const GdmEdit edit = outcomes(node, state, orders, operations);
  if (!edit.records.empty()) {
    SOUS_TRY_VOID(keep_edit(node, state, edit));
  }
  return ok();
}

}  // namespace sous::app
