#include "engine/given_rules.h"

#include <gtest/gtest.h>

#include "support/samples.h"

namespace sous::engine {
namespace {

GivenEntry entry(std::uint64_t generation, std::string_view version, Outcome outcome) {
  return {.generation = generation,
          .version = support::version(version),
          .revision = support::rev(1),
          .image = support::image(version),
          .own_fingerprint = {},
          .effective_fingerprint = {},
          .given = support::deed(),
          .outcome = outcome,
          .outcome_reason = {}};
}

GivenRecord record(std::vector<GivenEntry> entries) {
  return {.deployment = DeploymentId::parse("here:github.com/team/project").value(),
          .entries = std::move(entries),
          .last_succeeded = {},
          .hold = {},
          .removed = {},
          .adopted_id = {}};
}

TEST(ActiveHold, EndsAtItsTime) {
  GivenRecord given = record({entry(1, "1.0.0", Outcome::succeeded)});
  EXPECT_EQ(active_hold(nullptr, support::at(0)), nullptr);
  EXPECT_EQ(active_hold(&given, support::at(0)), nullptr);
  given.hold = Hold{.held = support::deed(), .until = {}};
  EXPECT_NE(active_hold(&given, support::at(1'000'000)), nullptr);
  given.hold->until = support::at(10);
  EXPECT_NE(active_hold(&given, support::at(9)), nullptr);
  EXPECT_EQ(active_hold(&given, support::at(10)), nullptr);
}

TEST(RollbackTarget, IsTheLatestEarlierSuccess) {
  const auto given = record({entry(1, "1.0.0", Outcome::succeeded),
                             entry(2, "1.1.0", Outcome::succeeded),
                             entry(3, "1.2.0", Outcome::failed),
                             entry(4, "1.3.0", Outcome::succeeded)});
  ASSERT_NE(rollback_target(given), nullptr);
  EXPECT_EQ(rollback_target(given)->generation, 2U);
}

TEST(RollbackTarget, OfAFailedGenerationIsWhatStillServes) {
  const auto given =
      record({entry(1, "1.0.0", Outcome::succeeded), entry(2, "1.1.0", Outcome::failed)});
  ASSERT_NE(rollback_target(given), nullptr);
  EXPECT_EQ(rollback_target(given)->generation, 1U);
}

TEST(RollbackTarget, PassesOverTheSameVersionGivenAgain) {
  const auto given = record({entry(1, "1.0.0", Outcome::succeeded),
                             entry(2, "1.1.0", Outcome::succeeded),
                             entry(3, "1.1.0", Outcome::succeeded)});
  ASSERT_NE(rollback_target(given), nullptr);
  EXPECT_EQ(rollback_target(given)->generation, 1U);
}

TEST(RollbackTarget, IsRememberedBeyondTheKeptEntries) {
  auto given = record({entry(21, "1.1.0", Outcome::failed), entry(22, "1.2.0", Outcome::failed)});
  EXPECT_EQ(rollback_target(given), nullptr);
  given.last_succeeded = entry(7, "1.0.0", Outcome::succeeded);
  ASSERT_NE(rollback_target(given), nullptr);
  EXPECT_EQ(rollback_target(given)->generation, 7U);
}

}  // namespace
}  // namespace sous::engine
