#include "engine/plan.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <limits>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "engine/plan_case.h"

namespace sous::engine {
namespace {

/// Numbers the manifests of an expansion, so that what runs is compared with their names once, in
/// the order in which it lies in memory.
class ManifestNumbers {
 public:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  ManifestNumbers(const Expansion& expansion, std::size_t manifests)
      : slots_(std::bit_ceil(2 * manifests + 1)) {
    const ManifestId* last = nullptr;
    for (const ExpandedEntry& entry : expansion.deployments) {
      if (last != &entry.manifest->id) {
        last = &entry.manifest->id;
        slots_[place_of(*last)] = {last, size_++};
      }
    }
  }

  std::size_t size() const { return size_; }

  /// kNone for a manifest that has no number.
  std::size_t of(const ManifestId& manifest) const { return slots_[place_of(manifest)].number; }

 private:
  struct Slot {
    const ManifestId* manifest = nullptr;
    std::size_t number = kNone;
  };

  static std::size_t hash_of(const ManifestId& id) {
    const std::hash<std::string_view> hash;
    return (hash(id.source().repo()) * 31 + hash(id.source().offset())) * 31 + hash(id.flavor());
  }

  /// Where a manifest stands, or would: open addressing, never more than half full.
  std::size_t place_of(const ManifestId& manifest) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash_of(manifest) & mask;
    while (slots_[at].manifest != nullptr && *slots_[at].manifest != manifest) {
      at = (at + 1) & mask;
    }
    return at;
  }

  std::vector<Slot> slots_;  // a power of two
  std::size_t size_ = 0;
};

/// One observed cluster: what runs there by manifest, and what the plan would end.
class ClusterView {
 public:
  ClusterView(const Gdm& gdm, const ManifestNumbers& numbers, const Observation& observation)
      : observation_(&observation), seen_(numbers.size()) {
    for (const auto& seen : observation.deployments) {
      if (seen.id.cluster != observation.cluster) {
        continue;
      }
      const std::size_t number = numbers.of(seen.id.manifest);
      Seen& nearest = number == ManifestNumbers::kNone ? others_[seen.id.manifest] : seen_[number];
      if (nearest.observed == nullptr || is_nearer(gdm, seen, *nearest.observed)) {
        nearest = {.observed = &seen, .ours = seen.gdm_id == gdm.id};
      }
    }
  }

  const ClusterName& name() const { return observation_->cluster; }

  const Completeness& completeness() const { return observation_->completeness; }

  Seen find(std::size_t number) const { return seen_[number]; }

  Seen find(const ManifestNumbers& numbers, const ManifestId& id) const {
    const std::size_t number = numbers.of(id);
    if (number != ManifestNumbers::kNone) {
      return seen_[number];
    }
    const auto found = others_.find(id);
    return found == others_.end() ? Seen{} : found->second;
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
  std::vector<Seen> seen_;  // by the manifest's number
  std::map<ManifestId, Seen> others_;
  std::size_t running_ = 0;
  std::vector<std::size_t> ending_;  // places in the plan's actions
};

/// Walks what should be and what was given in their common order, by manifest and cluster.
class Planner {
 public:
  Planner(const Gdm& gdm,
          const Expansion& expansion,
          const std::map<DeploymentId, ChosenImage>& chosen,
          const PlanPolicy& policy,
          WallTime now,
          const Ads& ads)
      : gdm_(gdm),
        expansion_(expansion),
        chosen_(chosen),
        policy_(policy),
        now_(now),
        numbers_(expansion, gdm.manifests.size()),
        next_given_(gdm.given.begin()) {
    views_.reserve(ads.size());
    for (const auto& observation : ads) {
      views_.emplace_back(gdm, numbers_, observation);
    }
    std::ranges::sort(views_, {}, &ClusterView::name);
  }

