#include "engine/plan.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "engine/spec_fields.h"
#include "support/samples.h"

namespace sous::engine {
namespace {

using support::at;
using support::cluster;
using support::deed;
using support::digest;
using support::image;
using support::manifest_id;
using support::rev;

constexpr WallTime kNow{std::chrono::seconds(1000)};

DeploymentId id(std::string_view name = "github.com/team/project", std::string_view where = "c1") {
  return {manifest_id(name), cluster(where)};
}

// A small world in which everything was given and runs as given; each test spoils something.
struct World {
  Gdm gdm;
  Ads ads;
  std::map<DeploymentId, ChosenImage> chosen;
  PlanPolicy policy;

  World() {
    gdm.revision = "r1";
    gdm.id = "ours";
    add_cluster("c1");
  }

  void add_cluster(std::string_view name) {
    gdm.definitions.clusters.emplace(cluster(name), ClusterDefinition{.name = cluster(name)});
    ads.push_back(
        {.cluster = cluster(name), .completeness = {}, .observed_at = kNow, .deployments = {}});
  }

  DeploySpec& want(const DeploymentId& which, std::string_view version = "1.2.3") {
    auto& manifest =
        gdm.manifests.try_emplace(which.manifest, Manifest{which.manifest}).first->second;
    auto& spec = manifest.deployments[which.cluster];
    spec.version = support::version(version);
    return spec;
  }

  // Records that what is wanted now was given, from the image `seed`.
  GivenRecord& give(const DeploymentId& which,
                    std::string_view seed = "D1",
                    std::uint64_t generation = 3) {
    const auto& spec = gdm.manifests.at(which.manifest).deployments.at(which.cluster);
    const auto deployment =
        expand(gdm.manifests.at(which.manifest), spec, gdm.definitions.clusters.at(which.cluster));
    GivenRecord record{.deployment = which, .entries = {}};
    record.give({.generation = generation,
                 .version = spec.version,
                 .revision = rev(1),
                 .image = image(seed),
                 .own_fingerprint = deployment.own_fingerprint,
                 .effective_fingerprint = deployment.effective_fingerprint,
                 .given = deed(),
                 .outcome = Outcome::succeeded,
                 .outcome_reason = {}});
    return gdm.given.insert_or_assign(which, std::move(record)).first->second;
  }

  ObservedDeployment& run(const DeploymentId& which,
                          std::string_view seed = "D1",
                          std::uint64_t generation = 3) {
    for (auto& observation : ads) {
      if (observation.cluster == which.cluster) {
        observation.deployments.push_back({.id = which,
                                           .gdm_id = "ours",
                                           .generation = generation,
                                           .scheduler_id = "s1",
                                           .asked = image(seed),
                                           .running = digest(seed),
                                           .health = Health::healthy,
                                           .instances = 1});
        return observation.deployments.back();
      }
    }
    throw std::logic_error("no such cluster");
  }

  void choose(const DeploymentId& which, std::string_view seed, Advisories advisories = {}) {
    chosen.insert_or_assign(
        which,
        ChosenImage{Decided{.image = image(seed), .revision = rev(1)}, std::move(advisories)});
  }

  DeploySpec& steady(const DeploymentId& which) {
    DeploySpec& spec = want(which);
    give(which);
    run(which);
    return spec;
  }

  Plan plan() const { return engine::plan(gdm, ads, chosen, policy, kNow); }

