#include "engine/plan.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <iterator>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "engine/plan_case.h"

namespace sous::engine {
namespace {

std::uint64_t hash_of(const ManifestId& id) {
  const std::hash<std::string_view> hash;
  return (hash(id.source().repo()) * 31 + hash(id.source().offset())) * 31 + hash(id.flavor());
}

/// One observed cluster: what runs there by manifest, and what the plan would end.
class ClusterView {
 public:
  ClusterView(const Gdm& gdm, const Observation& observation)
      : observation_(&observation),
        definition_(defined(gdm, observation.cluster)),
        slots_(std::bit_ceil(2 * observation.deployments.size() + 1)) {
    for (const auto& seen : observation.deployments) {
      if (seen.id.cluster != observation.cluster) {
        continue;
      }
      const std::uint64_t hash = hash_of(seen.id.manifest);
      Slot& slot = slots_[place_of(hash, seen.id.manifest)];
      if (slot.seen == nullptr || is_nearer(gdm, seen, *slot.seen)) {
        slot = {hash, &seen};
      }
    }
  }

  const ClusterName& name() const { return observation_->cluster; }

  const Completeness& completeness() const { return observation_->completeness; }

  /// Null for a cluster that is not defined: nothing is intended there.
  const ClusterDefinition* definition() const { return definition_; }

  /// `hash` is that of `manifest`, computed once for all clusters.
  const ObservedDeployment* find(std::uint64_t hash, const ManifestId& manifest) const {
    return slots_[place_of(hash, manifest)].seen;
  }

  void count(bool runs) { running_ += runs ? 1 : 0; }

  void ends(std::size_t action) { ending_.push_back(action); }

  std::size_t running() const { return running_; }

  const std::vector<std::size_t>& ending() const { return ending_; }

  bool ends_too_much() const {
    return ending_.size() > kFreeRemovals &&
           static_cast<double>(ending_.size()) > kFreeRemovalShare * static_cast<double>(running_);
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    const ObservedDeployment* seen = nullptr;
  };

  static const ClusterDefinition* defined(const Gdm& gdm, const ClusterName& name) {
    const auto found = gdm.definitions.clusters.find(name);
    return found == gdm.definitions.clusters.end() ? nullptr : &found->second;
  }

  /// Where a manifest stands, or would: open addressing, never more than half full.
  std::size_t place_of(std::uint64_t hash, const ManifestId& manifest) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    while (slots_[at].seen != nullptr &&
           (slots_[at].hash != hash || slots_[at].seen->id.manifest != manifest)) {
      at = (at + 1) & mask;
    }
    return at;
  }

  /// Several GDMs may run the same deployment in one cluster: ours counts, else the original's.
  static bool is_nearer(const Gdm& gdm, const ObservedDeployment& a, const ObservedDeployment& b) {
    const auto key = [&](const ObservedDeployment& seen) {
      return std::tuple{seen.gdm_id != gdm.id,
                        !seen.gdm_id.empty(),
                        std::string_view(seen.gdm_id),
                        ~seen.generation,
                        std::string_view(seen.scheduler_id)};
    };
    return key(a) < key(b);
  }

  const Observation* observation_;
  const ClusterDefinition* definition_;
  std::vector<Slot> slots_;  // by manifest; a power of two
  std::size_t running_ = 0;
  std::vector<std::size_t> ending_;  // places in the plan's actions
};

/// Walks what should be and what was given in their common order, by manifest and cluster.
class Planner {
 public:
  Planner(const Gdm& gdm,
          const std::map<DeploymentId, ChosenImage>& chosen,
          const PlanPolicy& policy,
          WallTime now,
          const Ads& ads)
      : gdm_(gdm), chosen_(chosen), policy_(policy), now_(now), next_given_(gdm.given.begin()) {
    views_.reserve(ads.size());
    for (const auto& observation : ads) {
      views_.emplace_back(gdm, observation);
    }
    std::ranges::sort(views_, {}, &ClusterView::name);
  }

