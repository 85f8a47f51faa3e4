#include "engine/rectifier.h"

#include <string>

#include <gtest/gtest.h>

#include "support/samples.h"

namespace sous::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using support::digest;
using Machine = Rectification;

constexpr MonoTime kStart{seconds(1000)};

RectifyGoal goal() {
  return {.generation = 7,
          .digest = digest("new"),
          .health_limit = seconds(60),
          .poll = milliseconds(250),
          .retry = {.base = milliseconds(100), .ceiling = seconds(1), .max_attempts = 3}};
}

ObservedDeployment seen(Health health, std::uint64_t generation = 7) {
  return {.id = DeploymentId::parse("c1:github.com/team/project").value(),
          .generation = generation,
          .running = digest(generation == 7 ? "new" : "old"),
          .health = health,
          .message = {}};
}

ObservedDeployment saying(Health health, std::string message) {
  auto out = seen(health);
  out.message = std::move(message);
  return out;
}

template <typename Step>
const Step* as(const Machine::Call& call) {
  return std::get_if<Step>(&call);
}

// A machine whose order the cluster has just taken.
Machine waiting() {
  Machine machine(goal());
  machine.start();
  machine.applied(ok(), kStart, 0);
  return machine;
}

Error error(Code code) { return {code, "it said no"}; }

TEST(Rectification, GoesFromQueuedOverApplyingAndWaitingToSucceeded) {
  Machine machine(goal());
  EXPECT_EQ(machine.state(), OperationState::queued);
  ASSERT_NE(as<Machine::Apply>(machine.start()), nullptr);
  EXPECT_EQ(machine.state(), OperationState::applying);
  const auto look = machine.applied(ok(), kStart, 0);
  ASSERT_NE(as<Machine::Look>(look), nullptr);
  EXPECT_EQ(as<Machine::Look>(look)->after, Duration{0});
  EXPECT_EQ(machine.state(), OperationState::waiting);
  const auto again = machine.looked(seen(Health::pending), kStart + seconds(1), 0);
  ASSERT_NE(as<Machine::Look>(again), nullptr);
  EXPECT_EQ(as<Machine::Look>(again)->after, milliseconds(250));
  const auto settle = machine.looked(seen(Health::healthy), kStart + seconds(2), 0);
  ASSERT_NE(as<Machine::Settle>(settle), nullptr);
  EXPECT_TRUE(as<Machine::Settle>(settle)->succeeded);
  EXPECT_EQ(machine.state(), OperationState::waiting);  // not before it is settled
  ASSERT_NE(as<Machine::End>(machine.settled(ok(), 0)), nullptr);
  EXPECT_EQ(machine.state(), OperationState::succeeded);
  EXPECT_EQ(machine.last_seen()->health, Health::healthy);
}

TEST(Rectification, ALostAnswerToApplyIsAskedForAgain) {
  for (const Code code : {Code::timeout, Code::unverified, Code::unavailable}) {
    Machine machine(goal());
    machine.start();
    const auto again = machine.applied(error(code), kStart, 0);
    ASSERT_NE(as<Machine::Apply>(again), nullptr) << code_name(code);
    EXPECT_EQ(as<Machine::Apply>(again)->after, milliseconds(50));
    EXPECT_NE(as<Machine::Look>(machine.applied(ok(), kStart, 0)), nullptr);
    EXPECT_EQ(machine.reason(), "");
  }
}

TEST(Rectification, WhatWasNeverAnsweredIsUnverifiedNotFailed) {
  Machine machine(goal());
  machine.start();
  machine.applied(error(Code::timeout), kStart, 0);
  machine.applied(error(Code::timeout), kStart, 0);
  ASSERT_NE(as<Machine::End>(machine.applied(error(Code::timeout), kStart, 0)), nullptr);
  EXPECT_EQ(machine.state(), OperationState::unverified);
  EXPECT_EQ(machine.reason(), "it said no");
}

TEST(Rectification, ARefusedOrderIsSettledAsFailed) {
  Machine machine(goal());
  machine.start();
  const auto settle = machine.applied(error(Code::failed), kStart, 0);
  ASSERT_NE(as<Machine::Settle>(settle), nullptr);
  EXPECT_FALSE(as<Machine::Settle>(settle)->succeeded);
  machine.settled(ok(), 0);
  EXPECT_EQ(machine.state(), OperationState::failed);
  EXPECT_EQ(machine.reason(), "it said no");
}

TEST(Rectification, ACancelledCallEndsTheWaitingAndNotWhatWasBegun) {
  Machine applying(goal());
  applying.start();
  ASSERT_NE(as<Machine::End>(applying.applied(error(Code::cancelled), kStart, 0)), nullptr);
  EXPECT_EQ(applying.state(), OperationState::unverified);
  Machine looking = waiting();
  ASSERT_NE(as<Machine::End>(looking.looked(error(Code::cancelled), kStart, 0)), nullptr);
  EXPECT_EQ(looking.state(), OperationState::unverified);
}