  Action only() const {
    auto all = plan().actions;
    EXPECT_EQ(all.size(), 1U);
    return all.at(0);
  }
};

void expect(const World& world, ActionKind kind, std::string_view reason) {
  const auto action = world.only();
  EXPECT_EQ(action_text(action.kind), action_text(kind)) << action.reason;
  EXPECT_NE(action.reason.find(reason), std::string::npos) << action.reason;
}

// ---- each kind ---------------------------------------------------------------

TEST(Plan, WhatRunsAsGivenNeedsNothing) {
  World world;
  world.steady(id());
  expect(world, ActionKind::nothing, "runs as given");
}

TEST(Plan, WhatDoesNotRunIsCreated) {
  World world;
  world.want(id());
  world.choose(id(), "D1");
  expect(world, ActionKind::create, "does not run");
  EXPECT_EQ(world.only().to, image("D1"));
  EXPECT_EQ(world.only().precondition.manifest_revision, "r1");
  // Given and gone: the given image again, without any choice.
  World gone;
  gone.want(id());
  gone.give(id());
  expect(gone, ActionKind::create, "does not run");
  EXPECT_EQ(gone.only().to, image("D1"));
}

TEST(Plan, AStoppedOneIsCreatedAgainUnlessItWasToRunOnce) {
  World world;
  world.want(id());
  world.give(id());
  world.run(id()).health = Health::stopped;
  expect(world, ActionKind::create, "stopped");
  world.gdm.manifests.begin()->second.kind = Kind::once;
  world.give(id());
  expect(world, ActionKind::nothing, "runs as given");
}

TEST(Plan, AChangedSpecificationUpdates) {
  World world;
  world.steady(id()).env["COLOUR"] = "blue";
  expect(world, ActionKind::update, "specification changed");
  EXPECT_EQ(world.only().to, image("D1"));
  EXPECT_EQ(world.only().differences.size(), 1U);
}

TEST(Plan, AnotherNumberOfInstancesScales) {
  World world;
  world.steady(id()).num_instances = 3;
  expect(world, ActionKind::scale, "number of instances");
  EXPECT_EQ(world.only().differences.at(0), (FieldDifference{"NumInstances", "1", "3"}));
}

TEST(Plan, DifferencesNameTheFieldsThatTheClusterRecorded) {
  World world;
  auto& spec = world.want(id());
  spec.env["COLOUR"] = "red";
  world.give(id());
  world.run(id()).spec_fields = spec_fields(Kind::http_service, spec);
  spec.env["COLOUR"] = "blue";
  spec.num_instances = 3;
  expect(world, ActionKind::update, "specification changed");
  EXPECT_EQ(
      world.only().differences,
      (std::vector<FieldDifference>{{"Env.COLOUR", "red", "blue"}, {"NumInstances", "1", "3"}}));
}

TEST(Plan, AMissingInstanceScales) {
  World world;
  auto& spec = world.want(id());
  spec.num_instances = 3;
  world.give(id());
  world.run(id()).instances = 2;
  expect(world, ActionKind::scale, "number of instances");
  // While it is still coming up, instances are expected to be missing.
  world.ads[0].deployments[0].health = Health::pending;
  expect(world, ActionKind::nothing, "runs as given");
}

TEST(Plan, AnotherVersionReplacesTheImage) {
  World world;
  world.steady(id()).version = support::version("1.3.0");
  expect(world, ActionKind::undecided, "not looked for");
  world.choose(id(), "D2");
  expect(world, ActionKind::replace_image, "1.3.0");
  EXPECT_EQ(world.only().from, digest("D1"));
  EXPECT_EQ(world.only().to, image("D2"));
}

TEST(Plan, OtherMetadataOfTheVersionAloneIsNoOtherVersion) {
  World world;
  world.steady(id()).version = support::version("1.2.3+" + rev(1).str().substr(0, 8));
  expect(world, ActionKind::nothing, "runs as given");
  world.want(id()).version = support::version("1.2.3+abcdefab");
  world.choose(id(), "D2");
  expect(world, ActionKind::replace_image, "1.2.3");
}

TEST(Plan, WhatHasNoEntryAnyMoreIsRemoved) {
  World world;
  world.steady(id());
  world.gdm.manifests.clear();
  expect(world, ActionKind::remove, "entry is gone");
}

TEST(Plan, AnIndexedChoiceThatIsUndecidedSaysWhatIsMissing) {
  World world;
  world.want(id());
  world.chosen.emplace(id(), ChosenImage{Undecided{{"tag 7", "tag 8"}}, {}});
  expect(world, ActionKind::undecided, "tag 7; tag 8");
}

TEST(Plan, AVersionLockedToAnotherRevisionIsBlocked) {
  World world;
  world.want(id());
  world.chosen.emplace(
      id(),
      ChosenImage{LockedElsewhere{support::lock_on("D1", 1, Lock::State::final_), rev(2).str()},
                  {}});
  expect(world, ActionKind::blocked, "locked to revision");
}

// ---- advisories --------------------------------------------------------------

TEST(PlanAdvisories, ADisallowedOneBlocksGiving) {
  World world;
  world.want(id());
  world.choose(id(), "D1", {KnownAdvisory::dirty_workspace});
  expect(world, ActionKind::blocked, "Advisory unacceptable on image: dirty workspace");
  EXPECT_EQ(world.only().to, std::nullopt);
  world.gdm.definitions.clusters.begin()->second.allowed_advisories = {
      KnownAdvisory::dirty_workspace};
  expect(world, ActionKind::create, "");
}

TEST(PlanAdvisories, WhatARecordGaveIsOnlyWarnedOf) {
  World world;
  world.steady(id());
  auto file =
      support::lock_file({support::registration("D1", 1, {KnownAdvisory::dirty_workspace})});
  world.gdm.locks.emplace(support::project(), file);
  expect(world, ActionKind::nothing, "runs as given");
  ASSERT_EQ(world.only().alarms.size(), 1U);
  EXPECT_NE(world.only().alarms[0].find("dirty workspace"), std::string::npos);
  world.policy.choose_anew = true;
  world.choose(id(), "D1", {KnownAdvisory::dirty_workspace});
  expect(world, ActionKind::nothing, "runs as given");
}

TEST(PlanAdvisories, I12NoInstancesAreNotRejectedForThem) {
  World world;
  world.want(id()).num_instances = 0;
  world.choose(id(), "D1", {KnownAdvisory::dirty_workspace});
  expect(world, ActionKind::nothing, "no instances wanted");
}

// ---- removal -----------------------------------------------------------------

TEST(PlanRemoval, NeedsThisGdmsIdAndARecord) {
  for (const std::string other : {"theirs", ""}) {
    World world;
    world.steady(id());
    world.gdm.manifests.clear();
    world.ads[0].deployments[0].gdm_id = other;
    EXPECT_TRUE(world.plan().actions.empty()) << other;
  }
  World unknown;
  unknown.run(id());
  EXPECT_TRUE(unknown.plan().actions.empty());
}

TEST(PlanRemoval, ABrokenManifestHidesNothingAndRemovesNothing) {
  World world;
  world.steady(id());
  world.gdm.manifests.clear();
  world.gdm.broken.push_back(
      {"manifests/github.com/team/project.yaml", id().manifest, {"1:1: no"}});
  expect(world, ActionKind::blocked, "manifest unreadable");
  world.ads[0].deployments.clear();
  expect(world, ActionKind::blocked, "manifest unreadable");
}

TEST(PlanRemoval, ABrokenRecordBlocksItsDeployment) {
  World world;
  world.want(id());
  world.choose(id(), "D1");
  world.gdm.broken.push_back({"given/github.com/team/project/c1.yaml", id().manifest, {"1:1: no"}});
  expect(world, ActionKind::blocked, "given record unreadable");
}

TEST(PlanRemoval, IsHeldAndWaitsForNewerGenerations) {
  World world;
  world.steady(id());
  world.gdm.manifests.clear();
  world.gdm.given.begin()->second.hold = Hold{deed(0, "demo day"), std::nullopt};
  expect(world, ActionKind::blocked, "held by Ada <ada@example.org>: demo day");
  world.policy.ignore_holds = true;
  expect(world, ActionKind::remove, "");
  world.ads[0].deployments[0].generation = 4;
  expect(world, ActionKind::undecided, "newer GDM");
}

TEST(PlanRemoval, WhatIsGoneIsConcludedAndWhatWasNotSeenIsNot) {
  World world;
  world.steady(id());
  world.gdm.manifests.clear();
  world.ads[0].deployments.clear();
  expect(world, ActionKind::remove, "entry is gone");
  world.ads[0].completeness = support::unread();
  expect(world, ActionKind::undecided, "only in part");
  world.gdm.given.begin()->second.removed = deed();
  EXPECT_TRUE(world.plan().actions.empty());
}

TEST(PlanRemoval, ARemovedRecordsDigestIsNotUsedAgain) {
  World world;
  world.want(id());
  world.give(id()).removed = deed();
  expect(world, ActionKind::undecided, "not looked for");
  world.choose(id(), "D2");
  expect(world, ActionKind::create, "");
  EXPECT_EQ(world.only().to, image("D2"));
}

// ---- the guard ---------------------------------------------------------------

World many(std::size_t count) {
  World world;
  for (std::size_t i = 0; i < count; ++i) {
    world.steady(id("github.com/team/p" + std::to_string(i)));
  }
  return world;
}

std::size_t count(const World& world, ActionKind kind) { return world.plan().counts().at(kind); }

void remove_some(World& world, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    world.gdm.manifests.erase(manifest_id("github.com/team/p" + std::to_string(i)));
  }
}

TEST(PlanGuard, ThreeRemovalsAreFreeAndFourOfTwentyAreNot) {
  auto three = many(20);
  remove_some(three, 3);
  EXPECT_EQ(count(three, ActionKind::remove), 3U);
  auto four = many(20);
  remove_some(four, 4);
  EXPECT_EQ(count(four, ActionKind::remove), 0U);
  EXPECT_EQ(count(four, ActionKind::blocked), 4U);
  four.policy.confirmed = 3;
  EXPECT_EQ(count(four, ActionKind::remove), 0U);
  four.policy.confirmed = 4;
  EXPECT_EQ(count(four, ActionKind::remove), 4U);
}

TEST(PlanGuard, ATenthOfTheClusterIsFree) {
  auto world = many(40);
  remove_some(world, 4);
  EXPECT_EQ(count(world, ActionKind::remove), 4U);
  remove_some(world, 5);
  EXPECT_EQ(count(world, ActionKind::remove), 0U);
}

TEST(PlanGuard, StopsAndRestartsCountToo) {
  auto stops = many(20);
  auto restarts = many(20);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto one = id("github.com/team/p" + std::to_string(i));
    stops.want(one).num_instances = 0;
    restarts.want(one).env["COLOUR"] = "blue";
  }
  EXPECT_EQ(count(stops, ActionKind::blocked), 4U);
  EXPECT_EQ(count(restarts, ActionKind::blocked), 4U);
  restarts.policy.confirmed = 4;
  EXPECT_EQ(count(restarts, ActionKind::update), 4U);
}

