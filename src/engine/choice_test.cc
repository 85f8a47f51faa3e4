#include "engine/choice.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/samples.h"

namespace sous::engine {
namespace {

using support::artifact;
using support::at;
using support::deed;
using support::digest;
using support::lock_file;
using support::lock_on;
using support::project;
using support::registration;
using support::rev;
using support::unread;

ChoiceQuestion asked(const LockFile* file, const std::vector<Artifact>& found = {}) {
  return {.source = project(), .wanted_revision = {}, .file = file, .found = found};
}

// What was decided, or a word for the other verdicts.
std::string verdict(const ChoiceQuestion& question) {
  const Choice choice = choose(question);
  if (const auto* decided = std::get_if<Decided>(&choice.verdict)) {
    return decided->image.digest.str();
  }
  if (std::holds_alternative<Undecided>(choice.verdict)) {
    return "undecided";
  }
  return std::holds_alternative<NoImage>(choice.verdict) ? "no image" : "locked elsewhere";
}

Rule rule(const ChoiceQuestion& question) {
  return std::get<Decided>(choose(question).verdict).rule;
}

std::string of(std::string_view seed) { return digest(seed).str(); }

TEST(Choice, G1WhatIsLockedForGoodStaysWhateverIsFoundLater) {
  const auto file = lock_file({registration("D1", 1)}, {lock_on("D1", 1, Lock::State::final_)});
  const std::vector<Artifact> found{artifact("D2", 1, {}, at(1))};
  auto question = asked(&file, found);
  EXPECT_EQ(verdict(question), of("D1"));
  EXPECT_EQ(rule(question), Rule::final_lock);
  question.scanned = unread();
  EXPECT_EQ(verdict(question), of("D1"));
}

TEST(Choice, G2TheFirstOfTwoBuildsOfARevision) {
  const auto file =
      lock_file({registration("D1", 1), registration("D2", 1, {KnownAdvisory::rebuilt})});
  EXPECT_EQ(verdict(asked(&file)), of("D1"));
  EXPECT_EQ(rule(asked(&file)), Rule::fewest_advisories);
}

TEST(Choice, G3TheRealTagRatherThanTheEphemeralOne) {
  const auto file =
      lock_file({registration("D1", 1, {KnownAdvisory::ephemeral_tag}), registration("D2", 1)});
  EXPECT_EQ(verdict(asked(&file)), of("D2"));
}

TEST(Choice, G4AndG5OnTheTagRatherThanPastItInAnyOrder) {
  const auto on = registration("on", 1);
  const auto past = registration("past", 2, {KnownAdvisory::tag_not_on_built_revision});
  const auto on_first = lock_file({on, past});
  const auto past_first = lock_file({past, on});
  EXPECT_EQ(verdict(asked(&on_first)), of("on"));
  EXPECT_EQ(verdict(asked(&past_first)), of("on"));
}

TEST(Choice, G4OnEqualCountsTheVersionsOwnTagStillCounts) {
  const auto file = lock_file({registration("past", 2, {KnownAdvisory::tag_not_on_built_revision}),
                               registration("on", 1, {KnownAdvisory::unpushed_revision})});
  EXPECT_EQ(verdict(asked(&file)), of("on"));
  EXPECT_EQ(rule(asked(&file)), Rule::own_tag);
}

TEST(Choice, EachOffTagAdvisoryRanksBehindOnEqualCounts) {
  for (const auto off : {KnownAdvisory::ephemeral_tag,
                         KnownAdvisory::tag_not_on_built_revision,
                         KnownAdvisory::tag_mismatch,
                         KnownAdvisory::no_versioned_tag}) {
    const auto file =
        lock_file({registration("off", 1, {off}), registration("on", 1, {KnownAdvisory::rebuilt})});
    EXPECT_EQ(verdict(asked(&file)), of("on")) << advisory_text(off);
  }
}

TEST(Choice, G6TheOneWithFewestAdvisoriesInAnyOrder) {
  std::vector<Registration> all{
      registration("three",
                   1,
                   {KnownAdvisory::rebuilt,
                    KnownAdvisory::unpushed_revision,
                    KnownAdvisory::dirty_workspace}),
      registration("one", 2, {KnownAdvisory::ephemeral_tag}),
      registration("two", 3, {KnownAdvisory::rebuilt, KnownAdvisory::unpushed_revision})};
  const auto by_digest = [](const Registration& a, const Registration& b) {
    return a.digest < b.digest;
  };
  std::ranges::sort(all, by_digest);
  do {
    const auto file = lock_file(all);
    EXPECT_EQ(verdict(asked(&file)), of("one"));
  } while (std::ranges::next_permutation(all, by_digest).found);
}

TEST(Choice, G7OnEqualCountsTheEarliestInTheFileWhateverClocksSay) {
  auto first = registration("first", 1, {KnownAdvisory::rebuilt});
  auto second = registration("second", 2, {KnownAdvisory::rebuilt});
  first.built_at = at(200);
  second.built_at = at(100);
  first.registered = deed(900);
  second.registered = deed(800);
  const auto file = lock_file({first, second});
  EXPECT_EQ(verdict(asked(&file)), of("first"));
  EXPECT_EQ(rule(asked(&file)), Rule::registration_order);
}

TEST(Choice, G7UnregisteredOnesByTheirOwnTime) {
  const std::vector<Artifact> found{
      artifact("never", 1), artifact("late", 1, {}, at(20)), artifact("early", 1, {}, at(10))};
  EXPECT_EQ(verdict(asked(nullptr, found)), of("early"));
  EXPECT_EQ(rule(asked(nullptr, found)), Rule::built_at);
}

TEST(Choice, TheImagesOwnCreationStandsInForAnAbsentTime) {
  std::vector<Artifact> found{artifact("late", 1, {}, at(20)), artifact("old", 1)};
  found[1].created = at(10);
  EXPECT_EQ(verdict(asked(nullptr, found)), of("old"));
}

TEST(Choice, TiesAreBrokenByDigest) {
  const std::vector<Artifact> found{artifact("a", 1, {}, at(1)), artifact("b", 1, {}, at(1))};
  EXPECT_EQ(verdict(asked(nullptr, found)), std::min(digest("a"), digest("b")).str());
  EXPECT_EQ(rule(asked(nullptr, found)), Rule::digest);
}

TEST(Choice, RegisteredBeforeUnregisteredOnEqualCounts) {
  const auto file = lock_file({registration("known", 1, {KnownAdvisory::rebuilt})});
  const std::vector<Artifact> found{artifact("found", 1, {KnownAdvisory::rebuilt}, at(1))};
  EXPECT_EQ(verdict(asked(&file, found)), of("known"));
  EXPECT_EQ(rule(asked(&file, found)), Rule::registered);
}

TEST(Choice, ACleanerUnregisteredImageRanksHigher) {
  const auto file = lock_file({registration("known", 1, {KnownAdvisory::rebuilt})});
  const std::vector<Artifact> found{artifact("found", 1, {}, at(1))};
  EXPECT_EQ(verdict(asked(&file, found)), of("found"));
}

TEST(Choice, OneDigestIsOneCandidate) {
  const auto file = lock_file({registration("D1", 1)});
  const std::vector<Artifact> found{artifact("D1", 1, {}, at(1))};
  EXPECT_EQ(explain(asked(&file, found)).candidates.size(), 1U);
  EXPECT_EQ(rule(asked(&file, found)), Rule::only_candidate);
}

TEST(Choice, TheLastOfSeveralDirtyBuildsOfARevision) {
  const auto file = lock_file({registration("d1", 1, {KnownAdvisory::dirty_workspace}),
                               registration("d2", 1, {KnownAdvisory::dirty_workspace})});
  EXPECT_EQ(verdict(asked(&file)), of("d2"));
  EXPECT_EQ(rule(asked(&file)), Rule::latest_dirty);
}

TEST(Choice, TheDirtyExceptionNeedsOneRevisionAndEqualCounts) {
  const auto revisions = lock_file({registration("d1", 1, {KnownAdvisory::dirty_workspace}),
                                    registration("d2", 2, {KnownAdvisory::dirty_workspace})});
  EXPECT_EQ(verdict(asked(&revisions)), of("d1"));
  const auto counts =
      lock_file({registration("d1", 1, {KnownAdvisory::dirty_workspace}),
                 registration("d2", 1, {KnownAdvisory::dirty_workspace, KnownAdvisory::rebuilt})});
  EXPECT_EQ(verdict(asked(&counts)), of("d1"));
}

TEST(Choice, ADirtyGroupStandsWhereItsFirstWasRegistered) {
  const auto file = lock_file({registration("d1", 1, {KnownAdvisory::dirty_workspace}),
                               registration("other", 2, {KnownAdvisory::unpushed_revision}),
                               registration("d2", 1, {KnownAdvisory::dirty_workspace})});
  EXPECT_EQ(verdict(asked(&file)), of("d2"));
  // An off-tag build is of another rank, so it lends its place to nobody.
  const auto off_tag = lock_file(
      {registration("d1", 1, {KnownAdvisory::dirty_workspace, KnownAdvisory::ephemeral_tag}),
       registration("other", 2, {KnownAdvisory::unpushed_revision, KnownAdvisory::rebuilt}),
       registration("d2", 1, {KnownAdvisory::dirty_workspace, KnownAdvisory::unpushed_revision})});
  EXPECT_EQ(verdict(asked(&off_tag)), of("other"));
}

TEST(Choice, WithdrawingTheFirstDirtyBuildReordersNothingElse) {
  auto file = lock_file({registration("d1", 1, {KnownAdvisory::dirty_workspace}),
                         registration("other", 2, {KnownAdvisory::unpushed_revision}),
                         registration("d2", 1, {KnownAdvisory::dirty_workspace})});
  file.registrations[0].withdrawn = deed();
  EXPECT_EQ(verdict(asked(&file)), of("d2"));
}

TEST(Choice, SupportAndBuildImagesAndWithdrawnOnesAreNoCandidates) {
  auto withdrawn = registration("withdrawn", 1);
  withdrawn.withdrawn = deed(1, "leaks");
  const auto file = lock_file({registration("support", 1, {KnownAdvisory::support_container}),
                               registration("builder", 1, {KnownAdvisory::is_a_build_image}),
                               withdrawn});
  const std::vector<Artifact> found{artifact("s", 1, {KnownAdvisory::support_container}),
                                    artifact("b", 1, {KnownAdvisory::is_a_build_image}),
                                    // Found in the registry, and withdrawn all the same.
                                    artifact("withdrawn", 1)};
  EXPECT_EQ(verdict(asked(&file, found)), "no image");
  for (const auto& candidate : explain(asked(&file, found)).candidates) {
    EXPECT_EQ(candidate.rank, 0U);
    EXPECT_FALSE(candidate.reason.empty());
  }
}

TEST(Choice, UnknownAdvisoriesCount) {
  Advisories odd;
  odd.add("from another planet");
  const auto file = lock_file({registration("odd", 1, odd), registration("clean", 2)});
  EXPECT_EQ(verdict(asked(&file)), of("clean"));
}

TEST(Choice, G14BuildMetadataDoesNotSeparateVersions) {
  EXPECT_EQ(support::version("1.2.4+1234"), support::version("1.2.4"));
  const auto file = lock_file({registration("D1", 1)});
  auto question = asked(&file);
  question.source.version = support::version("1.2.3+1234");
  EXPECT_EQ(verdict(question), of("D1"));
}

TEST(Choice, AWantedRevisionIsTheOnlyOneConsidered) {
  const auto file = lock_file(
      {registration("clean", 1), registration("wanted", 2, {KnownAdvisory::dirty_workspace})});
  auto question = asked(&file);
  question.wanted_revision = rev(2).str();
  EXPECT_EQ(verdict(question), of("wanted"));
  question.wanted_revision = rev(3).str();
  EXPECT_EQ(verdict(question), "no image");
}

TEST(Choice, AFinalLockOfAnotherRevisionThanWantedRefusesAndNamesBoth) {
  const auto file = lock_file({registration("D1", 1), registration("D2", 2)},
                              {lock_on("D1", 1, Lock::State::final_)});
  auto question = asked(&file);
  question.wanted_revision = rev(2).str();
  const auto choice = choose(question);
  const auto& elsewhere = std::get<LockedElsewhere>(choice.verdict);
  EXPECT_EQ(elsewhere.lock.revision, rev(1));
  EXPECT_EQ(elsewhere.wanted, rev(2).str());
}

TEST(Choice, AProvisionalLockDoesNotDecide) {
  const auto file =
      lock_file({registration("D1", 1, {KnownAdvisory::ephemeral_tag}), registration("D2", 2)},
                {lock_on("D1", 1, Lock::State::provisional)});
  EXPECT_EQ(verdict(asked(&file)), of("D2"));
}

TEST(Choice, NothingFoundInPartIsUndecidedAndSaysWhatIsMissing) {
  auto question = asked(nullptr);
  EXPECT_EQ(verdict(question), "no image");
  question.scanned = unread("tag 9");
  const auto choice = choose(question);
  EXPECT_EQ(std::get<Undecided>(choice.verdict).missing, std::vector<std::string>{"tag 9"});
}

TEST(Choice, WhatIsMissingCannotChangeACleanRegisteredImage) {
  const auto clean = lock_file({registration("D1", 1)});
  auto question = asked(&clean);
  question.scanned = unread();
  EXPECT_EQ(verdict(question), of("D1"));
  const auto unclean = lock_file({registration("D1", 1, {KnownAdvisory::rebuilt})});
  question.file = &unclean;
  EXPECT_EQ(verdict(question), "undecided");
}

TEST(Choice, ACleanUnregisteredImageMayHaveAnEarlierTwin) {
  const std::vector<Artifact> found{artifact("D1", 1, {}, at(1))};
  auto question = asked(nullptr, found);
  question.scanned = unread();
  EXPECT_EQ(verdict(question), "undecided");
}

TEST(Choice, ALockedImageThatCanBePulledFromNowhereIsUndecided) {
  auto file = lock_file({registration("D1", 1)}, {lock_on("D1", 1, Lock::State::final_)});
  file.registrations[0].images.clear();
  EXPECT_EQ(verdict(asked(&file)), "undecided");
}

TEST(WantedRevision, IsMetadataOfSevenHexDigitsThatSomethingKnownHas) {
  const auto file = lock_file({registration("D1", 0xabc)});
  const std::vector<Artifact> found{artifact("D2", 0xdef)};
  const auto wanted = [&](std::string text) {
    return wanted_revision(support::version("1.2.3+" + text), &file, found);
  };
  EXPECT_EQ(wanted(rev(0xabc).str()), rev(0xabc).str());
  EXPECT_EQ(wanted(rev(0xdef).str()), rev(0xdef).str());
  EXPECT_EQ(wanted("0000000"), "0000000");
  EXPECT_EQ(wanted("000000"), std::nullopt);    // six digits
  EXPECT_EQ(wanted("1234567"), std::nullopt);   // nobody's
  EXPECT_EQ(wanted("build.17"), std::nullopt);  // no hex
}

TEST(WantedRevision, ThatMayBeAmongTheUnreadLeavesTheChoiceOpen) {
  const auto file = lock_file({registration("D1", 1)});
  auto question = asked(&file);
  question.source.version = support::version("1.2.3+1234567");
  EXPECT_EQ(verdict(question), of("D1"));  // everything was read, so it is no revision
  question.scanned = unread();
  EXPECT_EQ(verdict(question), "undecided");
  const auto locked = lock_file({registration("D1", 1)}, {lock_on("D1", 1, Lock::State::final_)});
  question.file = &locked;
  EXPECT_EQ(verdict(question), "undecided");
}

TEST(Choice, ARegistrationSpeaksForEveryCopyOfItsImage) {
  auto file = lock_file({registration("a", 1)});
  file.registrations.front().config_digest = digest("config");
  auto copy = artifact("0", 1);
  copy.config_digest = digest("config");
  auto other = artifact("b", 1);
  other.config_digest = digest("another config");
  const std::vector<Artifact> found{copy, other};
  ChoiceQuestion question{.source = file.source};
  question.file = &file;
  question.found = found;
  const auto shown = explain(question);
  ASSERT_EQ(shown.candidates.size(), 2U);
  EXPECT_EQ(shown.candidates[0].artifact.digest, digest("a"));
  EXPECT_EQ(shown.candidates[1].artifact.digest, digest("b"));

  // A copy of what was withdrawn does not come back by itself.
  file.registrations.front().withdrawn = Deed{};
  const auto choice = choose(question);
  ASSERT_TRUE(std::holds_alternative<Decided>(choice.verdict));
  EXPECT_EQ(std::get<Decided>(choice.verdict).image.digest, digest("b"));
}

TEST(Explain, RanksAllAndSaysWhy) {
  auto withdrawn = registration("withdrawn", 1);
  withdrawn.withdrawn = deed(1, "leaks");
  const auto file = lock_file(
      {withdrawn, registration("second", 1, {KnownAdvisory::rebuilt}), registration("first", 1)});
  const std::vector<Artifact> found{artifact("third", 1, {KnownAdvisory::rebuilt}, at(1))};
  const auto decision = explain(asked(&file, found));
  ASSERT_EQ(decision.candidates.size(), 4U);
  const std::vector<std::string_view> order{"first", "second", "third", "withdrawn"};
  for (std::size_t i = 0; i < order.size(); ++i) {
    EXPECT_EQ(decision.candidates[i].artifact.digest, digest(order[i]));
    EXPECT_EQ(decision.candidates[i].rank, i < 3 ? i + 1 : 0);
  }
  EXPECT_EQ(decision.candidates[0].registration, 2U);
  EXPECT_EQ(decision.candidates[2].registration, std::nullopt);
  EXPECT_NE(decision.candidates[3].reason.find("leaks"), std::string::npos);
  EXPECT_NE(decision.candidates[1].reason.find("registration 2"), std::string::npos);
}

TEST(Explain, WhatALockNamesStandsFirst) {
  const auto file = lock_file({registration("best", 1), registration("locked", 2)},
                              {lock_on("locked", 2, Lock::State::final_)});
  const auto decision = explain(asked(&file));
  EXPECT_EQ(decision.candidates[0].artifact.digest, digest("locked"));
  EXPECT_EQ(decision.candidates[0].rank, 1U);
}

}  // namespace
}  // namespace sous::engine