TEST(Rectification, AFailureIsSettledWithTheClustersWords) {
  Machine machine = waiting();
  const auto settle = machine.looked(saying(Health::failed, "exit status 3"), kStart, 0);
  ASSERT_NE(as<Machine::Settle>(settle), nullptr);
  EXPECT_FALSE(as<Machine::Settle>(settle)->succeeded);
  machine.settled(ok(), 0);
  EXPECT_EQ(machine.state(), OperationState::failed);
  EXPECT_EQ(machine.reason(), "exit status 3");
}

TEST(Rectification, AFailureWithoutWordsHasSomeAllTheSame) {
  for (const Health health : {Health::failed, Health::stopped}) {
    Machine machine = waiting();
    machine.looked(seen(health), kStart, 0);
    machine.settled(ok(), 0);
    EXPECT_EQ(machine.state(), OperationState::failed);
    EXPECT_FALSE(machine.reason().empty());
  }
}

TEST(Rectification, TheTimeLimitCountsFromTheOrdersAcceptance) {
  Machine machine = waiting();
  const auto before =
      machine.looked(seen(Health::pending), kStart + seconds(60) - milliseconds(1), 0);
  EXPECT_NE(as<Machine::Look>(before), nullptr);
  const auto after =
      machine.looked(saying(Health::unknown, "still starting"), kStart + seconds(60), 0);
  ASSERT_NE(as<Machine::Settle>(after), nullptr);
  EXPECT_FALSE(as<Machine::Settle>(after)->succeeded);
  EXPECT_NE(machine.reason().find("still starting"), std::string::npos);
}

TEST(Rectification, HealthAfterTheLimitStillCounts) {
  Machine machine = waiting();
  const auto late = machine.looked(seen(Health::healthy), kStart + seconds(61), 0);
  EXPECT_TRUE(as<Machine::Settle>(late)->succeeded);
}

TEST(Rectification, LooksThatFailAreRepeatedAndThenUnverified) {
  Machine machine = waiting();
  EXPECT_NE(as<Machine::Look>(machine.looked(error(Code::unavailable), kStart, 0)), nullptr);
  EXPECT_NE(as<Machine::Look>(machine.looked(error(Code::unavailable), kStart, 0)), nullptr);
  // One answer in between begins the count anew.
  EXPECT_NE(as<Machine::Look>(machine.looked(seen(Health::pending), kStart, 0)), nullptr);
  EXPECT_NE(as<Machine::Look>(machine.looked(error(Code::unavailable), kStart, 0)), nullptr);
  EXPECT_NE(as<Machine::Look>(machine.looked(error(Code::unavailable), kStart, 0)), nullptr);
  EXPECT_NE(as<Machine::End>(machine.looked(error(Code::unavailable), kStart, 0)), nullptr);
  EXPECT_EQ(machine.state(), OperationState::unverified);
}

TEST(Rectification, AForbiddenLookIsUnverifiedAtOnce) {
  Machine machine = waiting();
  EXPECT_NE(as<Machine::End>(machine.looked(error(Code::forbidden), kStart, 0)), nullptr);
  EXPECT_EQ(machine.state(), OperationState::unverified);
}

TEST(Rectification, WhatIsNotThereYetIsWaitedForWhatIsGoneHasFailed) {
  Machine machine = waiting();
  EXPECT_NE(as<Machine::Look>(machine.looked(error(Code::not_found), kStart, 0)), nullptr);
  EXPECT_NE(as<Machine::Look>(machine.looked(seen(Health::pending), kStart, 0)), nullptr);
  const auto gone = machine.looked(error(Code::not_found), kStart, 0);
  ASSERT_NE(as<Machine::Settle>(gone), nullptr);
  EXPECT_FALSE(as<Machine::Settle>(gone)->succeeded);
  Machine never = waiting();
  EXPECT_NE(as<Machine::Settle>(never.looked(error(Code::not_found), kStart + seconds(60), 0)),
            nullptr);
}

TEST(Rectification, AnAnswerFromBeforeTheOrderSaysNothing) {
  for (const Health health : {Health::healthy, Health::failed, Health::stopped}) {
    Machine machine = waiting();
    EXPECT_NE(as<Machine::Look>(machine.looked(seen(health, 6), kStart, 0)), nullptr);
  }
  Machine stuck = waiting();
  const auto settle = stuck.looked(seen(Health::healthy, 6), kStart + seconds(60), 0);
  ASSERT_NE(as<Machine::Settle>(settle), nullptr);
  EXPECT_FALSE(as<Machine::Settle>(settle)->succeeded);
}

TEST(Rectification, AnOrderThatConflictsWithANewerOneEndsNothing) {
  Machine machine(goal());
  machine.start();
  const auto next = machine.applied(error(Code::conflict), kStart, 0);
  EXPECT_NE(as<Machine::End>(next), nullptr);
  EXPECT_EQ(machine.state(), OperationState::superseded);
}