TEST(PlanGuard, CountsOnlyWhatThePlanIsFor) {
  auto world = many(20);
  remove_some(world, 4);
  const auto one = id("github.com/team/p9");
  world.want(one).env["COLOUR"] = "blue";
  world.policy.only = Filter::of(one.manifest);
  expect(world, ActionKind::update, "specification changed");
}

TEST(PlanScope, OnlyTheVersionsThatAreAskedFor) {
  auto world = many(5);
  const auto one = id("github.com/team/p3");
  world.want(one).version = Version::parse("9.9.9").value();
  world.policy.only.tag = Version::parse("9.9.9").value();
  EXPECT_EQ(world.only().id, one);
  EXPECT_EQ(world.plan().actions.size(), 1U);
}

TEST(PlanGuard, DeploymentsOfOthersDoNotMakeTheClusterBigger) {
  auto world = many(20);
  for (std::size_t i = 0; i < 100; ++i) {
    world.run(id("github.com/else/p" + std::to_string(i))).gdm_id = "theirs";
  }
  remove_some(world, 4);
  EXPECT_EQ(count(world, ActionKind::remove), 0U);
}

// ---- whose it is -------------------------------------------------------------

TEST(PlanOwner, ANewerGenerationIsNeverReverted) {
  World world;
  world.steady(id()).env["COLOUR"] = "blue";
  world.ads[0].deployments[0].generation = 4;
  expect(world, ActionKind::undecided, "given by a newer GDM");
  world.gdm.given.clear();
  world.choose(id(), "D1");
  expect(world, ActionKind::undecided, "given by a newer GDM");
}