  std::vector<Action> plan() && {
    actions_.reserve(expansion_.deployments.size() + expansion_.blocked.size());
    for (const ExpandedEntry& entry : expansion_.deployments) {
      const GivenRecord* given = given_of(entry);
      if (policy_.only.matches(entry.id(), entry.spec->version, gdm_)) {
        if (ClusterView* view = view_of(entry.cluster->name)) {
          plan_one(entry, given, *view);
        }
      }
    }
    for (; next_given_ != gdm_.given.end(); ++next_given_) {
      plan_gone(next_given_->second);
    }
    guard();
    add_blocked();
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
  const LockFile* locks_of(const ExpandedEntry& entry) {
    if (!last_source_ || last_source_->version != entry.spec->version ||
        last_source_->location != entry.manifest->id.source()) {
      last_source_ = entry.source();
      last_locks_ = gdm_.lock_file(*last_source_);
    }
    return last_locks_;
  }

  /// The record of an entry, after those before it, of which the entries are gone.
  const GivenRecord* given_of(const ExpandedEntry& entry) {
    for (; next_given_ != gdm_.given.end(); ++next_given_) {
      const DeploymentId& id = next_given_->first;
      auto order = id.manifest <=> entry.manifest->id;
      if (order == 0) {
        order = id.cluster <=> entry.cluster->name;
      }
      if (order > 0) {
        return nullptr;
      }
      if (order == 0) {
        return &(next_given_++)->second;
      }
      plan_gone(next_given_->second);
    }
    return nullptr;
  }

  void plan_one(const ExpandedEntry& entry, const GivenRecord* given, ClusterView& view) {
    const std::size_t number = number_of(*entry.manifest);
    const Seen there = view.find(number);
    fetch_next(number);
    Action& action = actions_.emplace_back(entry.id());
    const auto choice = chosen_.empty() ? chosen_.end() : chosen_.find(action.id);
    const bool ends = judge({.gdm = gdm_,
                             .entry = entry,
                             .seen = view.completeness(),
                             .observed = there.observed,
                             .ours = there.ours,
                             .given = given,
                             .locks = locks_of(entry),
                             .chosen = choice == chosen_.end() ? nullptr : &choice->second,
                             .policy = policy_,
                             .now = now_},
                            action);
    account(view, there, ends);
  }

  /// What is judged next lies far off in memory: it is fetched while this one is judged.
  void fetch_next(std::size_t number) const {
    if (last_view_ + 1 < views_.size()) {
      prefetch(views_[last_view_ + 1].find(number).observed);
    }
    if (next_given_ != gdm_.given.end()) {
      prefetch(next_given_->second.entries.data());
    }
  }

  template <typename T>
  static void prefetch(const T* object) {
    constexpr std::size_t kCacheLine = 64;
    const auto* begin = reinterpret_cast<const char*>(object);
    for (std::size_t at = 0; object != nullptr && at < sizeof(T); at += kCacheLine) {
      __builtin_prefetch(begin + at);
    }
  }

  void plan_gone(const GivenRecord& given) {
    const DeploymentId& id = given.deployment;
    const bool meant = policy_.only.matches(id, given.current().version, gdm_);
    ClusterView* view = meant ? view_of(id.cluster) : nullptr;
    if (view == nullptr ||
        std::ranges::binary_search(expansion_.blocked, id, {}, &BlockedDeployment::id)) {
      return;
    }
    const Seen there = view->find(numbers_, id.manifest);
    if (auto gone = judge_gone(gdm_, given, view->completeness(), there, policy_, now_)) {
      actions_.push_back(std::move(gone->action));
      account(*view, there, gone->ends_something);
    }
  }

  /// Counts what the last action is about.
  void account(ClusterView& view, const Seen& there, bool ends) {
    view.count(there.observed != nullptr && (there.ours || ends));
    if (ends) {
      view.ends(actions_.size() - 1);
    }
  }

  /// Entries come manifest by manifest.
  std::size_t number_of(const Manifest& manifest) {
    if (last_manifest_ != &manifest) {
      last_manifest_ = &manifest;
      last_number_ = numbers_.of(manifest.id);
    }
    return last_number_;
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

  void add_blocked() {
    const auto planned = static_cast<std::ptrdiff_t>(actions_.size());
    for (const BlockedDeployment& blocked : expansion_.blocked) {
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
  const Expansion& expansion_;
  const std::map<DeploymentId, ChosenImage>& chosen_;
  const PlanPolicy& policy_;
  WallTime now_;
  ManifestNumbers numbers_;
  std::vector<ClusterView> views_;  // by name
  std::size_t last_view_ = 0;
  std::map<DeploymentId, GivenRecord>::const_iterator next_given_;
  std::optional<SourceId> last_source_;
  const LockFile* last_locks_ = nullptr;
  const Manifest* last_manifest_ = nullptr;
  std::size_t last_number_ = 0;
  std::vector<Action> actions_;
};

}  // namespace

bool needs_choice(const Version& wanted, const GivenRecord* given) {
  if (given == nullptr || given->removed) {
    return true;
  }
  const GivenEntry& current = given->current();
  if (current.version != wanted) {
    return true;
  }
  return wanted.build() != current.version.build() && current.revision &&
         !current.revision->str().starts_with(wanted.build());
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
  out.actions = Planner(gdm, expansion, chosen, policy, now, ads).plan();
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