  std::vector<Action> plan(const Expansion& expansion) && {
    actions_.reserve(expansion.deployments.size() + expansion.blocked.size());
    for (const Deployment& deployment : expansion.deployments) {
      pass_given_before(deployment.id, expansion);
      const GivenRecord* given = take_given(deployment.id);
      if (policy_.only.matches(deployment.id, deployment.spec.version, gdm_)) {
        if (ClusterView* view = view_of(deployment.id.cluster)) {
          plan_one(deployment, given, *view);
        }
      }
    }
    for (; next_given_ != gdm_.given.end(); ++next_given_) {
      plan_gone(next_given_->second, expansion);
    }
    guard();
    add_blocked(expansion);
    return std::move(actions_);
  }

 private:
  ClusterView* view_of(const ClusterName& cluster) {
    // Deployments come cluster by cluster of each manifest, so it is mostly the next view.
    if (last_view_ + 1 < views_.size() && views_[last_view_ + 1].name() == cluster) {
      return &views_[++last_view_];
    }
    const auto found = std::ranges::lower_bound(views_, cluster, {}, &ClusterView::name);
    if (found == views_.end() || found->name() != cluster) {
      return nullptr;
    }
    last_view_ = static_cast<std::size_t>(found - views_.begin());
    return &*found;
  }

  /// The lock file of a version; versions of one manifest are mostly the same.
  const LockFile* locks_of(const Deployment& deployment) {
    const SourceLocation& location = deployment.id.manifest.source();
    if (!last_source_ || last_source_->version != deployment.spec.version ||
        last_source_->location != location) {
      last_source_ = deployment.source();
      last_locks_ = gdm_.lock_file(*last_source_);
    }
    return last_locks_;
  }

  const GivenRecord* take_given(const DeploymentId& id) {
    if (next_given_ == gdm_.given.end() || next_given_->first != id) {
      return nullptr;
    }
    return &(next_given_++)->second;
  }

  void pass_given_before(const DeploymentId& id, const Expansion& expansion) {
    for (; next_given_ != gdm_.given.end() && next_given_->first < id; ++next_given_) {
      plan_gone(next_given_->second, expansion);
    }
  }

  void plan_one(const Deployment& deployment, const GivenRecord* given, ClusterView& view) {
    const ObservedDeployment* observed =
        view.find(hashed(deployment.id.manifest), deployment.id.manifest);
    const auto choice = chosen_.empty() ? chosen_.end() : chosen_.find(deployment.id);
    Action& action = actions_.emplace_back(Action{.id = deployment.id});
    const bool ends = judge({.gdm = gdm_,
                             .deployment = deployment,
                             .cluster = *view.definition(),
                             .seen = view.completeness(),
                             .observed = observed,
                             .given = given,
                             .locks = locks_of(deployment),
                             .chosen = choice == chosen_.end() ? nullptr : &choice->second,
                             .policy = policy_,
                             .now = now_},
                            action);
    account(view, observed, ends);
  }

  void plan_gone(const GivenRecord& given, const Expansion& expansion) {
    const DeploymentId& id = given.deployment;
    const bool meant = policy_.only.matches(id, given.current().version, gdm_);
    ClusterView* view = meant ? view_of(id.cluster) : nullptr;
    if (view == nullptr ||
        std::ranges::binary_search(expansion.blocked, id, {}, &BlockedDeployment::id)) {
      return;
    }
    const ObservedDeployment* observed = view->find(hash_of(id.manifest), id.manifest);
    if (auto gone = judge_gone(gdm_, given, view->completeness(), observed, policy_, now_)) {
      actions_.push_back(std::move(gone->action));
      account(*view, observed, gone->ends_something);
    }
  }

  /// Counts what the last action is about.
  void account(ClusterView& view, const ObservedDeployment* observed, bool ends) {
    view.count(observed != nullptr && (observed->gdm_id == gdm_.id || ends));
    if (ends) {
      view.ends(actions_.size() - 1);
    }
  }

