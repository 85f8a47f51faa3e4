#include "engine/plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace sous::engine {
namespace {

/// What is known of one deployment when its action is decided.
struct Case {
  const Gdm& gdm;
  const Deployment& deployment;
  const Observation& observation;
  const ObservedDeployment* observed;
  const GivenRecord* given;
  const ChosenImage* chosen;
  const PlanPolicy& policy;
  WallTime now;
};

Action with(Action action, ActionKind kind, std::string reason) {
  action.kind = kind;
  action.reason = std::move(reason);
  return action;
}

Action begin(const Case& c) {
  Action out{.id = c.deployment.id};
  out.version = c.deployment.spec.version;
  out.precondition.manifest_revision = c.gdm.revision;
  out.precondition.lock_revision = c.gdm.revision;
  out.precondition.generation = c.given != nullptr ? c.given->current().generation : 0;
  if (c.observed != nullptr) {
    out.from = c.observed->running;
    out.precondition.observed_digest = c.observed->running;
  }
  return out;
}

bool is_held(const Case& c) {
  return !c.policy.ignore_holds && c.given != nullptr && c.given->hold &&
         (!c.given->hold->until || *c.given->hold->until > c.now);
}

/// Sets the image to give, or turns the action into blocked or undecided.
Action with_target(const Case& c, Action action) {
  const bool anew = c.policy.choose_anew || needs_choice(c.deployment, c.given);
  if (!anew) {
    action.to = c.given->current().image;
    action.revision = c.given->current().revision;
    return action;
  }
  const SourceId source = c.deployment.source();
  if (c.chosen == nullptr) {
    return with(std::move(action),
                ActionKind::undecided,
                fmt::format("the image of {} was not looked for", source.str()));
  }
  if (const auto* decided = std::get_if<Decided>(&c.chosen->verdict)) {
    const auto& cluster = c.gdm.definitions.clusters.at(c.deployment.id.cluster);
    const bool given_already = c.given != nullptr && !c.given->removed &&
                               c.given->current().image.digest == decided->image.digest;
    if (const auto bad = unacceptable_advisory(c.chosen->advisories, cluster);
        bad && !given_already) {
      return with(std::move(action),
                  ActionKind::blocked,
                  fmt::format("Advisory unacceptable on image: {} for {}", *bad, source.str()));
    }
    action.to = decided->image;
    action.revision = decided->revision;
    return action;
  }
  if (const auto* undecided = std::get_if<Undecided>(&c.chosen->verdict)) {
    std::string missing;
    for (const auto& item : undecided->missing) {
      missing += (missing.empty() ? "" : "; ") + item;
    }
    return with(std::move(action),
                ActionKind::undecided,
                fmt::format("the image of {} cannot be decided: {}", source.str(), missing));
  }
  if (const auto* elsewhere = std::get_if<LockedElsewhere>(&c.chosen->verdict)) {
    return with(std::move(action),
                ActionKind::blocked,
                fmt::format("version {} is locked to revision {}, and {} was asked for",
                            source.version.canonical(),
                            elsewhere->lock.revision.short_hex(),
                            elsewhere->wanted));
  }
  return with(std::move(action),
              ActionKind::blocked,
              fmt::format("no image: nothing was built for {}", source.str()));
}

std::optional<Action> never_acted_on(const Case& c, Action action) {
  if (c.deployment.spec.version.is_none()) {
    return with(std::move(action), ActionKind::nothing, "no version yet");
  }
  if (c.observed != nullptr && c.observed->gdm_id != c.gdm.id && !c.observed->gdm_id.empty()) {
    return with(std::move(action),
                ActionKind::blocked,
                fmt::format("it was given by another GDM ({}); take it over with `sous deploy "
                            "--adopt`",
                            c.observed->gdm_id));
  }
  if (c.observed != nullptr && c.given != nullptr &&
      c.observed->generation > c.given->current().generation) {
    return with(std::move(action), ActionKind::undecided, "given by a newer GDM than was read");
  }
  if (c.observed == nullptr && !c.observation.completeness.is_complete()) {
    return with(std::move(action),
                ActionKind::undecided,
                fmt::format("it was not seen, but the cluster could be read only in part: {}",
                            c.observation.completeness.reason()));
  }
  return std::nullopt;
}

bool generation_failed(const Case& c) {
  return c.given != nullptr && !c.given->removed && !c.policy.force && !c.policy.choose_anew &&
         c.given->current().outcome == Outcome::failed;
}

void compare_specification(const Case& c, Action& action) {
  const GivenEntry& given = c.given->current();
  if (c.observed != nullptr && c.observed->instances != c.deployment.spec.num_instances &&
      c.observed->health == Health::healthy) {
    action.differences.push_back({"NumInstances",
                                  fmt::format("{}", c.observed->instances),
                                  fmt::format("{}", c.deployment.spec.num_instances)});
  }
  if (given.own_fingerprint != c.deployment.own_fingerprint) {
    action.differences.push_back(
        {"specification", given.own_fingerprint, c.deployment.own_fingerprint});
  } else if (given.effective_fingerprint != c.deployment.effective_fingerprint) {
    action.differences.push_back(
        {"defaults", given.effective_fingerprint, c.deployment.effective_fingerprint});
  }
}

bool runs_what_was_asked(const Case& c) {
  return c.observed->asked && c.observed->running &&
         c.observed->running == c.observed->asked->digest;
}

Action compared(const Case& c, Action action) {
  if (c.given == nullptr || c.given->removed) {
    if (c.observed->running == action.to->digest) {
      return with(std::move(action), ActionKind::update, "adopted: the running image is recorded");
    }
    return with(std::move(action), ActionKind::replace_image, "another image runs");
  }
  if (c.observed->asked && c.observed->asked->digest != action.to->digest) {
    action.differences.push_back(
        {"image", c.observed->asked->digest.str(), action.to->digest.str()});
    return with(std::move(action),
                ActionKind::replace_image,
                fmt::format("version {} is image {}",
                            c.deployment.spec.version.canonical(),
                            action.to->digest.short_hex()));
  }
  if (!runs_what_was_asked(c)) {
    action.alarms.push_back("the running image differs from the given one");
  }
  compare_specification(c, action);
  if (c.observed->health == Health::stopped) {
    return with(std::move(action), ActionKind::create, "it is stopped");
  }
  if (c.policy.force) {
    return with(std::move(action), ActionKind::update, "given again on request");
  }
  if (action.differences.empty()) {
    if (c.given->current().outcome == Outcome::pending) {
      return with(std::move(action), ActionKind::update,
                  fmt::format("how generation {} ended is not known yet",
                              c.given->current().generation));
    }
    return with(std::move(action), ActionKind::nothing, "runs as given");
  }
  const auto is_field = [&](std::string_view name) {
    return action.differences.size() == 1 && action.differences.front().field == name;
  };
  if (is_field("defaults")) {
    return with(std::move(action), ActionKind::update, "defaults");
  }
  return is_field("NumInstances")
             ? with(std::move(action), ActionKind::scale, "the number of instances differs")
             : with(std::move(action), ActionKind::update, "the specification changed");
}

bool changes_something(ActionKind kind) {
  return kind != ActionKind::nothing && kind != ActionKind::blocked &&
         kind != ActionKind::undecided;
}

Action decide(const Case& c) {
  Action action = begin(c);
  if (auto settled = never_acted_on(c, action)) {
    return std::move(*settled);
  }
  if (c.deployment.spec.num_instances == 0) {
    return c.observed == nullptr || c.observed->instances == 0
               ? with(std::move(action), ActionKind::nothing, "no instances wanted")
               : with(std::move(action), ActionKind::scale, "no instances wanted: it is stopped");
  }
  action = with_target(c, std::move(action));
  if (!action.to) {
    return action;
  }
  action = c.observed == nullptr ? with(std::move(action), ActionKind::create, "it does not run")
                                 : compared(c, std::move(action));
  if (!changes_something(action.kind)) {
    return action;
  }
  if (is_held(c)) {
    return with(std::move(action),
                ActionKind::blocked,
                fmt::format("held by {}: {}", c.given->hold->held.who, c.given->hold->held.why));
  }
  if (generation_failed(c) && !needs_choice(c.deployment, c.given) &&
      c.given->current().own_fingerprint == c.deployment.own_fingerprint) {
    return with(std::move(action),
                ActionKind::blocked,
                fmt::format("generation {} failed: {}; `sous retry` tries it again",
                            c.given->current().generation,
                            c.given->current().outcome_reason));
  }
  return action;
}

const ObservedDeployment* find(const Observation& observation, const DeploymentId& id) {
  const auto found = std::ranges::find(observation.deployments, id, &ObservedDeployment::id);
  return found == observation.deployments.end() ? nullptr : &*found;
}

const BrokenRecord* broken_manifest(const Gdm& gdm, const ManifestId& id) {
  const auto found =
      std::ranges::find_if(gdm.broken, [&](const BrokenRecord& b) { return b.manifest == id; });
  return found == gdm.broken.end() ? nullptr : &*found;
}

/// What runs and was given by this GDM, but has no entry any more.
std::vector<Action> removals(const Gdm& gdm,
                             const Observation& observation,
                             const std::set<DeploymentId>& intended) {
  std::vector<Action> out;
  for (const auto& observed : observation.deployments) {
    const GivenRecord* given = gdm.given_record(observed.id);
    if (observed.gdm_id != gdm.id || given == nullptr || intended.contains(observed.id)) {
      continue;
    }
    Action action{.id = observed.id};
    action.version = given->current().version;
    action.from = observed.running;
    action.precondition = {
        gdm.revision, gdm.revision, given->current().generation, observed.running};
    if (const auto* broken = broken_manifest(gdm, observed.id.manifest)) {
      out.push_back(with(std::move(action),
                         ActionKind::blocked,
                         fmt::format("manifest unreadable: {}", broken->path)));
    } else {
      out.push_back(with(std::move(action), ActionKind::remove, "its manifest entry is gone"));
    }
  }
  return out;
}

bool ends_something(const Action& action) {
  return action.kind == ActionKind::remove ||
         (action.kind == ActionKind::scale && action.reason.starts_with("no instances"));
}

/// Blocks what would end too much of a cluster at once, unless exactly that was agreed to.
void guard_removals(std::vector<Action>& actions, std::size_t running, const PlanPolicy& policy) {
  const auto ending = static_cast<std::size_t>(std::ranges::count_if(actions, ends_something));
  if (ending <= kFreeRemovals ||
      static_cast<double>(ending) <= kFreeRemovalShare * static_cast<double>(running) ||
      policy.confirmed == ending) {
    return;
  }
  for (Action& action : actions) {
    if (ends_something(action)) {
      action = with(std::move(action),
                    ActionKind::blocked,
                    fmt::format("{} of {} deployments of the cluster would be ended; agree with "
                                "`--confirm {}`",
                                ending,
                                running,
                                ending));
    }
  }
}

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
          const Ads& ads,
          const std::map<DeploymentId, ChosenImage>& chosen,
          const PlanPolicy& policy,
          WallTime now) {
  Plan out{.gdm_revision = gdm.revision, .observed_at = now, .actions = {}, .clusters = {}};
  const Expansion expansion = expand(gdm);
  std::set<DeploymentId> intended;
  for (const auto& deployment : expansion.deployments) {
    intended.insert(deployment.id);
  }
  for (const auto& blocked : expansion.blocked) {
    intended.insert(blocked.id);
    Action action{.id = blocked.id};
    action.version = blocked.version;
    out.actions.push_back(with(std::move(action), ActionKind::blocked, blocked.reason));
  }
  for (const auto& observation : ads) {
    out.clusters.push_back({observation.cluster, observation.completeness});
    std::vector<Action> actions;
    for (const auto& deployment : expansion.deployments) {
      if (deployment.id.cluster != observation.cluster) {
        continue;
      }
      const auto choice = chosen.find(deployment.id);
      actions.push_back(decide({.gdm = gdm,
                                .deployment = deployment,
                                .observation = observation,
                                .observed = find(observation, deployment.id),
                                .given = gdm.given_record(deployment.id),
                                .chosen = choice == chosen.end() ? nullptr : &choice->second,
                                .policy = policy,
                                .now = now}));
    }
    auto gone = removals(gdm, observation, intended);
    std::ranges::move(gone, std::back_inserter(actions));
    guard_removals(actions, observation.deployments.size(), policy);
    std::ranges::move(actions, std::back_inserter(out.actions));
  }
  std::ranges::sort(out.actions, {}, &Action::id);
  return out;
}

}  // namespace sous::engine
