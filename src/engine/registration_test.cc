#include "engine/registration.h"

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

NewBuild build(std::uint32_t revision,
               Advisories advisories = {},
               std::string_view layers = "new") {
  return {.source = project(),
          .revision = rev(revision),
          .advisories = std::move(advisories),
          .layers = digest(layers)};
}

BuildJudgement judged(const NewBuild& build, const LockFile& file) {
  return judge_build(build, &file, {}, Completeness::complete()).value();
}

TEST(JudgeBuild, TheFirstBuildIsNoRebuild) {
  const auto file = lock_file();
  EXPECT_EQ(judged(build(1), file).rebuild_of, std::nullopt);
  EXPECT_FALSE(judged(build(1), file).tag_mismatch);
}

TEST(JudgeBuild, G2ASecondBuildOfARevisionIsARebuildOfTheCanonicalOne) {
  const auto file = lock_file({registration("D1", 1)});
  EXPECT_EQ(judged(build(1), file).rebuild_of, digest("D1"));
  EXPECT_EQ(judged(build(1, {KnownAdvisory::unpushed_revision}), file).rebuild_of, digest("D1"));
}

TEST(JudgeBuild, G3ABuildThatRanksHigherIsNoRebuild) {
  const auto ephemeral = lock_file({registration("D1", 1, {KnownAdvisory::ephemeral_tag})});
  EXPECT_EQ(judged(build(1), ephemeral).rebuild_of, std::nullopt);
  // Equal counts: the one on its own tag ranks higher.
  EXPECT_EQ(judged(build(1, {KnownAdvisory::unpushed_revision}), ephemeral).rebuild_of,
            std::nullopt);
  EXPECT_EQ(judged(build(1, {KnownAdvisory::ephemeral_tag}), ephemeral).rebuild_of, digest("D1"));
}

TEST(JudgeBuild, AnotherRevisionIsNoRebuildButATagMismatch) {
  const auto file = lock_file({registration("D1", 1)});
  EXPECT_EQ(judged(build(2), file).rebuild_of, std::nullopt);
  EXPECT_TRUE(judged(build(2), file).tag_mismatch);
}

TEST(JudgeBuild, WhatIsOffItsTagMakesNoMismatch) {
  for (const auto off : {KnownAdvisory::ephemeral_tag,
                         KnownAdvisory::tag_not_on_built_revision,
                         KnownAdvisory::tag_mismatch,
                         KnownAdvisory::no_versioned_tag}) {
    EXPECT_FALSE(judged(build(2), lock_file({registration("D1", 1, {off})})).tag_mismatch)
        << advisory_text(off);
  }
  const auto dirty = lock_file({registration("D1", 1, {KnownAdvisory::dirty_workspace})});
  EXPECT_TRUE(judged(build(2), dirty).tag_mismatch);
}

TEST(JudgeBuild, AMismatchCountsBeforeTheRebuildIsJudged) {
  // Of the same revision two advisories are known; the new one has one, and the mismatch besides.
  const auto file = lock_file(
      {registration("other", 2, {KnownAdvisory::dirty_workspace}),
       registration("same", 1, {KnownAdvisory::tag_mismatch, KnownAdvisory::unpushed_revision})});
  const auto out = judged(build(1, {KnownAdvisory::unpushed_revision}), file);
  EXPECT_TRUE(out.tag_mismatch);
  EXPECT_EQ(out.rebuild_of, digest("same"));
}

TEST(JudgeBuild, ADirtyBuildRepeatsOnlyEqualLayers) {
  auto d1 = registration("d1", 1, {KnownAdvisory::dirty_workspace});
  auto d2 = registration("d2", 1, {KnownAdvisory::dirty_workspace});
  d1.layers = digest("one");
  d2.layers = digest("two");
  const auto file = lock_file({d1, d2});
  const Advisories dirty{KnownAdvisory::dirty_workspace};
  EXPECT_EQ(judged(build(1, dirty, "three"), file).rebuild_of, std::nullopt);
  EXPECT_EQ(judged(build(1, dirty, "two"), file).rebuild_of, digest("d2"));
  // Also when the equal one is not the best of its revision.
  EXPECT_EQ(judged(build(1, dirty, "one"), file).rebuild_of, digest("d1"));
}

