#include <set>

#include "contract/singularity_fixture.h"

// How many calls Singularity gets for many deployments at once.
namespace sous::contract {
namespace {

class SingularityCost : public SingularityBehaviour {
 protected:
  static constexpr int kServices = 100;

  DeployOrder service(int number, std::uint64_t generation, ImageKind kind) {
    DeployOrder out = order(generation, kind);
    out.deployment.id = deployment_id("n" + std::to_string(number));
    return out;
  }

  /// As a rectifier with many hands: all are told, then all are looked at again and again.
  void rectify_all(std::uint64_t generation, ImageKind kind) {
    std::vector<DeployOrder> open;
    for (int i = 0; i < kServices; ++i) {
      open.push_back(service(i, generation, kind));
      ASSERT_TRUE(scheduler().apply(open.back(), call_));
    }
    for (int round = 0; round < 100 && !open.empty(); ++round) {
      std::erase_if(open, [&](const DeployOrder& one) {
        const auto seen = scheduler().look(one.deployment.id, one.gdm_id, one.generation, call_);
        if (!seen || seen->health != Health::healthy) {
          return false;
        }
        EXPECT_TRUE(scheduler().settle(one.deployment.id, one.gdm_id, one.generation, true, call_));
        return true;
      });
    }
    EXPECT_TRUE(open.empty());
  }

  std::size_t lists() {
    const auto calls = sim().calls();
    return static_cast<std::size_t>(std::ranges::count(calls, "GET /requests"));
  }
};

TEST_F(SingularityCost, FourCallsPerChangedServiceAndOneListPerPollingPeriod) {
  rectify_all(1, ImageKind::good);
  sim().forget_calls();
  const MonoTime begin = world_.clock().now();
  rectify_all(2, ImageKind::good_too);
  const auto periods = (world_.clock().now() - begin) / world_.options().poll;
  // While they are few the first ones are asked for one by one.
  EXPECT_LE(sim().calls().size() - lists(), 4U * kServices + 4);
  EXPECT_LE(lists(), static_cast<std::size_t>(periods) + 1);
}

TEST_F(SingularityCost, ObservingIsOneListAndOneCallPerChangedDeploy) {
  rectify_all(1, ImageKind::good);
  for (int i = 0; i < 4 * kServices; ++i) {
    const std::string id = "theirs" + std::to_string(i);
    foreign_call(
        "POST", "/requests", R"({"id":")" + id + R"(","requestType":"WORKER","instances":1})");
    foreign_call("POST",
                 "/deploys?user=kim",
                 R"({"deploy":{"requestId":")" + id + R"(","id":"d","command":"x"}})");
  }
  world_.clock().advance(std::chrono::seconds(30));
  SingularityWorld::PassingAdapter fresh(world_);
  sim().forget_calls();
  ASSERT_TRUE(fresh.scheduler().observe(call_));
  EXPECT_EQ(sim().calls().size(), 1U + kServices);
  sim().forget_calls();
  ASSERT_TRUE(fresh.scheduler().observe(call_));
  EXPECT_EQ(sim().calls().size(), 1U);
}

}  // namespace
}  // namespace sous::contract
