#include "engine/plan_case.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sous::engine {
namespace {

Action with(Action action, ActionKind kind, std::string reason) {
  action.kind = kind;
  action.reason = std::move(reason);
  return action;
}

Action begin(DeploymentId id,
             const Version& version,
             const GivenRecord* given,
             const ObservedDeployment* observed) {
  Action out{.id = std::move(id)};
  out.version = version;
  out.precondition.generation = given != nullptr ? given->current().generation : 0;
  if (observed != nullptr) {
    out.from = observed->running;
    out.precondition.observed_digest = observed->running;
  }
  return out;
}

/// What does nothing depends on no revision, and a big plan is mostly that.
Action finished(const Gdm& gdm, Action action) {
  if (action.kind != ActionKind::nothing) {
    action.precondition.manifest_revision = gdm.revision;
    action.precondition.lock_revision = gdm.revision;
  }
  return action;
}

const GivenEntry* valid_entry(const GivenRecord* given) {
  return given != nullptr && !given->removed ? &given->current() : nullptr;
}

bool is_held(const GivenRecord* given, const PlanPolicy& policy, WallTime now) {
  return !policy.ignore_holds && given != nullptr && given->hold &&
         (!given->hold->until || *given->hold->until > now);
}

Action blocked_by_hold(const GivenRecord& given, Action action) {
  return with(std::move(action),
              ActionKind::blocked,
              fmt::format("held by {}: {}", given.hold->held.who, given.hold->held.why));
}

bool runs_for_long(Kind kind) { return kind == Kind::http_service || kind == Kind::worker; }

// ---- whose it is ------------------------------------------------------------

bool names_what_was_adopted(const GivenRecord* given, const ObservedDeployment& observed) {
  return given != nullptr && !given->adopted_id.empty() &&
         given->adopted_id == observed.scheduler_id;
}

/// An image of the manifest's version that runs without any record: where to pull it from.
std::optional<ImageByDigest> adoptable(const PlanCase& c) {
  if (c.given != nullptr || c.policy.choose_anew || c.observed == nullptr || !c.observed->running) {
    return std::nullopt;
  }
  const Digest& running = *c.observed->running;
  const Registration* known = c.locks != nullptr ? c.locks->registration_of(running) : nullptr;
  const bool same_version =
      known != nullptr || (c.observed->source && *c.observed->source == c.deployment.source());
  if (!same_version) {
    return std::nullopt;
  }
  if (c.observed->asked && c.observed->asked->digest == running) {
    return c.observed->asked;
  }
  if (known != nullptr && !known->images.empty()) {
    return ImageByDigest{known->images.front(), running};
  }
  return c.observed->asked;  // the running one is a platform's of the index that was asked for
}

/// Why nothing may be done to what runs, or nothing.
std::optional<Action> not_ours(const PlanCase& c, const Action& action) {
  const ObservedDeployment& seen = *c.observed;
  if (seen.gdm_id == c.gdm.id) {
    const std::uint64_t known = c.given != nullptr ? c.given->current().generation : 0;
    if (seen.generation > known) {
      return with(action, ActionKind::undecided, "given by a newer GDM than was read");
    }
    return std::nullopt;
  }
  if (c.policy.adopt) {
    return std::nullopt;
  }
  if (seen.gdm_id.empty()) {
    if (names_what_was_adopted(c.given, seen) || adoptable(c)) {
      return std::nullopt;
    }
    return with(action,
                ActionKind::blocked,
                "what runs there was not given by this GDM; take it over with `sous deploy "
                "--adopt`");
  }
  return with(action,
              ActionKind::blocked,
              fmt::format("it was given by another GDM ({}); take it over with `sous deploy "
                          "--adopt`",
                          seen.gdm_id));
}

const BrokenRecord* broken_given(const PlanCase& c) {
  if (c.given != nullptr) {
    return nullptr;
  }
  const auto found = std::ranges::find_if(c.gdm.broken, [&](const BrokenRecord& broken) {
    return broken.path.starts_with("given/") && broken.manifest == c.deployment.id.manifest;
  });
  return found == c.gdm.broken.end() ? nullptr : &*found;
}

std::optional<Action> never_acted_on(const PlanCase& c, const Action& action) {
  if (c.deployment.spec.version.is_none()) {
    return with(action, ActionKind::nothing, "no version yet");
  }
  if (const auto* broken = broken_given(c)) {
    return with(
        action, ActionKind::blocked, fmt::format("given record unreadable: {}", broken->path));
  }
  if (c.observed == nullptr) {
    return c.seen.is_complete()
               ? std::nullopt
               : std::optional{with(action,
                                    ActionKind::undecided,
                                    fmt::format("it was not seen, but the cluster could be read "
                                                "only in part: {}",
                                                c.seen.reason()))};
  }
  return not_ours(c, action);
}

// ---- which image ------------------------------------------------------------

Action blocked_by_verdict(const PlanCase& c, Action action) {
  const SourceId source = c.deployment.source();
  if (const auto* undecided = std::get_if<Undecided>(&c.chosen->verdict)) {
    return with(std::move(action),
                ActionKind::undecided,
                fmt::format("the image of {} cannot be decided: {}",
                            source.str(),
                            fmt::join(undecided->missing, "; ")));
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

/// Sets the image to give as the choice says, or turns the action into blocked or undecided.
Action with_chosen(const PlanCase& c, Action action) {
  if (c.chosen == nullptr) {
    return with(std::move(action),
                ActionKind::undecided,
                fmt::format("the image of {} was not looked for", c.deployment.source().str()));
  }
  const auto* decided = std::get_if<Decided>(&c.chosen->verdict);
  if (decided == nullptr) {
    return blocked_by_verdict(c, std::move(action));
  }
  const GivenEntry* entry = valid_entry(c.given);
  if (const auto bad = unacceptable_advisory(c.chosen->advisories, c.cluster)) {
    auto text =
        fmt::format("Advisory unacceptable on image: {} for {}", *bad, c.deployment.source().str());
    if (entry == nullptr || entry->image.digest != decided->image.digest) {
      return with(std::move(action), ActionKind::blocked, std::move(text));
    }
    action.alarms.push_back(std::move(text));
  }
  action.to = decided->image;
  action.revision = decided->revision;
  return action;
}

/// A record's image stands, whatever the cluster allows by now; the plan only warns.
Action with_given(const PlanCase& c, Action action) {
  const GivenEntry& entry = c.given->current();
  action.to = entry.image;
  action.revision = entry.revision;
  const Registration* known =
      c.locks != nullptr ? c.locks->registration_of(entry.image.digest) : nullptr;
  if (known != nullptr && !known->advisories.empty()) {
    if (const auto bad = unacceptable_advisory(known->advisories, c.cluster)) {
      action.alarms.push_back(
          fmt::format("the cluster does not allow the given image's advisory: {}", *bad));
    }
  }
  return action;
}

Action with_adopted(const PlanCase& c, Action action, ImageByDigest image) {
  action.to = std::move(image);
  action.revision = c.observed->revision;
  action.adopts = c.observed->scheduler_id;
  if (const auto* decided =
          c.chosen != nullptr ? std::get_if<Decided>(&c.chosen->verdict) : nullptr;
      decided != nullptr && decided->image.digest != action.to->digest) {
    action.alarms.push_back(fmt::format("image {} ranks higher than the running one",
                                        decided->image.digest.short_hex()));
  }
  return with(
      std::move(action), ActionKind::update, "adopted: the running image is recorded as given");
}

// ---- what differs -----------------------------------------------------------

/// Whether the specification given last differs from the manifest's in the number alone.
bool only_number_changed(const PlanCase& c, const GivenEntry& entry) {
  DeploySpec before = c.deployment.spec;
  before.num_instances = c.observed->instances;
  return runs_for_long(c.deployment.kind) && before.num_instances > 0 &&
         fingerprint(c.deployment.kind, before) == entry.effective_fingerprint;
}

void add_number(const PlanCase& c, Action& action) {
  action.differences.push_back({"NumInstances",
                                fmt::format("{}", c.observed->instances),
                                fmt::format("{}", c.deployment.spec.num_instances)});
}

/// What differs between the specification that runs and the one that should.
void compare_specification(const PlanCase& c, const GivenEntry& entry, Action& action) {
  const Deployment& wanted = c.deployment;
  const ObservedDeployment& seen = *c.observed;
  if (seen.gdm_id == c.gdm.id && seen.generation < entry.generation) {
    action.differences.push_back(
        {"generation", fmt::format("{}", seen.generation), fmt::format("{}", entry.generation)});
  } else if (!seen.effective_fingerprint.empty() &&
             seen.effective_fingerprint != entry.effective_fingerprint) {
    action.differences.push_back(
        {"running specification", seen.effective_fingerprint, entry.effective_fingerprint});
  }
  if (entry.own_fingerprint != wanted.own_fingerprint) {
    if (only_number_changed(c, entry)) {
      add_number(c, action);
    } else {
      action.differences.push_back(
          {"specification", entry.own_fingerprint, wanted.own_fingerprint});
    }
    return;
  }
  if (entry.effective_fingerprint != wanted.effective_fingerprint) {
    action.differences.push_back(
        {"defaults", entry.effective_fingerprint, wanted.effective_fingerprint});
  }
  if (runs_for_long(wanted.kind) && seen.health == Health::healthy &&
      seen.instances != wanted.spec.num_instances) {
    add_number(c, action);
  }
}

bool differs_in(const Action& action, std::string_view field) {
  return std::ranges::find(action.differences, field, &FieldDifference::field) !=
         action.differences.end();
}

bool runs_other_image(const PlanCase& c, const Digest& wanted) {
  return c.observed->asked ? c.observed->asked->digest != wanted
                           : c.observed->running && *c.observed->running != wanted;
}

/// The action for what runs and has no valid record.
JudgedAction replaced_or_recorded(const PlanCase& c, Action action) {
  if (!runs_other_image(c, action.to->digest)) {
    return {with(std::move(action), ActionKind::update, "the running image is recorded as given")};
  }
  return {with(std::move(action), ActionKind::replace_image, "another image runs"), true};
}

Action settled_by_differences(const PlanCase& c, const GivenEntry& entry, Action action) {
  if (action.differences.empty()) {
    if (entry.outcome == Outcome::pending) {
      return with(std::move(action),
                  ActionKind::update,
                  fmt::format("how generation {} ended is not known yet", entry.generation));
    }
    if (c.observed->health == Health::failed) {
      action.alarms.push_back(fmt::format("it runs as given, but failed: {}", c.observed->message));
    }
    return with(std::move(action), ActionKind::nothing, "runs as given");
  }
  if (differs_in(action, "generation")) {
    return with(std::move(action),
                ActionKind::update,
                fmt::format("generation {} was given and does not run", entry.generation));
  }
  if (differs_in(action, "running specification")) {
    return with(std::move(action), ActionKind::update, "the cluster runs another specification");
  }
  if (differs_in(action, "defaults")) {
    return with(std::move(action), ActionKind::update, std::string(kDefaultsReason));
  }
  return differs_in(action, "NumInstances")
             ? with(std::move(action), ActionKind::scale, "the number of instances differs")
             : with(std::move(action), ActionKind::update, "the specification changed");
}

JudgedAction compared(const PlanCase& c, Action action) {
  const GivenEntry* entry = valid_entry(c.given);
  if (entry == nullptr) {
    return replaced_or_recorded(c, std::move(action));
  }
  compare_specification(c, *entry, action);
  if (runs_other_image(c, action.to->digest)) {
    const auto& was = c.observed->asked ? c.observed->asked->digest : *c.observed->running;
    action.differences.insert(action.differences.begin(),
                              {"image", was.str(), action.to->digest.str()});
    return {with(std::move(action),
                 ActionKind::replace_image,
                 fmt::format("version {} is image {}",
                             c.deployment.spec.version.canonical(),
                             action.to->digest.short_hex())),
            true};
  }
  if (c.observed->running && *c.observed->running != action.to->digest) {
    action.alarms.emplace_back("the running image differs from the given one");
  }
  if (c.observed->health == Health::stopped && c.deployment.kind != Kind::once) {
    return {with(std::move(action), ActionKind::create, "it is stopped")};
  }
  if (c.policy.force) {
    return {with(std::move(action), ActionKind::update, "given again on request"), true};
  }
  const bool is_known_end = entry->outcome != Outcome::pending || !action.differences.empty();
  JudgedAction out{settled_by_differences(c, *entry, std::move(action))};
  // Going on with what was begun restarts nothing, and defaults wait for a deploy.
  out.ends_something =
      out.action.kind == ActionKind::update && is_known_end && !is_defaults_update(out.action);
  return out;
}

// ---- what forbids it --------------------------------------------------------

bool changes_something(ActionKind kind) {
  return kind != ActionKind::nothing && kind != ActionKind::blocked &&
         kind != ActionKind::undecided;
}

/// Whether the intent is still the one that failed.
bool generation_failed(const PlanCase& c) {
  const GivenEntry* entry = valid_entry(c.given);
  return entry != nullptr && !c.policy.force && !c.policy.choose_anew &&
         entry->outcome == Outcome::failed && !needs_choice(c.deployment, c.given) &&
         entry->own_fingerprint == c.deployment.own_fingerprint;
}

bool recovered(const PlanCase& c) {
  return c.observed != nullptr && c.observed->health == Health::healthy &&
         c.observed->generation == c.given->current().generation;
}

Action stopped(const PlanCase& c, Action action) {
  const ObservedDeployment* seen = c.observed;
  const bool comes_up = seen != nullptr && seen->health == Health::pending;
  if (seen == nullptr || seen->health == Health::stopped || (seen->instances == 0 && !comes_up)) {
    return with(std::move(action), ActionKind::nothing, "no instances wanted");
  }
  return with(std::move(action), ActionKind::scale, "no instances wanted: it is stopped");
}

JudgedAction decided(const PlanCase& c, Action action) {
  // First it must be ours; what else differs is the next plan's.
  if (auto image = adoptable(c); image && c.observed->gdm_id != c.gdm.id) {
    return {with_adopted(c, std::move(action), std::move(*image))};
  }
  if (c.deployment.spec.num_instances == 0) {
    action = stopped(c, std::move(action));
    const bool ends = action.kind == ActionKind::scale;
    return {std::move(action), ends};
  }
  const bool anew = c.policy.choose_anew || needs_choice(c.deployment, c.given);
  action = anew ? with_chosen(c, std::move(action)) : with_given(c, std::move(action));
  if (!action.to) {
    return {std::move(action)};
  }
  return c.observed == nullptr
             ? JudgedAction{with(std::move(action), ActionKind::create, "it does not run")}
             : compared(c, std::move(action));
}

}  // namespace

JudgedAction judge(const PlanCase& c) {
  Action action = begin(c.deployment.id, c.deployment.spec.version, c.given, c.observed);
  if (auto settled = never_acted_on(c, action)) {
    return {finished(c.gdm, std::move(*settled))};
  }
  JudgedAction out = decided(c, std::move(action));
  Action& judged = out.action;
  const bool stops = c.deployment.spec.num_instances == 0;
  if (changes_something(judged.kind) && is_held(c.given, c.policy, c.now)) {
    judged = blocked_by_hold(*c.given, std::move(judged));
  } else if (!stops && generation_failed(c) && judged.kind != ActionKind::blocked &&
             judged.kind != ActionKind::undecided &&
             (judged.kind != ActionKind::nothing || !recovered(c))) {
    const GivenEntry& entry = c.given->current();
    judged = with(std::move(judged),
                  ActionKind::blocked,
                  fmt::format("generation failed: {} (generation {}); `sous retry` tries it again",
                              entry.outcome_reason,
                              entry.generation));
  }
  out.ends_something = out.ends_something && changes_something(judged.kind);
  judged = finished(c.gdm, std::move(judged));
  return out;
}

std::optional<JudgedAction> judge_gone(const Gdm& gdm,
                                       const GivenRecord& given,
                                       const Completeness& seen,
                                       const ObservedDeployment* observed,
                                       const PlanPolicy& policy,
                                       WallTime now) {
  const bool runs = observed != nullptr && observed->gdm_id == gdm.id;
  if (!runs && (observed != nullptr || given.removed)) {
    return std::nullopt;  // somebody else's, or gone as it should be
  }
  Action action = begin(given.deployment, given.current().version, &given, observed);
  const auto settled = [&](ActionKind kind, std::string reason) {
    return JudgedAction{finished(gdm, with(std::move(action), kind, std::move(reason)))};
  };
  const auto broken = std::ranges::find_if(gdm.broken, [&](const BrokenRecord& record) {
    return record.manifest == given.deployment.manifest && !record.path.starts_with("given/");
  });
  if (broken != gdm.broken.end()) {
    return settled(ActionKind::blocked, fmt::format("manifest unreadable: {}", broken->path));
  }
  if (!runs && !seen.is_complete()) {
    return settled(ActionKind::undecided,
                   fmt::format("its manifest entry is gone, and it was not seen, but the cluster "
                               "could be read only in part: {}",
                               seen.reason()));
  }
  if (runs && observed->generation > given.current().generation) {
    return settled(ActionKind::undecided, "given by a newer GDM than was read");
  }
  if (is_held(&given, policy, now)) {
    return JudgedAction{finished(gdm, blocked_by_hold(given, std::move(action)))};
  }
  // What does not run any more is removed too: its record must say so.
  auto out = settled(ActionKind::remove, "its manifest entry is gone");
  out.ends_something = runs;
  return out;
}

}  // namespace sous::engine