TEST(JudgeBuild, SupportAndWithdrawnImagesAreNotRepeated) {
  auto withdrawn = registration("bad", 1);
  withdrawn.withdrawn = deed();
  const auto file =
      lock_file({registration("builder", 1, {KnownAdvisory::is_a_build_image}), withdrawn});
  EXPECT_EQ(judged(build(1), file).rebuild_of, std::nullopt);
}

TEST(JudgeBuild, AFinalLockOnAnotherRevisionStopsIt) {
  const auto file = lock_file({registration("D1", 1)}, {lock_on("D1", 1, Lock::State::final_)});
  const auto refused = judge_build(build(2), &file, {}, Completeness::complete());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::blocked);
  auto anyway = build(2);
  anyway.anyway = true;
  EXPECT_TRUE(judged(anyway, file).tag_mismatch);
  EXPECT_EQ(judged(build(1), file).rebuild_of, digest("D1"));
}

TEST(JudgeBuild, WithoutRegistrationsCompleteScansTell) {
  const std::vector<Artifact> found{
      artifact("late", 1, {}, at(9)), artifact("early", 1, {}, at(1)), artifact("other", 2)};
  const auto out = judge_build(build(1), nullptr, found, Completeness::complete());
  EXPECT_EQ(out->rebuild_of, digest("early"));
  EXPECT_FALSE(out->tag_mismatch);  // only what is registered makes one
  // Registrations of the version are what is known; then nothing else is looked for.
  const auto file = lock_file({registration("r", 2)});
  EXPECT_EQ(judge_build(build(1), &file, found, unread())->rebuild_of, std::nullopt);
}

TEST(JudgeBuild, WithoutEitherItStopsExceptForTryingOut) {
  const auto stopped = judge_build(build(1), nullptr, {}, unread("tag 7"));
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code(), Code::undecided);
  EXPECT_EQ(stopped.error().details(), std::vector<std::string>{"tag 7"});
  const auto tried = judge_build(build(1, {KnownAdvisory::developer_build}), nullptr, {}, unread());
  EXPECT_TRUE(tried);
}

TEST(Registering, ACleanOwnBuildIsLockedForGood) {
  const auto file = with_registration(lock_file(), registration("D1", 1)).value();
  ASSERT_NE(file.final_lock(), nullptr);
  EXPECT_EQ(file.final_lock()->digest, digest("D1"));
  EXPECT_EQ(file.final_lock()->revision, rev(1));
}

TEST(Registering, AnUncleanBuildIsLockedProvisionallyPerRevision) {
  auto file =
      with_registration(lock_file(), registration("D1", 1, {KnownAdvisory::dirty_workspace}))
          .value();
  file = with_registration(file, registration("D2", 2, {KnownAdvisory::rebuilt})).value();
  EXPECT_EQ(file.final_lock(), nullptr);
  ASSERT_EQ(file.locks.size(), 2U);
  EXPECT_EQ(file.lock_of(rev(1))->digest, digest("D1"));
  EXPECT_EQ(file.lock_of(rev(2))->digest, digest("D2"));
}

TEST(Registering, G3WhatRanksHigherReplacesAProvisionalLockAndSaysSo) {
  auto file =
      with_registration(lock_file(), registration("D1", 1, {KnownAdvisory::ephemeral_tag})).value();
  file = with_registration(file, registration("D2", 1)).value();
  EXPECT_EQ(file.final_lock()->digest, digest("D2"));
  ASSERT_EQ(file.superseded.size(), 1U);
  EXPECT_EQ(file.superseded[0].lock.digest, digest("D1"));
  EXPECT_NE(file.superseded[0].ended.why.find("ranks higher"), std::string::npos);
}

