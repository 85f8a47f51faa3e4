#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/gdm.h"
#include "model/given.h"
#include "model/lock.h"
#include "model/manifest.h"
#include "model/operation.h"
#include "model/plan.h"

namespace sous {
namespace {

Revision revision(char digit) { return Revision::parse(std::string(40, digit)).value(); }

Digest digest(std::string_view seed) { return Digest::sha256_of(seed); }

Lock lock(std::string_view seed, char digit, Lock::State state) {
  return {.digest = digest(seed),
          .revision = revision(digit),
          .state = state,
          .made = {},
          .evidence = {}};
}

GivenEntry entry(std::uint64_t generation) {
  return {.generation = generation,
          .version = Version(1, 0, generation),
          .revision = {},
          .image = ImageByDigest::parse("registry.example/p@" + digest("image").str()).value(),
          .own_fingerprint = {},
          .effective_fingerprint = {},
          .given = {},
          .outcome = Outcome::pending,
          .outcome_reason = {}};
}

GivenRecord record() {
  return {.deployment = DeploymentId::parse("prod:github.com/user/project").value(),
          .entries = {},
          .last_succeeded = {},
          .hold = {},
          .removed = {},
          .adopted_id = {}};
}

TEST(LockFile, FindsLocksAndRegistrations) {
  LockFile file{.source = SourceId::parse("github.com/user/project,1.0.0").value(),
                .registrations = {},
                .locks = {lock("a", 'a', Lock::State::provisional)},
                .superseded = {}};
  EXPECT_EQ(file.final_lock(), nullptr);
  file.locks.push_back(lock("b", 'b', Lock::State::final_));
  ASSERT_NE(file.final_lock(), nullptr);
  EXPECT_EQ(file.final_lock()->digest, digest("b"));
  EXPECT_EQ(file.lock_of(revision('a')), &file.locks[0]);
  EXPECT_EQ(file.lock_of(revision('c')), nullptr);

  file.registrations.push_back({.digest = digest("a"), .revision = revision('a')});
  EXPECT_EQ(file.registration_of(digest("a")), &file.registrations[0]);
  EXPECT_EQ(file.registration_of(digest("b")), nullptr);
}

TEST(GivenRecord, KeepsTheLastTenEntries) {
  GivenRecord given = record();
  for (std::uint64_t generation = 1; generation <= 12; ++generation) {
    given.give(entry(generation));
  }
  ASSERT_EQ(given.entries.size(), 10U);
  EXPECT_EQ(given.entries.front().generation, 3U);
  EXPECT_EQ(given.current().generation, 12U);
}

TEST(GivenRecord, RemembersTheLatestThatSucceeded) {
  GivenRecord given = record();
  given.give(entry(1));
  given.give(entry(2));
  given.give(entry(3));
  given.conclude(2, Outcome::succeeded, "healthy");
  given.conclude(3, Outcome::failed, "crashed");
  EXPECT_EQ(given.entries[2].outcome, Outcome::failed);
  EXPECT_EQ(given.entries[2].outcome_reason, "crashed");
  ASSERT_TRUE(given.last_succeeded);
  EXPECT_EQ(given.last_succeeded->generation, 2U);
  EXPECT_EQ(given.last_succeeded->outcome, Outcome::succeeded);

  given.conclude(1, Outcome::succeeded, "a late report");
  EXPECT_EQ(given.last_succeeded->generation, 2U);

  const GivenRecord before = given;
  given.conclude(9, Outcome::succeeded, "not kept");
  EXPECT_EQ(given, before);
}

TEST(Kind, ReadsWhatItPrints) {
  for (const Kind kind :
       {Kind::http_service, Kind::worker, Kind::on_demand, Kind::scheduled, Kind::once}) {
    EXPECT_EQ(parse_kind(kind_text(kind)), kind);
  }
  EXPECT_EQ(kind_text(Kind::http_service), "http-service");
  EXPECT_FALSE(parse_kind("scheduled-job"));
  EXPECT_FALSE(parse_kind(""));
}

TEST(Startup, MergesAbsentFieldsOnly) {
  Startup own;
  own.skip_check = false;
  own.timeout = 0;
  own.check_ready_failure_statuses = std::vector<std::uint32_t>{};
  Startup defaults;
  defaults.skip_check = true;
  defaults.timeout = 10;
  defaults.connect_delay = 1;
  defaults.connect_interval = 2;
  defaults.check_ready_protocol = "HTTPS";
  defaults.check_ready_uri_path = "/health";
  defaults.check_ready_port_index = 3;
  defaults.check_ready_failure_statuses = std::vector<std::uint32_t>{500};
  defaults.check_ready_uri_timeout = 4;
  defaults.check_ready_interval = 5;
  defaults.check_ready_retries = 6;

  Startup expected = defaults;
  expected.skip_check = false;
  expected.timeout = 0;
  expected.check_ready_failure_statuses = std::vector<std::uint32_t>{};
  EXPECT_EQ(own.merged_over(defaults), expected);
  EXPECT_EQ(Startup{}.merged_over(defaults), defaults);
  EXPECT_EQ(own.merged_over(Startup{}), own);
}

TEST(DeploySpec, ReadsItsResources) {
  DeploySpec spec;
  spec.resources = {{"cpus", "0.25"}, {"memory", "512"}, {"ports", "3"}};
  EXPECT_DOUBLE_EQ(spec.cpus(), 0.25);
  EXPECT_DOUBLE_EQ(spec.memory_mb(), 512);
  EXPECT_EQ(spec.ports(), 3U);
}

TEST(DeploySpec, TakesDefaultsForAbsentAndUnreadableResources) {
  DeploySpec spec;
  EXPECT_DOUBLE_EQ(spec.cpus(), 0.1);
  EXPECT_DOUBLE_EQ(spec.memory_mb(), 100);
  EXPECT_EQ(spec.ports(), 1U);
  for (const std::string bad : {"", "x", "1x", " 1", "-1", "nan", "inf", "1e999"}) {
    spec.resources = {{"cpus", bad}, {"memory", bad}, {"ports", bad}};
    EXPECT_DOUBLE_EQ(spec.cpus(), 0.1) << bad;
    EXPECT_DOUBLE_EQ(spec.memory_mb(), 100) << bad;
    EXPECT_EQ(spec.ports(), 1U) << bad;
  }
  spec.resources = {{"ports", "4294967296"}};
  EXPECT_EQ(spec.ports(), 1U);
}

TEST(Gdm, FindsRecordsByWhatTheyAreAbout) {
  Gdm gdm;
  const auto source = SourceId::parse("github.com/user/project,1.0.0").value();
  const auto with_build = SourceId::parse("github.com/user/project,1.0.0+abcdef0").value();
  gdm.locks.emplace(source, LockFile{.source = source});
  EXPECT_NE(gdm.lock_file(with_build), nullptr) << "build metadata does not name another version";
  EXPECT_EQ(gdm.lock_file(SourceId::parse("github.com/user/project,1.0.1").value()), nullptr);

  const GivenRecord given = record();
  EXPECT_EQ(gdm.given_record(given.deployment), nullptr);
  gdm.given.emplace(given.deployment, given);
  EXPECT_NE(gdm.given_record(given.deployment), nullptr);
}

TEST(Plan, CountsEveryKindOfAction) {
  Plan plan;
  EXPECT_EQ(plan.counts().size(), 8U);
  const auto id = DeploymentId::parse("prod:github.com/user/project").value();
  plan.actions.push_back({.id = id, .kind = ActionKind::create});
  plan.actions.push_back({.id = id, .kind = ActionKind::create});
  plan.actions.push_back({.id = id, .kind = ActionKind::undecided});
  EXPECT_EQ(plan.counts().at(ActionKind::create), 2U);
  EXPECT_EQ(plan.counts().at(ActionKind::undecided), 1U);
  EXPECT_EQ(plan.counts().at(ActionKind::remove), 0U);
}

TEST(Texts, NameEveryEnumerator) {
  EXPECT_EQ(action_text(ActionKind::replace_image), "replace_image");
  EXPECT_EQ(health_text(Health::healthy), "healthy");
  EXPECT_EQ(operation_state_text(OperationState::unverified), "unverified");
  EXPECT_EQ(rule_text(Rule::fewest_advisories), "fewest_advisories");
  for (int i = 0; i <= static_cast<int>(Rule::digest); ++i) {
    EXPECT_FALSE(rule_text(static_cast<Rule>(i)).empty()) << i;
  }
}

}  // namespace
}  // namespace sous
