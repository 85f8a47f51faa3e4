#include "engine/plan_case.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/given_rules.h"
#include "engine/spec_fields.h"

namespace sous::engine {
namespace {

void settle(Action& action, ActionKind kind, std::string reason) {
  action.kind = kind;
  action.reason = std::move(reason);
}

void begin(Action& action,
           const Version& version,
           const GivenRecord* given,
           const ObservedDeployment* observed) {
  action.version = version;
  action.precondition.generation = given != nullptr ? given->current().generation : 0;
  if (observed != nullptr) {
    action.from = observed->running;
  }
}

/// What does nothing depends on nothing and gives no revision.
void finish(const Gdm& gdm, const GivenRecord* given, Action& action) {
  if (action.kind == ActionKind::nothing) {
    return;
  }
  action.precondition.observed_digest = action.from;
  action.precondition.manifest_revision = gdm.revision;
  action.precondition.lock_revision = action.precondition.manifest_revision;
  if (action.to && !action.revision && given != nullptr && given->current().image == *action.to) {
    action.revision = given->current().revision;
  }
}

const GivenEntry* valid_entry(const GivenRecord* given) {
  return given != nullptr && !given->removed ? &given->current() : nullptr;
}

bool is_held(const GivenRecord* given, const PlanPolicy& policy, WallTime now) {
  return !policy.ignore_holds && active_hold(given, now) != nullptr;
}

void block_by_hold(const GivenRecord& given, Action& action) {
  settle(action,
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
      known != nullptr || (c.observed->source && *c.observed->source == c.entry.source());
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

/// Settles what may not be touched because somebody else, or a newer GDM, gave it.
bool is_not_ours(const PlanCase& c, Action& action) {
  const ObservedDeployment& seen = *c.observed;
  if (c.ours) {
    const std::uint64_t known = c.given != nullptr ? c.given->current().generation : 0;
    if (seen.generation <= known) {
      return false;
    }
    settle(action, ActionKind::undecided, "given by a newer GDM than was read");
    return true;
  }
  if (c.policy.adopt ||
      (seen.gdm_id.empty() && (names_what_was_adopted(c.given, seen) || adoptable(c)))) {
    return false;
  }
  settle(action,
         ActionKind::blocked,
         fmt::format("{}; take it over with `sous deploy --adopt`",
                     seen.gdm_id.empty()
                         ? "what runs there was not given by this GDM"
                         : fmt::format("it was given by another GDM ({})", seen.gdm_id)));
  return true;
}

const BrokenRecord* broken_given(const PlanCase& c) {
  if (c.given != nullptr) {
    return nullptr;
  }
  const auto found = std::ranges::find_if(c.gdm.broken, [&](const BrokenRecord& broken) {
    return broken.path.starts_with("given/") && broken.manifest == c.entry.manifest->id;
  });
  return found == c.gdm.broken.end() ? nullptr : &*found;
}

/// Settles what must not be acted on whatever differs.
bool is_never_acted_on(const PlanCase& c, Action& action) {
  if (c.entry.spec->version.is_none()) {
    settle(action, ActionKind::nothing, "no version yet");
    return true;
  }
  if (const auto* broken = broken_given(c)) {
    settle(action, ActionKind::blocked, fmt::format("given record unreadable: {}", broken->path));
    return true;
  }
  if (c.observed != nullptr) {
    return is_not_ours(c, action);
  }
  if (c.seen.is_complete()) {
    return false;
  }
  settle(action,
         ActionKind::undecided,
         fmt::format("it was not seen, but the cluster could be read only in part: {}",
                     c.seen.reason()));
  return true;
}

// ---- which image ------------------------------------------------------------

void settle_without_image(const Error& why, Action& action) {
  std::string reason = why.message();
  if (!why.details().empty()) {
    reason += fmt::format(": {}", fmt::join(why.details(), "; "));
  }
  settle(action,
         why.code() == Code::undecided ? ActionKind::undecided : ActionKind::blocked,
         std::move(reason));
}

bool runs_other_image(const PlanCase& c, const Digest& wanted) {
  return c.observed->asked ? c.observed->asked->digest != wanted
                           : c.observed->running && *c.observed->running != wanted;
}

/// The image to give as the choice says; where there is none, the action is settled as blocked or
/// undecided.
const ImageByDigest* chosen_image(const PlanCase& c, Action& action) {
  if (c.chosen == nullptr) {
    settle(action,
           ActionKind::undecided,
           fmt::format("the image of {} was not looked for", c.entry.source().str()));
    return nullptr;
  }
  const auto* decided = std::get_if<Decided>(&c.chosen->verdict);
  if (decided == nullptr) {
    settle_without_image(*why_no_image(c.chosen->verdict, c.entry.source()), action);
    return nullptr;
  }
  // What runs it already does not get it from a registry again.
  if (!c.chosen->gone.empty() &&
      (c.observed == nullptr || runs_other_image(c, decided->image.digest))) {
    settle(action, ActionKind::blocked, c.chosen->gone);
    return nullptr;
  }
  const GivenEntry* entry = valid_entry(c.given);
  if (const auto bad = unacceptable_advisory(c.chosen->advisories, *c.entry.cluster)) {
    auto text =
        fmt::format("Advisory unacceptable on image: {} for {}", *bad, c.entry.source().str());
    if (entry == nullptr || entry->image.digest != decided->image.digest) {
      settle(action, ActionKind::blocked, std::move(text));
      return nullptr;
    }
    action.alarms.push_back(std::move(text));
  }
  action.revision = decided->revision;
  return &decided->image;
}

/// A record's image stands, whatever the cluster allows by now; the plan only warns.
const ImageByDigest* given_image(const PlanCase& c, Action& action) {
  const GivenEntry& entry = c.given->current();
  const Registration* known =
      c.locks != nullptr ? c.locks->registration_of(entry.image.digest) : nullptr;
  if (known != nullptr && !known->advisories.empty()) {
    if (const auto bad = unacceptable_advisory(known->advisories, *c.entry.cluster)) {
      action.alarms.push_back(
          fmt::format("the cluster does not allow the given image's advisory: {}", *bad));
    }
  }
  return &entry.image;
}

void adopt(const PlanCase& c, Action& action, ImageByDigest image) {
  action.to = std::move(image);
  action.revision = c.observed->revision;
  action.adopts = c.observed->scheduler_id;
  if (const auto* decided =
          c.chosen != nullptr ? std::get_if<Decided>(&c.chosen->verdict) : nullptr;
      decided != nullptr && decided->image.digest != action.to->digest) {
    action.alarms.push_back(fmt::format("image {} ranks higher than the running one",
                                        decided->image.digest.short_hex()));
  }
  settle(action, ActionKind::update, "adopted: the running image is recorded as given");
}

// ---- what differs -----------------------------------------------------------

/// Why what runs is not what should run, the weightiest first.
enum class Cause : std::uint8_t {
  none,
  generation,  ///< what was given last does not run
  running,     ///< the cluster runs another specification than it was given
  own,         ///< the manifest's own specification changed
  defaults,    ///< only the cluster's defaults, or how Sous renders them
  number,      ///< only the number of instances
};

void add_number(const PlanCase& c, Action& action) {
  action.differences.push_back({"NumInstances",
                                fmt::format("{}", c.observed->instances),
                                fmt::format("{}", c.entry.spec->num_instances)});
}

/// Names the fields in which what runs differs from what should, where the cluster recorded them;
/// else the fingerprints under `name`.
void add_fields(const PlanCase& c,
                std::string_view name,
                const std::string& from,
                const std::string& to,
                Action& action) {
  const std::size_t before = action.differences.size();
  if (!c.observed->spec_fields.empty()) {
    const Deployment wanted = c.entry.deployment();
    for (auto& difference :
         differences(c.observed->spec_fields, spec_fields(wanted.kind, wanted.spec))) {
      if (difference.field != kInstancesField) {  // a cluster counts what it runs
        action.differences.push_back(std::move(difference));
      }
    }
  }
  if (action.differences.size() == before) {
    action.differences.push_back({std::string(name), from, to});
  }
}

bool number_differs(const PlanCase& c) {
  return runs_for_long(c.entry.manifest->kind) && c.observed->health == Health::healthy &&
         c.observed->instances != c.entry.spec->num_instances;
}

/// What differs between the specification that runs and the one that should.
Cause compare_specification(const PlanCase& c, const GivenEntry& entry, Action& action) {
  const ExpandedEntry& wanted = c.entry;
  const ObservedDeployment& seen = *c.observed;
  Cause cause = Cause::none;
  if (c.ours && seen.generation < entry.generation) {
    action.differences.push_back(
        {"generation", fmt::format("{}", seen.generation), fmt::format("{}", entry.generation)});
    cause = Cause::generation;
  }
  if (entry.own_fingerprint != wanted.own_fingerprint) {
    add_fields(c, "specification", entry.own_fingerprint, wanted.own_fingerprint, action);
    cause = cause == Cause::none ? Cause::own : cause;
  } else if (cause == Cause::none && !seen.effective_fingerprint.empty() &&
             seen.effective_fingerprint != entry.effective_fingerprint) {
    add_fields(c,
               "running specification",
               seen.effective_fingerprint,
               entry.effective_fingerprint,
               action);
    cause = Cause::running;
  } else if (entry.effective_fingerprint != wanted.effective_fingerprint) {
    add_fields(c, "defaults", entry.effective_fingerprint, wanted.effective_fingerprint, action);
    cause = cause == Cause::none ? Cause::defaults : cause;
  }
  if (number_differs(c)) {
    add_number(c, action);
    // New instances would have the new defaults, so those are waited for first.
    cause = cause == Cause::none ? Cause::number : cause;
  }
  return cause;
}

/// Settles what runs and has no valid record. Here and below: whether it ends something.
bool replace_or_record(const PlanCase& c, const Digest& wanted, Action& action) {
  const bool replaces = runs_other_image(c, wanted);
  if (replaces) {
    settle(action, ActionKind::replace_image, "another image runs");
  } else {
    settle(action, ActionKind::update, "the running image is recorded as given");
  }
  return replaces;
}

void settle_without_differences(const PlanCase& c, const GivenEntry& entry, Action& action) {
  if (entry.outcome == Outcome::pending) {
    settle(action,
           ActionKind::update,
           fmt::format("how generation {} ended is not known yet", entry.generation));
    return;
  }
  if (c.observed->health == Health::failed) {
    action.alarms.push_back(fmt::format("it runs as given, but failed: {}", c.observed->message));
  }
  settle(action, ActionKind::nothing, "runs as given");
}

/// Going on with what was begun restarts nothing, and defaults wait for a deploy.
bool settle_by_cause(const PlanCase& c, const GivenEntry& entry, Cause cause, Action& action) {
  switch (cause) {
    case Cause::none:
      settle_without_differences(c, entry, action);
      return false;
    case Cause::generation:
      settle(action,
             ActionKind::update,
             fmt::format("generation {} was given and does not run", entry.generation));
      return true;
    case Cause::running:
      settle(action, ActionKind::update, "the cluster runs another specification");
      return true;
    case Cause::own:
      settle(action, ActionKind::update, "the specification changed");
      return true;
    case Cause::defaults:
      settle(action, ActionKind::update, std::string(kDefaultsReason));
      return false;
    case Cause::number:
      settle(action, ActionKind::scale, "the number of instances differs");
      return false;
  }
  return false;
}

bool settle_by_comparison(const PlanCase& c, const Digest& wanted, Action& action) {
  const GivenEntry* entry = valid_entry(c.given);
  if (entry == nullptr) {
    return replace_or_record(c, wanted, action);
  }
  const Cause cause = compare_specification(c, *entry, action);
  if (runs_other_image(c, wanted)) {
    const auto& was = c.observed->asked ? c.observed->asked->digest : *c.observed->running;
    action.differences.insert(action.differences.begin(), {"image", was.str(), wanted.str()});
    settle(action,
           ActionKind::replace_image,
           fmt::format(
               "version {} is image {}", c.entry.spec->version.canonical(), wanted.short_hex()));
    return true;
  }
  if (c.observed->running && *c.observed->running != wanted) {
    action.alarms.emplace_back("the running image differs from the given one");
  }
  if (c.observed->health == Health::stopped && c.entry.manifest->kind != Kind::once) {
    settle(action, ActionKind::create, "it is stopped");
    return false;
  }
  if (c.policy.force) {
    settle(action, ActionKind::update, "given again on request");
    return true;
  }
  return settle_by_cause(c, *entry, cause, action);
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
         entry->outcome == Outcome::failed && !needs_choice(c.entry.spec->version, c.given) &&
         entry->own_fingerprint == c.entry.own_fingerprint;
}

bool recovered(const PlanCase& c) {
  return c.observed != nullptr && c.observed->health == Health::healthy &&
         c.observed->generation == c.given->current().generation;
}

bool settle_without_instances(const PlanCase& c, Action& action) {
  const ObservedDeployment* seen = c.observed;
  const bool comes_up = seen != nullptr && seen->health == Health::pending;
  if (seen == nullptr || seen->health == Health::stopped || (seen->instances == 0 && !comes_up)) {
    settle(action, ActionKind::nothing, "no instances wanted");
    return false;
  }
  settle(action, ActionKind::scale, "no instances wanted: it is stopped");
  return true;
}

/// Settles everything else; `image` is what is to run, if that is known.
bool decide(const PlanCase& c, Action& action, const ImageByDigest*& image) {
  // First it must be ours; what else differs is the next plan's.
  if (c.given == nullptr) {
    if (auto runs = adoptable(c); runs && !c.ours) {
      adopt(c, action, std::move(*runs));
      return false;
    }
  }
  if (c.entry.spec->num_instances == 0) {
    return settle_without_instances(c, action);
  }
  image = c.policy.choose_anew || needs_choice(c.entry.spec->version, c.given)
              ? chosen_image(c, action)
              : given_image(c, action);
  if (image == nullptr) {
    return false;
  }
  if (c.observed != nullptr) {
    return settle_by_comparison(c, image->digest, action);
  }
  settle(action, ActionKind::create, "it does not run");
  return false;
}

/// Settles what a hold, or the failure of just this, forbids.
void apply_limits(const PlanCase& c, Action& action) {
  if (changes_something(action.kind) && is_held(c.given, c.policy, c.now)) {
    block_by_hold(*c.given, action);
    return;
  }
  const bool open = changes_something(action.kind) || action.kind == ActionKind::nothing;
  if (open && c.entry.spec->num_instances > 0 && generation_failed(c) &&
      (action.kind != ActionKind::nothing || !recovered(c))) {
    const GivenEntry& entry = c.given->current();
    settle(action,
           ActionKind::blocked,
           fmt::format("generation failed: {} (generation {}); `sous deploy` gives it again",
                       entry.outcome_reason,
                       entry.generation));
  }
}

}  // namespace

bool judge(const PlanCase& c, Action& action) {
  begin(action, c.entry.spec->version, c.given, c.observed);
  const ImageByDigest* image = nullptr;
  bool ends = false;
  if (!is_never_acted_on(c, action)) {
    ends = decide(c, action, image);
    apply_limits(c, action);
  }
  if (image != nullptr && (action.kind != ActionKind::nothing || action.from != image->digest)) {
    action.to = *image;
  }
  finish(c.gdm, c.given, action);
  return ends && changes_something(action.kind);
}

std::optional<JudgedAction> judge_gone(const Gdm& gdm,
                                       const GivenRecord& given,
                                       const Completeness& seen,
                                       const Seen& there,
                                       const PlanPolicy& policy,
                                       WallTime now) {
  const ObservedDeployment* observed = there.observed;
  const bool runs = there.ours;
  if (!runs && (observed != nullptr || given.removed)) {
    return std::nullopt;  // somebody else's, or gone as it should be
  }
  JudgedAction out{.action = {.id = given.deployment}};
  begin(out.action, given.current().version, &given, observed);
  const auto broken = std::ranges::find_if(gdm.broken, [&](const BrokenRecord& record) {
    return record.manifest == given.deployment.manifest && !record.path.starts_with("given/");
  });
  if (broken != gdm.broken.end()) {
    settle(out.action, ActionKind::blocked, fmt::format("manifest unreadable: {}", broken->path));
  } else if (!runs && !seen.is_complete()) {
    settle(out.action,
           ActionKind::undecided,
           fmt::format("its manifest entry is gone, and it was not seen, but the cluster could be "
                       "read only in part: {}",
                       seen.reason()));
  } else if (runs && observed->generation > given.current().generation) {
    settle(out.action, ActionKind::undecided, "given by a newer GDM than was read");
  } else if (is_held(&given, policy, now)) {
    block_by_hold(given, out.action);
  } else {
    // What does not run any more is removed too: its record must say so.
    settle(out.action, ActionKind::remove, "its manifest entry is gone");
    out.ends_something = runs;
  }
  finish(gdm, &given, out.action);
  return out;
}

}  // namespace sous::engine