TEST(PlanOwner, AnotherGdmsIsBlockedUnlessAdopted) {
  World world;
  world.want(id());
  world.run(id()).gdm_id = "theirs";
  world.choose(id(), "D2");
  expect(world, ActionKind::blocked, "another GDM (theirs)");
  world.policy.adopt = true;
  world.policy.choose_anew = true;
  expect(world, ActionKind::replace_image, "");
}

TEST(PlanOwner, OursCountsWhereTwoGdmsRunTheSameDeployment) {
  World world;
  world.steady(id());
  world.run(id(), "D9", 99).gdm_id = "theirs";
  expect(world, ActionKind::nothing, "runs as given");
  std::swap(world.ads[0].deployments[0], world.ads[0].deployments[1]);
  expect(world, ActionKind::nothing, "runs as given");
}

World unrecorded() {
  World world;
  world.want(id());
  auto& seen = world.run(id(), "D1", 0);
  seen.gdm_id = "";
  seen.scheduler_id = "project-c1-abc";
  seen.source = support::project();
  seen.revision = rev(1);
  return world;
}

TEST(PlanAdoption, ARunningImageOfTheVersionIsRecordedWithoutAChoice) {
  auto world = unrecorded();
  expect(world, ActionKind::update, "adopted");
  EXPECT_EQ(world.only().to, image("D1"));
  EXPECT_EQ(world.only().adopts, "project-c1-abc");
  EXPECT_TRUE(world.only().alarms.empty());
}

