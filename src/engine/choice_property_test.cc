#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/choice.h"
#include "support/generators.h"

namespace sous::engine {
namespace {

namespace gen = support::gen;

struct World {
  LockFile file;
  std::vector<Artifact> found;
  SourceId source = support::project();

  ChoiceQuestion question() const {
    return {.source = source, .wanted_revision = {}, .file = &file, .found = found};
  }
};

World any_world() {
  World out{.file = *gen::registered(), .found = *gen::artifacts()};
  // Sometimes a registered image is among what was found, as it mostly is.
  if (!out.file.registrations.empty() && *rc::gen::arbitrary<bool>()) {
    const Registration& known = out.file.registrations.front();
    Artifact same = support::artifact("", 1, known.advisories);
    same.digest = known.digest;
    same.revision = known.revision;
    out.found.push_back(std::move(same));
  }
  if (*rc::gen::inRange(0, 3) == 0) {
    const auto digits = *rc::gen::element<std::size_t>(6, 7, 39, 40);
    const auto revision = support::rev(*gen::revision_number()).str();
    out.source.version = support::version("1.2.3+" + revision.substr(0, digits));
  }
  return out;
}

// The verdict as a text that tells all verdicts apart.
std::string shown(const Choice& choice) {
  if (const auto* decided = std::get_if<Decided>(&choice.verdict)) {
    return decided->image.digest.str();
  }
  if (const auto* elsewhere = std::get_if<LockedElsewhere>(&choice.verdict)) {
    return "elsewhere " + elsewhere->lock.digest.str();
  }
  return std::holds_alternative<NoImage>(choice.verdict) ? "no image" : "undecided";
}

bool above(const RankKey& a, const RankKey& b) { return compare(a, b) < 0; }

// Asked as the application does: the metadata is looked up in what is known.
Choice choose_as_asked(ChoiceQuestion question) {
  question.wanted_revision =
      wanted_revision(question.source.version, question.file, question.found);
  return choose(question);
}

RC_GTEST_PROP(ChoiceProperty, TheOrderOfDiscoveryDoesNotMatter, ()) {
  World world = any_world();
  const auto before = choose_as_asked(world.question());
  world.found = gen::shuffled(world.found);
  const auto after = choose_as_asked(world.question());
  RC_ASSERT(shown(before) == shown(after));
  RC_ASSERT(before.chosen == after.chosen);
  RC_ASSERT(before.runner_up == after.runner_up);
}

RC_GTEST_PROP(ChoiceProperty, FailedReadsNeverLeadToAnotherAnswer, ()) {
  World world = any_world();
  if (!world.file.registrations.empty() && *rc::gen::inRange(0, 4) == 0) {
    const auto& locked = world.file.registrations.front();
    world.file.locks.push_back({.digest = locked.digest,
                                .revision = locked.revision,
                                .state = Lock::State::final_,
                                .made = {},
                                .evidence = {}});
  }
  const auto full = shown(choose_as_asked(world.question()));
  std::vector<Artifact> read;
  for (const Artifact& artifact : world.found) {
    if (*rc::gen::arbitrary<bool>()) {
      read.push_back(artifact);
    }
  }
  auto question = world.question();
  question.found = read;
  question.scanned = support::unread();
  const auto part = shown(choose_as_asked(question));
  RC_ASSERT(part == full || part == "undecided");
}

RC_GTEST_PROP(ChoiceProperty, AWantedRevisionIsRespected, ()) {
  const World world = any_world();
  auto question = world.question();
  question.wanted_revision = support::rev(*gen::revision_number()).str();
  const auto choice = choose(question);
  if (const auto* decided = std::get_if<Decided>(&choice.verdict)) {
    RC_ASSERT(decided->revision.str() == *question.wanted_revision);
  }
  for (const auto& candidate : explain(question).candidates) {
    RC_ASSERT(candidate.artifact.revision.str() == *question.wanted_revision);
  }
}

RC_GTEST_PROP(ChoiceProperty, WhatIsExplainedIsWhatIsChosen, ()) {
  const World world = any_world();
  const auto choice = choose(world.question());
  const auto decision = explain(world.question());
  RC_ASSERT(shown({decision.verdict, {}, {}}) == shown(choice));
  if (const auto* decided = std::get_if<Decided>(&choice.verdict)) {
    RC_ASSERT(decision.candidates.at(0).artifact.digest == decided->image.digest);
    RC_ASSERT(decision.candidates.at(0).rank == 1U);
  }
}

RC_GTEST_PROP(RankProperty, TheOrderIsTotalAntisymmetricAndTransitive, ()) {
  const World world = any_world();
  std::vector<RankKey> keys;
  for (const auto& key : registered_keys(world.file)) {
    if (key) {
      keys.push_back(*key);
    }
  }
  for (const Artifact& artifact : world.found) {
    keys.push_back(unregistered_key(artifact));
  }
  for (const RankKey& a : keys) {
    for (const RankKey& b : keys) {
      RC_ASSERT((!above(a, b) && !above(b, a)) == (a == b));
      RC_ASSERT(!above(a, b) || !above(b, a));
      for (const RankKey& c : keys) {
        RC_ASSERT(!above(a, b) || !above(b, c) || above(a, c));
      }
    }
  }
}

RC_GTEST_PROP(RankProperty, TheDecidingRuleNamesWhatDiffers, ()) {
  const World world = any_world();
  const auto choice = choose(world.question());
  RC_PRE(choice.chosen && choice.runner_up);
  RC_ASSERT(above(*choice.chosen, *choice.runner_up));
  switch (deciding_rule(*choice.chosen, *choice.runner_up)) {
    case Rule::fewest_advisories:
      RC_ASSERT(choice.chosen->advisories < choice.runner_up->advisories);
      break;
    case Rule::own_tag:
      RC_ASSERT(!choice.chosen->off_tag && choice.runner_up->off_tag);
      break;
    case Rule::registered:
      RC_ASSERT(!choice.chosen->unregistered && choice.runner_up->unregistered);
      break;
    case Rule::registration_order:
      RC_ASSERT(choice.chosen->group < choice.runner_up->group);
      break;
    case Rule::latest_dirty:
      RC_ASSERT(choice.chosen->place < choice.runner_up->place);
      break;
    case Rule::built_at:
      RC_ASSERT(choice.chosen->built_at != choice.runner_up->built_at);
      break;
    case Rule::digest:
      RC_ASSERT(choice.chosen->digest < choice.runner_up->digest);
      break;
    case Rule::final_lock:
    case Rule::only_candidate:
      RC_FAIL("two candidates without a lock were told apart by neither");
  }
}

}  // namespace
}  // namespace sous::engine