TEST(Rectification, AHigherGenerationSupersedes) {
  Machine machine = waiting();
  EXPECT_NE(as<Machine::End>(machine.looked(seen(Health::healthy, 8), kStart, 0)), nullptr);
  EXPECT_EQ(machine.state(), OperationState::superseded);
}

TEST(Rectification, AChangedIntentSupersedes) {
  Machine machine = waiting();
  EXPECT_NE(as<Machine::End>(machine.superseded("the manifest changed")), nullptr);
  EXPECT_EQ(machine.state(), OperationState::superseded);
  EXPECT_EQ(machine.reason(), "the manifest changed");
}

TEST(Rectification, AnotherImageThanOrderedFails) {
  Machine machine = waiting();
  auto other = seen(Health::healthy);
  other.running = digest("surprise");
  const auto settle = machine.looked(other, kStart, 0);
  ASSERT_NE(as<Machine::Settle>(settle), nullptr);
  EXPECT_FALSE(as<Machine::Settle>(settle)->succeeded);
}

TEST(Rectification, APlatformOfTheOrderedIndexIsTheOrderedImage) {
  auto index = goal();
  index.platform_digests = {digest("amd64"), digest("arm64")};
  Machine machine(index);
  machine.start();
  machine.applied(ok(), kStart, 0);
  auto child = seen(Health::healthy);
  child.running = digest("arm64");
  EXPECT_TRUE(as<Machine::Settle>(machine.looked(child, kStart, 0))->succeeded);
}

TEST(Rectification, ALostAnswerToSettleIsAskedForAgain) {
  Machine machine = waiting();
  machine.looked(seen(Health::healthy), kStart, 0);
  const auto again = machine.settled(error(Code::timeout), 0);
  ASSERT_NE(as<Machine::Settle>(again), nullptr);
  EXPECT_TRUE(as<Machine::Settle>(again)->succeeded);
  EXPECT_EQ(as<Machine::Settle>(again)->after, milliseconds(50));
  machine.settled(ok(), 0);
  EXPECT_EQ(machine.state(), OperationState::succeeded);
}

TEST(Rectification, WhatRunsHasSucceededAlsoWhenTheOldCannotBeEnded) {
  Machine machine = waiting();
  machine.looked(seen(Health::healthy), kStart, 0);
  EXPECT_NE(as<Machine::End>(machine.settled(error(Code::failed), 0)), nullptr);
  EXPECT_EQ(machine.state(), OperationState::succeeded);
  EXPECT_NE(machine.reason().find("could not be ended"), std::string::npos);
}

TEST(Rectification, WhatFailedHasFailedAlsoWhenItCannotBeEnded) {
  Machine machine = waiting();
  machine.looked(saying(Health::failed, "exit status 3"), kStart, 0);
  EXPECT_NE(as<Machine::End>(machine.settled(error(Code::failed), 0)), nullptr);
  EXPECT_EQ(machine.state(), OperationState::failed);
  EXPECT_EQ(machine.reason(), "exit status 3");
}

TEST(Rectification, ACancelledOneTakesBackWhatItBegan) {
  Machine machine = waiting();
  const auto settle = machine.cancelled("cancelled by Ada: wrong");
  ASSERT_NE(as<Machine::Settle>(settle), nullptr);
  EXPECT_FALSE(as<Machine::Settle>(settle)->succeeded);
  ASSERT_NE(as<Machine::End>(machine.settled(ok(), 0)), nullptr);
  EXPECT_EQ(machine.state(), OperationState::failed);
  EXPECT_EQ(machine.reason(), "cancelled by Ada: wrong");
}

TEST(Rectification, AFailedScaleEndsNothingThatServes) {
  auto scale = goal();
  scale.ends_what_fails = false;
  Machine machine(scale);
  machine.start();
  machine.applied(ok(), kStart, 0);
  const auto end = machine.looked(saying(Health::failed, "no port is free"), kStart, 0);
  ASSERT_NE(as<Machine::End>(end), nullptr);
  EXPECT_EQ(machine.state(), OperationState::failed);
  EXPECT_EQ(machine.reason(), "no port is free");
}

TEST(HealthLimit, IsWhatTheSpecificationGrantsAndSomeRoom) {
  EXPECT_EQ(health_limit({}), seconds(30 + 30 + 10));
  Startup slow;
  slow.connect_delay = 5;
  slow.timeout = 100;
  slow.check_ready_interval = 2;
  slow.check_ready_retries = 50;
  EXPECT_EQ(health_limit(slow), seconds(5 + 100 + 100 + 10));
}

TEST(HealthLimit, NeverOverflows) {
  Startup absurd;
  absurd.check_ready_interval = ~0U;
  absurd.check_ready_retries = ~0U;
  EXPECT_EQ(health_limit(absurd), std::chrono::hours(24));
}

}  // namespace
}  // namespace sous::engine
