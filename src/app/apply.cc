#include "app/apply.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "engine/expand.h"
#include "engine/given_rules.h"

namespace sous::app {
namespace {

bool does_something(ActionKind kind) {
  return kind != ActionKind::nothing && kind != ActionKind::blocked &&
         kind != ActionKind::undecided;
}

/// What became of an action's precondition.
struct Judged {
  OperationState state = OperationState::queued;  // queued: it holds
  std::string reason;
};

Judged moved(std::string reason) { return {OperationState::superseded, std::move(reason)}; }

/// Judges saved actions against what is true now, and makes them whole again.
class Checker {
 public:
  Checker(Node& node, const GdmState& now, const Observed& observed, const Call& call)
      : node_(node), now_(now), observed_(observed), call_(call) {}

  Result<Judged> judge(const SavedAction& saved, Action& action) {
    const GivenRecord* given = now_.gdm.given_record(saved.id);
    const std::uint64_t generation = given != nullptr ? given->current().generation : 0;
    if (generation != saved.precondition.generation) {
      return moved(fmt::format("generation {} was given meanwhile, the plan was made at {}",
                               generation,
                               saved.precondition.generation));
    }
    if (const Hold* hold = engine::active_hold(given, node_.clock.wall())) {
      return Judged{OperationState::blocked,
                    fmt::format("held by {}: {}", hold->held.who, hold->held.why)};
    }
    if (auto text = SOUS_TRY(changed_record(saved))) {
      return moved(std::move(*text));
    }
    if (auto bad = judge_cluster(saved, given, action)) {
      return *bad;
    }
    return saved.to ? set_image(saved, given, action) : Result<Judged>(Judged{});
  }

 private:
  const GdmState* state_at(const std::string& revision) {
    if (revision.empty() || revision == now_.gdm.revision) {
      return &now_;
    }
    auto found = earlier_.find(revision);
    if (found == earlier_.end()) {
      auto snapshot = node_.gdm.read_at(revision, call_);
      if (!snapshot) {
        return nullptr;
      }
      found = earlier_.emplace(revision, decode_state(node_.executor, std::move(*snapshot))).first;
    }
    return &found->second;
  }

  static std::optional<Deployment> entry_of(const Gdm& gdm, const DeploymentId& id) {
    const auto manifest = gdm.manifests.find(id.manifest);
    const auto cluster = gdm.definitions.clusters.find(id.cluster);
    if (manifest == gdm.manifests.end() || cluster == gdm.definitions.clusters.end()) {
      return std::nullopt;
    }
    const auto spec = manifest->second.deployments.find(id.cluster);
    if (spec == manifest->second.deployments.end()) {
      return std::nullopt;
    }
    return engine::expand(manifest->second, spec->second, cluster->second);
  }

  static bool same(const std::optional<Deployment>& a, const std::optional<Deployment>& b) {
    return a.has_value() == b.has_value() &&
           (!a || (a->spec.version == b->spec.version && a->kind == b->kind &&
                   a->spec.num_instances == b->spec.num_instances &&
                   a->effective_fingerprint == b->effective_fingerprint));
  }

  static std::vector<Lock> locks_of(const Gdm& gdm, const SavedAction& saved) {
    const LockFile* file = gdm.lock_file({saved.id.manifest.source(), saved.version});
    return file != nullptr ? file->locks : std::vector<Lock>{};
  }

  Result<std::optional<std::string>> changed_record(const SavedAction& saved) {
    const GdmState* then = state_at(saved.precondition.manifest_revision.str());
    const GdmState* locked = state_at(saved.precondition.lock_revision.str());
    if (then == nullptr || locked == nullptr) {
      return std::optional<std::string>("the GDM does not have the plan's revision any more");
    }
    if (!same(entry_of(then->gdm, saved.id), entry_of(now_.gdm, saved.id))) {
      return std::optional<std::string>(
          "its manifest entry, or its cluster, was changed meanwhile");
    }
    if (locks_of(locked->gdm, saved) != locks_of(now_.gdm, saved)) {
      return std::optional<std::string>(
          fmt::format("the lock of version {} was changed meanwhile", saved.version.canonical()));
    }
    return std::optional<std::string>();
  }