TEST(PlanAdoption, AHigherRankingImageIsAnAlarmAndNoReplacement) {
  auto world = unrecorded();
  world.choose(id(), "D2");
  expect(world, ActionKind::update, "adopted");
  EXPECT_EQ(world.only().to, image("D1"));
  EXPECT_EQ(world.only().alarms.size(), 1U);
}

TEST(PlanAdoption, AnotherVersionIsNotOursToChange) {
  auto world = unrecorded();
  world.want(id()).version = support::version("2.0.0");
  world.choose(id(), "D2");
  expect(world, ActionKind::blocked, "--adopt");
}

TEST(PlanAdoption, WhatWasAdoptedIsOursByTheSchedulersOwnId) {
  auto world = unrecorded();
  world.give(id(), "D1", 1).adopted_id = "project-c1-abc";
  expect(world, ActionKind::nothing, "runs as given");
  world.want(id()).env["COLOUR"] = "blue";
  expect(world, ActionKind::update, "specification changed");
  world.ads[0].deployments[0].scheduler_id = "somebody else's";
  expect(world, ActionKind::blocked, "--adopt");
}

TEST(PlanAdoption, ADeployDecidesAnew) {
  auto world = unrecorded();
  world.policy.choose_anew = true;
  world.policy.adopt = true;
  world.choose(id(), "D2");
  expect(world, ActionKind::replace_image, "");
}

// ---- defaults, partial observations, holds, failures ---------------------------

TEST(PlanDefaults, ChangedDefaultsAreShownAsSuch) {
  World world;
  world.steady(id());
  world.gdm.definitions.clusters.begin()->second.env["REGION"] = "south";
  expect(world, ActionKind::update, "defaults");
  EXPECT_TRUE(is_defaults_update(world.only()));
  // Missing instances besides do not smuggle them in.
  world.ads[0].deployments[0].instances = 0;
  EXPECT_TRUE(is_defaults_update(world.only()));
  // An own change does carry them along.
  world.want(id()).env["COLOUR"] = "blue";
  EXPECT_FALSE(is_defaults_update(world.only()));
}

TEST(PlanDefaults, DoNotCountAsRestarts) {
  auto world = many(20);
  world.gdm.definitions.clusters.begin()->second.env["REGION"] = "south";
  EXPECT_EQ(count(world, ActionKind::update), 20U);
}

TEST(PlanPartial, OnlyWhatWasSeenGetsActions) {
  World world;
  world.steady(id()).env["COLOUR"] = "blue";
  world.want(id("github.com/team/unseen"));
  world.choose(id("github.com/team/unseen"), "D5");
  world.ads[0].completeness = support::unread();
  const auto actions = world.plan().actions;
  ASSERT_EQ(actions.size(), 2U);
  EXPECT_EQ(actions[0].kind, ActionKind::update);
  EXPECT_EQ(actions[1].kind, ActionKind::undecided);
}

TEST(PlanHold, BlocksADifferenceAndNothingElse) {
  World world;
  world.steady(id());
  auto& hold = world.gdm.given.begin()->second.hold;
  hold = Hold{deed(0, "demo day"), std::nullopt};
  expect(world, ActionKind::nothing, "runs as given");
  world.want(id()).env["COLOUR"] = "blue";
  expect(world, ActionKind::blocked, "held by Ada <ada@example.org>: demo day");
  hold->until = kNow;  // over
  expect(world, ActionKind::update, "");
  hold->until = kNow + std::chrono::seconds(1);
  expect(world, ActionKind::blocked, "held");
  world.policy.ignore_holds = true;
  expect(world, ActionKind::update, "");
}

TEST(PlanHold, StopsNothing) {
  World world;
  world.steady(id()).num_instances = 0;
  expect(world, ActionKind::scale, "stopped");
  world.gdm.given.begin()->second.hold = Hold{deed(0, "demo day"), std::nullopt};
  expect(world, ActionKind::blocked, "held");
}

World failed() {
  World world;
  world.want(id());
  auto& record = world.give(id(), "D2", 4);
  record.conclude(4, Outcome::failed, "exit status 3");
  world.run(id(), "D1", 3);
  return world;
}

TEST(PlanFailed, AFailedGenerationWaitsForAChange) {
  auto world = failed();
  expect(world, ActionKind::blocked, "generation failed: exit status 3");
  world.want(id()).env["COLOUR"] = "blue";
  expect(world, ActionKind::replace_image, "");
}

