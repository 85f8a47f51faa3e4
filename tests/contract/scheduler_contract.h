#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "contract/scheduler_world.h"
#include "support/await.h"

namespace sous::contract {

/// The promises of ports/scheduler.h. Instantiate with a MakeSchedulerWorld.
class SchedulerContract : public testing::TestWithParam<MakeSchedulerWorld> {
 protected:
  void SetUp() override {
    world_ = GetParam()();
    if (!world_) {
      GTEST_SKIP() << "this cluster cannot run here";
    }
  }

  Scheduler& scheduler() { return world_->scheduler(); }

  bool replaces_by_itself() const { return world_->traits().replaces_by_itself; }

  ImageByDigest image(ImageKind kind) { return world_->image(kind); }

  Result<ObservedDeployment> look(const DeployOrder& order) {
    return scheduler().look(order.deployment.id, order.gdm_id, order.generation, call_);
  }

  /// Looks until the health is the one expected; what was seen last.
  ObservedDeployment await_health(const DeployOrder& order, Health health) {
    ObservedDeployment last{.id = order.deployment.id};
    support::await([&] {
      auto seen = look(order);
      if (seen) {
        last = std::move(*seen);
      }
      return last.health == health;
    });
    EXPECT_EQ(health_text(last.health), health_text(health)) << last.message;
    return last;
  }

  ObservedDeployment apply_healthy(const DeployOrder& order) {
    const Status applied = scheduler().apply(order, call_);
    EXPECT_TRUE(applied) << applied.error().text();
    return await_health(order, Health::healthy);
  }

  Status settle(const DeployOrder& order, bool succeeded) {
    return scheduler().settle(
        order.deployment.id, order.gdm_id, order.generation, succeeded, call_);
  }

  std::vector<ObservedDeployment> observed() {
    auto observation = scheduler().observe(call_);
    EXPECT_TRUE(observation) << observation.error().text();
    EXPECT_TRUE(observation->completeness.is_complete()) << observation->completeness.reason();
    return std::move(observation->deployments);
  }

  bool runs(const DeployOrder& order) {
    const auto seen = look(order);
    EXPECT_TRUE(seen || seen.error().code() == Code::not_found) << seen.error().text();
    return seen.has_value();
  }

  std::unique_ptr<SchedulerWorld> world_;
  Call call_;
};

TEST_P(SchedulerContract, AnEmptyClusterIsCompletelyEmpty) {
  EXPECT_TRUE(observed().empty());
  const auto seen = scheduler().look(deployment_id(), kGdm, 1, call_);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code(), Code::not_found);
}

TEST_P(SchedulerContract, AppliedDeploymentGetsHealthyAndTellsAllOfItself) {
  const DeployOrder order = order_of(image(ImageKind::good), 1, 2);
  const ObservedDeployment seen = apply_healthy(order);
  EXPECT_EQ(seen.id, order.deployment.id);
  EXPECT_EQ(seen.gdm_id, kGdm);
  EXPECT_EQ(seen.generation, 1U);
  EXPECT_EQ(seen.source, order.deployment.source());
  EXPECT_EQ(seen.revision, order.revision);
  EXPECT_EQ(seen.asked, order.image);
  EXPECT_EQ(seen.running, order.image.digest);
  EXPECT_EQ(seen.effective_fingerprint, "fingerprint-1");
  EXPECT_EQ(seen.instances, 2U);
  EXPECT_EQ(seen.addresses.size(), 2U);
  EXPECT_TRUE(seen.since);
  EXPECT_FALSE(seen.scheduler_id.empty());
  EXPECT_FALSE(seen.link.empty());

  const auto all = observed();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].id, order.deployment.id);
  EXPECT_EQ(all[0].running, order.image.digest);
  EXPECT_EQ(all[0].addresses, seen.addresses);
  EXPECT_EQ(all[0].health, Health::healthy);
}