  /// What runs must be what the plan saw.
  std::optional<Judged> judge_cluster(const SavedAction& saved,
                                      const GivenRecord* given,
                                      Action& action) const {
    const auto cluster = std::ranges::find(observed_.ads, saved.id.cluster, &Observation::cluster);
    if (cluster == observed_.ads.end()) {
      const auto silent =
          std::ranges::find(observed_.silent, saved.id.cluster, &SilentCluster::name);
      return Judged{OperationState::undecided,
                    silent != observed_.silent.end()
                        ? silent->error.text()
                        : fmt::format("cluster {} is not defined", saved.id.cluster.str())};
    }
    const ObservedDeployment* seen = nullptr;
    for (const auto& one : cluster->deployments) {
      if (one.id == saved.id && (seen == nullptr || one.gdm_id == now_.gdm.id)) {
        seen = &one;
      }
    }
    const std::optional<Digest> running = seen != nullptr ? seen->running : std::nullopt;
    if (saved.precondition.observed_digest != running) {
      return moved(
          fmt::format("{} runs there now", running ? "image " + running->short_hex() : "nothing"));
    }
    action.from = running;
    if (given == nullptr && seen != nullptr && seen->gdm_id != now_.gdm.id && saved.to == running) {
      action.adopts = seen->scheduler_id;
      action.revision = seen->revision;
    }
    return std::nullopt;
  }

  /// Where the image of a digest is, and what it was built from: from the records, else the index.
  Result<Judged> set_image(const SavedAction& saved, const GivenRecord* given, Action& action) {
    if (given != nullptr) {
      for (const GivenEntry& entry : given->entries) {
        if (entry.image.digest == *saved.to) {
          action.to = entry.image;
          action.revision = entry.revision;
          return Judged{};
        }
      }
    }
    const LockFile* file = now_.gdm.lock_file({saved.id.manifest.source(), saved.version});
    const Registration* known = file != nullptr ? file->registration_of(*saved.to) : nullptr;
    if (known != nullptr && !known->images.empty()) {
      action.to = ImageByDigest{known->images.front(), known->digest};
      action.revision = known->revision;
      return Judged{};
    }
    const auto indexed = SOUS_TRY(node_.index.find(*saved.to));
    if (indexed && !indexed->repositories.empty()) {
      action.to = ImageByDigest{indexed->repositories.front(), *saved.to};
      action.revision = indexed->image.artifact.revision;
      return Judged{};
    }
    return Judged{OperationState::undecided,
                  fmt::format("where image {} is cannot be told here", saved.to->short_hex())};
  }

  Node& node_;
  const GdmState& now_;
  const Observed& observed_;
  const Call& call_;
  std::map<std::string, GdmState> earlier_;
};

std::set<ClusterName> clusters_of(const std::vector<SavedAction>& actions) {
  std::set<ClusterName> out;
  for (const SavedAction& action : actions) {
    if (does_something(action.kind)) {
      out.insert(action.id.cluster);
    }
  }
  return out;
}

Operation left(const SavedAction& saved, OperationState state, std::string reason) {
  return {.id = {},
          .deployment = saved.id,
          .version = saved.version,
          .digest = saved.to,
          .generation = saved.precondition.generation,
          .state = state,
          .reason = std::move(reason),
          .link = {},
          .last_log_lines = {}};
}

}  // namespace

Result<std::vector<Operation>> apply_plan(Node& node,
                                          const std::vector<SavedAction>& actions,
                                          const OnOperation& on_operation,
                                          const Call& call) {
  auto state = SOUS_TRY(read_gdm(node, call));
  Planned planned{.scope = {},
                  .state = std::move(state),
                  .with_version = {},
                  .expansion = {},
                  .observed = {},
                  .chosen = {},
                  .plan = {}};
  if (!planned.state.snapshot.stale.empty()) {
    return Error(Code::unavailable,
                 "the GDM's remote does not answer: " + planned.state.snapshot.stale)
        .hinted("a plan is not carried out on a GDM that may be outdated");
  }
  planned.expansion = engine::expand(planned.state.gdm);
  const auto clusters = clusters_of(actions);
  if (!clusters.empty()) {
    planned.observed = observe(node, planned.state.gdm.definitions, clusters, call);
  }
  Checker checker(node, planned.state, planned.observed, call);
  std::vector<Operation> out;
  for (const SavedAction& saved : actions) {
    if (!does_something(saved.kind)) {
      if (saved.kind != ActionKind::nothing) {
        out.push_back(left(
            saved,
            saved.kind == ActionKind::blocked ? OperationState::blocked : OperationState::undecided,
            saved.reason));
      }
      continue;
    }
    Action action{.id = saved.id,
                  .kind = saved.kind,
                  .version = saved.version,
                  .reason = saved.reason,
                  .precondition = saved.precondition};
    auto judged = SOUS_TRY(checker.judge(saved, action));
    if (judged.state == OperationState::queued) {
      planned.plan.actions.push_back(std::move(action));
    } else {
      out.push_back(left(saved, judged.state, std::move(judged.reason)));
    }
  }
  const GiveReason reason{.message = "Apply a saved plan", .why = "sous apply", .defaults = true};
  auto operations = SOUS_TRY(carry_out(node, planned, reason, on_operation, call));
  out.insert(out.end(), operations.begin(), operations.end());
  std::ranges::sort(out, {}, &Operation::deployment);
  return out;
}

}  // namespace sous::app