TEST(PlanFailed, AlsoWhereItIsWhatRunsBadly) {
  auto world = failed();
  world.ads[0].deployments.clear();
  world.run(id(), "D2", 4).health = Health::failed;
  expect(world, ActionKind::blocked, "generation failed");
  world.ads[0].deployments[0].health = Health::healthy;  // it came round
  expect(world, ActionKind::nothing, "runs as given");
}

TEST(PlanFailed, ADeployOrForceTriesAgain) {
  auto world = failed();
  world.policy.choose_anew = true;
  world.choose(id(), "D2");
  expect(world, ActionKind::replace_image, "");
  auto forced = failed();
  forced.policy.force = true;
  expect(forced, ActionKind::replace_image, "");
}

TEST(PlanForce, GivesTheSameAgain) {
  World world;
  world.steady(id());
  world.policy.choose_anew = true;
  world.choose(id(), "D1");
  expect(world, ActionKind::nothing, "runs as given");
  world.policy.force = true;
  expect(world, ActionKind::update, "on request");
}

TEST(PlanPending, WhatWasGivenAndNotTakenIsGivenAgain) {
  World world;
  world.want(id());
  world.give(id(), "D1", 4).entries.back().outcome = Outcome::pending;
  world.run(id(), "D1", 3);
  expect(world, ActionKind::update, "generation 4 was given and does not run");
  world.ads[0].deployments[0].generation = 4;
  expect(world, ActionKind::update, "not known yet");
}

TEST(PlanSpecification, WhatRunsWithAnotherOneIsUpdated) {
  World world;
  world.steady(id());
  world.ads[0].deployments[0].effective_fingerprint = "changed by hand";
  expect(world, ActionKind::update, "another specification");
}

TEST(PlanImage, ADigestThatRunsUnaskedIsAnAlarm) {
  World world;
  world.steady(id());
  world.ads[0].deployments[0].running = digest("surprise");
  expect(world, ActionKind::nothing, "");
  EXPECT_EQ(world.only().alarms.size(), 1U);
  world.ads[0].deployments[0].running.reset();  // not started yet is no surprise
  EXPECT_TRUE(world.only().alarms.empty());
  world.ads[0].deployments[0].running = digest("surprise");
  world.ads[0].deployments[0].asked.reset();
  expect(world, ActionKind::replace_image, "");
}

TEST(PlanImage, ADifferenceOfTheNameAloneIsNoAction) {
  World world;
  world.steady(id());
  world.ads[0].deployments[0].asked->repository = support::repository("mirror.example/x");
  expect(world, ActionKind::nothing, "runs as given");
}

TEST(PlanImage, NoneAfterCompleteScansIsBlocked) {
  World world;
  world.want(id());
  world.chosen.emplace(id(), ChosenImage{NoImage{}, {}});
  expect(world, ActionKind::blocked, "no image");
}

TEST(PlanVersion, NoneYetIsNothing) {
  for (const auto* none : {"0", "0.0", "0.0.0"}) {
    World world;
    world.want(id(), none);
    expect(world, ActionKind::nothing, "no version yet");
  }
}

TEST(PlanInstances, NoneAreNeverCreatedAndARunningOneIsStopped) {
  World world;
  world.steady(id()).num_instances = 0;
  expect(world, ActionKind::scale, "stopped");
  EXPECT_EQ(world.only().to, std::nullopt);
  world.ads[0].deployments[0].health = Health::stopped;
  expect(world, ActionKind::nothing, "no instances wanted");
  world.ads[0].deployments.clear();
  expect(world, ActionKind::nothing, "no instances wanted");
}

TEST(PlanOrder, IsByManifestThenClusterWithTheUndefinedAmongThem) {
  World world;
  world.add_cluster("c3");
  for (const auto* where : {"c3", "c1"}) {
    world.steady(id("github.com/team/b", where));
  }
  world.want(id("github.com/team/b", "c2"));  // no such cluster
  world.steady(id("github.com/team/a", "c3"));
  const auto actions = world.plan().actions;
  ASSERT_EQ(actions.size(), 4U);
  EXPECT_TRUE(std::ranges::is_sorted(actions, {}, &Action::id));
  EXPECT_EQ(actions[2].kind, ActionKind::blocked);
  EXPECT_NE(actions[2].reason.find("c2"), std::string::npos);
}

TEST(PlanScope, OnlyObservedClustersArePlannedFor) {
  World world;
  world.steady(id());
  world.ads.clear();
  EXPECT_TRUE(world.plan().actions.empty());
}

}  // namespace
}  // namespace sous::engine