TEST(Registering, AFinalLockSpeaksForTheWholeVersion) {
  auto file =
      with_registration(lock_file(), registration("D1", 1, {KnownAdvisory::ephemeral_tag})).value();
  file = with_registration(file, registration("D2", 2)).value();
  ASSERT_EQ(file.locks.size(), 1U);
  EXPECT_EQ(file.locks[0].digest, digest("D2"));
}

TEST(Registering, ALockOnADirtyBuildFollowsTheLastOne) {
  auto file =
      with_registration(lock_file(), registration("d1", 1, {KnownAdvisory::dirty_workspace}))
          .value();
  file = with_registration(file, registration("d2", 1, {KnownAdvisory::dirty_workspace})).value();
  EXPECT_EQ(file.lock_of(rev(1))->digest, digest("d2"));
}

TEST(Registering, G13TheSameTwiceChangesNothing) {
  const auto once = with_registration(lock_file(), registration("D1", 1)).value();
  auto again = registration("D1", 1);
  again.registered = deed(99, "again");
  EXPECT_EQ(with_registration(once, again).value(), once);
}

TEST(Registering, OneDigestCannotStandForTwoRevisions) {
  const auto once = with_registration(lock_file(), registration("D1", 1)).value();
  const auto clash = with_registration(once, registration("D1", 2));
  ASSERT_FALSE(clash);
  EXPECT_EQ(clash.error().code(), Code::conflict);
}

TEST(Registering, G11OneDigestStandsInTheFilesOfTwoVersions) {
  auto other = lock_file();
  other.source = support::source("github.com/team/project,1.2.4");
  EXPECT_TRUE(with_registration(lock_file(), registration("D1", 1)));
  EXPECT_TRUE(with_registration(other, registration("D1", 1)));
}

TEST(Registering, AnAddedArtifactIsNeverLockedForGoodByItself) {
  auto added = registration("D1", 1);
  added.origin = Registration::Origin::added;
  const auto file = with_registration(lock_file(), added).value();
  EXPECT_EQ(file.final_lock(), nullptr);
  EXPECT_EQ(file.lock_of(rev(1))->state, Lock::State::provisional);
}

TEST(Registering, ASupportContainerIsNoLock) {
  const auto file =
      with_registration(lock_file(), registration("D1", 1, {KnownAdvisory::support_container}))
          .value();
  EXPECT_TRUE(file.locks.empty());
}

TEST(ChosenLock, IsFinalForACleanImageOfCompleteScans) {
  const auto file = with_chosen_lock(lock_file(), registration("D1", 1)).value();
  ASSERT_NE(file.final_lock(), nullptr);
  EXPECT_NE(file.registration_of(digest("D1")), nullptr);
  EXPECT_EQ(with_chosen_lock(file, registration("D1", 1)).value(), file);
}

TEST(ChosenLock, IsProvisionalForAnUncleanOne) {
  const auto file =
      with_chosen_lock(lock_file(), registration("D1", 1, {KnownAdvisory::rebuilt})).value();
  EXPECT_EQ(file.final_lock(), nullptr);
  EXPECT_EQ(file.lock_of(rev(1))->digest, digest("D1"));
}

TEST(SupersededLock, MovesAFinalLockAndKeepsTheOldOne) {
  auto file = with_registration(lock_file(), registration("D1", 1)).value();
  file = with_registration(file, registration("D2", 2)).value();
  file = with_superseded_lock(file, digest("D2"), deed(5, "D1 leaks")).value();
  EXPECT_EQ(file.final_lock()->digest, digest("D2"));
  EXPECT_EQ(file.locks.size(), 1U);
  ASSERT_EQ(file.superseded.size(), 1U);
  EXPECT_EQ(file.superseded[0].ended.why, "D1 leaks");
  EXPECT_EQ(with_superseded_lock(file, digest("D2"), deed(6)).value(), file);
}