TEST_P(SchedulerContract, ApplyingTheSameGenerationAgainChangesNothing) {
  const DeployOrder order = order_of(image(ImageKind::good), 1, 2);
  const ObservedDeployment before = apply_healthy(order);
  ASSERT_TRUE(scheduler().apply(order, call_));
  const auto after = look(order);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->since, before.since);
  EXPECT_EQ(after->addresses, before.addresses);
  EXPECT_EQ(observed().size(), 1U);
}

TEST_P(SchedulerContract, TheOldGenerationServesUntilTheNewOneIsSettled) {
  const DeployOrder first = order_of(image(ImageKind::good), 1);
  const DeployOrder second = order_of(image(ImageKind::good_too), 2);
  const ObservedDeployment old = apply_healthy(first);
  const ObservedDeployment fresh = apply_healthy(second);
  EXPECT_NE(old.addresses, fresh.addresses);
  EXPECT_NE(runs(first), replaces_by_itself());
  // Once the new one is healthy, nobody is sent to the old one any more.
  ASSERT_EQ(observed().size(), 1U);
  EXPECT_EQ(observed()[0].generation, 2U);
  EXPECT_EQ(observed()[0].addresses, fresh.addresses);

  ASSERT_TRUE(settle(second, true));
  EXPECT_FALSE(runs(first));
  EXPECT_TRUE(runs(second));
  EXPECT_TRUE(settle(second, true)) << "settling is idempotent";
  EXPECT_EQ(await_health(second, Health::healthy).addresses, fresh.addresses);
}

TEST_P(SchedulerContract, AFailedGenerationGoesAndTheOldOneStays) {
  const DeployOrder first = order_of(image(ImageKind::good), 1);
  const DeployOrder second = order_of(image(ImageKind::answers_500), 2);
  const ObservedDeployment old = apply_healthy(first);
  ASSERT_TRUE(scheduler().apply(second, call_));
  const ObservedDeployment failed = await_health(second, Health::failed);
  EXPECT_TRUE(failed.addresses.empty());
  EXPECT_NE(failed.message.find("500"), std::string::npos) << failed.message;
  EXPECT_FALSE(failed.last_log_lines.empty());
  // The old one still serves, and says so.
  ASSERT_EQ(observed().size(), 1U);
  EXPECT_EQ(observed()[0].generation, replaces_by_itself() ? 1U : 2U);
  EXPECT_EQ(observed()[0].addresses, old.addresses);

  ASSERT_TRUE(settle(second, false));
  EXPECT_EQ(runs(second), replaces_by_itself());
  EXPECT_TRUE(settle(second, false)) << "settling is idempotent";
  EXPECT_EQ(await_health(first, Health::healthy).addresses, old.addresses);
  ASSERT_EQ(observed().size(), 1U);
  EXPECT_EQ(observed()[0].generation, 1U);
}

TEST_P(SchedulerContract, ACrashingImageFailsWithItsExitCodeAndLastWords) {
  const DeployOrder order = order_of(image(ImageKind::crashes), 1);
  ASSERT_TRUE(scheduler().apply(order, call_));
  const ObservedDeployment failed = await_health(order, Health::failed);
  EXPECT_NE(failed.message.find("code 7"), std::string::npos) << failed.message;
  ASSERT_FALSE(failed.last_log_lines.empty());
  EXPECT_EQ(failed.last_log_lines.back(), "crashes on purpose");
  EXPECT_LE(failed.last_log_lines.size(), 20U);
  ASSERT_TRUE(settle(order, false));
  EXPECT_TRUE(observed().empty());
}

TEST_P(SchedulerContract, SuccessOfAGenerationThatIsNotThereEndsNothing) {
  const DeployOrder first = order_of(image(ImageKind::good), 1);
  apply_healthy(first);
  const Status settled = settle(order_of(first.image, 2), true);
  ASSERT_FALSE(settled);
  EXPECT_EQ(settled.error().code(), Code::not_found);
  EXPECT_TRUE(runs(first));
}