  std::uint64_t hashed(const ManifestId& manifest) {
    if (hashed_ == nullptr || *hashed_ != manifest) {
      hashed_ = &manifest;
      hash_ = hash_of(manifest);
    }
    return hash_;
  }

  /// Blocks what would end too much of a cluster at once, unless exactly that was agreed to.
  void guard() {
    std::size_t ending = 0;
    for (const ClusterView& view : views_) {
      ending += view.ends_too_much() ? view.ending().size() : 0;
    }
    if (ending == 0 || policy_.confirmed == ending) {
      return;
    }
    for (const ClusterView& view : views_) {
      if (!view.ends_too_much()) {
        continue;
      }
      for (const std::size_t at : view.ending()) {
        actions_[at].kind = ActionKind::blocked;
        actions_[at].reason = fmt::format(
            "{} of {} deployments of the cluster would be removed, stopped or restarted; agree "
            "with `--confirm {}`",
            view.ending().size(),
            view.running(),
            ending);
      }
    }
  }

  void add_blocked(const Expansion& expansion) {
    const auto planned = static_cast<std::ptrdiff_t>(actions_.size());
    for (const BlockedDeployment& blocked : expansion.blocked) {
      if (policy_.only.matches(blocked.id, blocked.version, gdm_)) {
        Action& action = actions_.emplace_back(Action{.id = blocked.id});
        action.version = blocked.version;
        action.kind = ActionKind::blocked;
        action.reason = blocked.reason;
      }
    }
    std::ranges::inplace_merge(actions_, actions_.begin() + planned, {}, &Action::id);
  }

  const Gdm& gdm_;
  const std::map<DeploymentId, ChosenImage>& chosen_;
  const PlanPolicy& policy_;
  WallTime now_;
  std::vector<ClusterView> views_;  // by name
  std::size_t last_view_ = 0;
  std::map<DeploymentId, GivenRecord>::const_iterator next_given_;
  std::optional<SourceId> last_source_;
  const LockFile* last_locks_ = nullptr;
  const ManifestId* hashed_ = nullptr;
  std::uint64_t hash_ = 0;  // of *hashed_
  std::vector<Action> actions_;
};

}  // namespace

bool needs_choice(const Deployment& deployment, const GivenRecord* given) {
  if (given == nullptr || given->removed) {
    return true;
  }
  const GivenEntry& current = given->current();
  if (current.version != deployment.spec.version) {
    return true;
  }
  const std::string& wanted = deployment.spec.version.build();
  return wanted != current.version.build() && current.revision &&
         !current.revision->str().starts_with(wanted);
}

bool is_defaults_update(const Action& action) {
  return action.kind == ActionKind::update && action.reason == kDefaultsReason;
}

std::optional<std::string> unacceptable_advisory(const Advisories& advisories,
                                                 const ClusterDefinition& cluster) {
  for (const auto& text : advisories.texts()) {
    if (!cluster.allowed_advisories.contains(text)) {
      return text;
    }
  }
  return std::nullopt;
}

Plan plan(const Gdm& gdm,
          const Expansion& expansion,
          const Ads& ads,
          const std::map<DeploymentId, ChosenImage>& chosen,
          const PlanPolicy& policy,
          WallTime now) {
  Plan out{.gdm_revision = gdm.revision, .observed_at = now, .actions = {}, .clusters = {}};
  out.actions = Planner(gdm, chosen, policy, now, ads).plan(expansion);
  out.clusters.reserve(ads.size());
  for (const auto& observation : ads) {
    out.clusters.push_back({observation.cluster, observation.completeness});
  }
  std::ranges::sort(out.clusters, {}, &ClusterStatus::name);
  return out;
}

Plan plan(const Gdm& gdm,
          const Ads& ads,
          const std::map<DeploymentId, ChosenImage>& chosen,
          const PlanPolicy& policy,
          WallTime now) {
  return plan(gdm, expand(gdm), ads, chosen, policy, now);
}

}  // namespace sous::engine