TEST(SupersededLock, NeedsARegisteredCandidate) {
  auto file = lock_file({registration("D1", 1), registration("D2", 2)});
  file.registrations[1].withdrawn = deed();
  EXPECT_EQ(with_superseded_lock(file, digest("D3"), deed()).error().code(), Code::not_found);
  EXPECT_EQ(with_superseded_lock(file, digest("D2"), deed()).error().code(), Code::blocked);
}

TEST(Withdrawal, IsKeptAndRefusedForALockedDigest) {
  auto file = with_registration(lock_file(), registration("D1", 1)).value();
  file = with_registration(file, registration("D2", 1, {KnownAdvisory::rebuilt})).value();
  EXPECT_EQ(with_withdrawal(file, digest("D1"), deed()).error().code(), Code::blocked);
  EXPECT_EQ(with_withdrawal(file, digest("D3"), deed()).error().code(), Code::not_found);
  file = with_withdrawal(file, digest("D2"), deed(1, "first")).value();
  EXPECT_EQ(file.registration_of(digest("D2"))->withdrawn->why, "first");
  EXPECT_EQ(with_withdrawal(file, digest("D2"), deed(2, "second")).value(), file);
}

TEST(Withdrawal, TakenBackIsACandidateAgainAndBothAreKept) {
  const auto file = lock_file({registration("D1", 1, {KnownAdvisory::ephemeral_tag}),
                               registration("D2", 1, {KnownAdvisory::ephemeral_tag})});
  const auto withdrawn = with_withdrawal(file, digest("D2"), deed(1, "bad")).value();
  const auto restored = with_restoration(withdrawn, digest("D2"), deed(2, "good")).value();
  EXPECT_EQ(restored.registrations[1].withdrawn, std::nullopt);
  EXPECT_EQ(restored.registrations[1].ended_withdrawals,
            std::vector({EndedWithdrawal{deed(1, "bad"), deed(2, "good")}}));

  const auto again = with_restoration(restored, digest("D2"), deed(3)).value();
  EXPECT_EQ(again, restored);  // it is no longer withdrawn
  EXPECT_EQ(with_restoration(file, digest("D9"), deed(3)).error().code(), Code::not_found);
}

TEST(Withdrawal, TakenBackMayReplaceAProvisionalLockButNoFinalOne) {
  auto better = registration("D2", 1);
  better.withdrawn = deed(1, "bad");
  auto file = lock_file({registration("D1", 1, {KnownAdvisory::ephemeral_tag}), better});
  file.locks = {lock_on("D1", 1, Lock::State::provisional)};
  const auto relocked = with_restoration(file, digest("D2"), deed(2)).value();
  ASSERT_NE(relocked.final_lock(), nullptr);
  EXPECT_EQ(relocked.final_lock()->digest, digest("D2"));
  EXPECT_EQ(relocked.superseded.size(), 1U);

  file.locks = {lock_on("D1", 1, Lock::State::final_)};
  EXPECT_EQ(with_restoration(file, digest("D2"), deed(2)).value().locks, file.locks);
}

TEST(Registering, AMismatchIsToldOfWhatHoldsTheVersionForAnotherRevision) {
  auto withdrawn = registration("D1", 1);
  withdrawn.withdrawn = deed(1, "bad");
  EXPECT_TRUE(stands_for_another_revision(lock_file({registration("D1", 1)}), rev(2)));
  EXPECT_FALSE(stands_for_another_revision(lock_file({registration("D1", 1)}), rev(1)));
  EXPECT_FALSE(stands_for_another_revision(lock_file({withdrawn}), rev(2)));
  EXPECT_FALSE(stands_for_another_revision(
      lock_file({registration("D1", 1, {KnownAdvisory::ephemeral_tag})}), rev(2)));
}

}  // namespace
}  // namespace sous::engine