TEST_P(SchedulerContract, AnOlderOrOtherOrderIsRefused) {
  const DeployOrder second = order_of(image(ImageKind::good), 2);
  apply_healthy(second);
  const Status older = scheduler().apply(order_of(image(ImageKind::good_too), 1), call_);
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code(), Code::conflict);
  const Status other = scheduler().apply(order_of(image(ImageKind::good_too), 2), call_);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), Code::conflict);
  EXPECT_EQ(await_health(second, Health::healthy).running, second.image.digest);
}

TEST_P(SchedulerContract, ScalesUpAndDownWithinTheGeneration) {
  DeployOrder order = order_of(image(ImageKind::good), 1, 1);
  const ObservedDeployment one = apply_healthy(order);
  order.deployment.spec.num_instances = 3;
  ASSERT_TRUE(scheduler().scale(order, call_));
  EXPECT_TRUE(support::await([&] { return look(order)->addresses.size() == 3; }));
  const auto three = look(order);
  ASSERT_TRUE(three);
  EXPECT_EQ(three->instances, 3U);
  EXPECT_EQ(three->generation, 1U);

  order.deployment.spec.num_instances = 1;
  ASSERT_TRUE(scheduler().scale(order, call_));
  const auto again = await_health(order, Health::healthy);
  EXPECT_EQ(again.instances, 1U);
  EXPECT_EQ(again.addresses, one.addresses);

  order.deployment.spec.num_instances = 0;
  ASSERT_TRUE(scheduler().scale(order, call_));
  EXPECT_TRUE(observed().empty());
}

TEST_P(SchedulerContract, ApplyLeavesAScaledGenerationAsItIs) {
  DeployOrder order = order_of(image(ImageKind::good), 1, 2);
  apply_healthy(order);
  order.deployment.spec.num_instances = 1;
  ASSERT_TRUE(scheduler().scale(order, call_));
  order.deployment.spec.num_instances = 2;
  ASSERT_TRUE(scheduler().apply(order, call_));
  EXPECT_EQ(await_health(order, Health::healthy).instances, 1U);
}

TEST_P(SchedulerContract, RemovesOneDeploymentAndNothingElse) {
  const DeployOrder order = order_of(image(ImageKind::good), 1);
  DeployOrder flavored = order;
  flavored.deployment.id = deployment_id("vanilla");
  DeployOrder foreign = order;
  foreign.gdm_id = kOtherGdm;
  apply_healthy(order);
  apply_healthy(flavored);
  apply_healthy(foreign);
  EXPECT_EQ(observed().size(), 3U);

  ASSERT_TRUE(scheduler().remove(order.deployment.id, kGdm, call_));
  EXPECT_TRUE(scheduler().remove(order.deployment.id, kGdm, call_)) << "removal is idempotent";
  EXPECT_FALSE(runs(order));
  EXPECT_TRUE(runs(flavored));
  EXPECT_TRUE(runs(foreign));
  EXPECT_EQ(observed().size(), 2U);
}

TEST_P(SchedulerContract, AWorkerIsHealthyWhenItRuns) {
  DeployOrder order = order_of(image(ImageKind::good), 1);
  order.deployment.kind = Kind::worker;
  order.deployment.spec.resources["ports"] = "0";
  const ObservedDeployment seen = apply_healthy(order);
  EXPECT_TRUE(seen.addresses.empty());
  EXPECT_EQ(seen.instances, 1U);
}

TEST_P(SchedulerContract, KindsItCannotRunAreRefused) {
  if (world_->traits().runs_every_kind) {
    return;
  }
  DeployOrder order = order_of(image(ImageKind::good), 1);
  order.deployment.kind = Kind::scheduled;
  const Status applied = scheduler().apply(order, call_);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code(), Code::unsupported);
  EXPECT_TRUE(observed().empty());
}

TEST_P(SchedulerContract, ZeroInstancesAreNeverCreated) {
  ASSERT_TRUE(scheduler().apply(order_of(image(ImageKind::good), 1, 0), call_));
  EXPECT_TRUE(observed().empty());
}

}  // namespace sous::contract
