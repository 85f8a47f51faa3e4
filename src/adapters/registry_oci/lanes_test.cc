#include "adapters/registry_oci/lanes.h"

#include <algorithm>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "support/sim.h"

namespace sous::registry_oci {
namespace {

constexpr const char* kHost = "a.example";

class LanesTest : public testing::Test {
 protected:
  LanesTest() {
    config_.requests_per_host = 4;
    config_.reserved_per_host = 2;
  }

  OciConfig config_;
  support::Simulation outside_{1};
  Call call_;
};

TEST_F(LanesTest, AHostHasSoManyPlacesAndSomeForThoseWhoAskLittle) {
  Lanes lanes(config_, outside_.executor());
  EXPECT_EQ(lanes.try_enter(kHost, Traffic::many, 3), 3U);
  EXPECT_EQ(lanes.try_enter(kHost, Traffic::many, 3), 1U);
  EXPECT_EQ(lanes.try_enter(kHost, Traffic::many, 3), 0U);
  EXPECT_EQ(lanes.try_enter(kHost, Traffic::few, 1), 1U);
  EXPECT_EQ(lanes.try_enter(kHost, Traffic::few, 9), 1U);
  EXPECT_EQ(lanes.try_enter(kHost, Traffic::few, 1), 0U);
  lanes.leave(kHost, 2);
  EXPECT_EQ(lanes.try_enter(kHost, Traffic::many, 9), 0U);
  lanes.leave(kHost, 1);
  EXPECT_EQ(lanes.try_enter(kHost, Traffic::many, 9), 1U);
}

TEST_F(LanesTest, OneHostTakesNothingFromAnother) {
  Lanes lanes(config_, outside_.executor());
  EXPECT_EQ(lanes.try_enter(kHost, Traffic::few, 99), 6U);
  EXPECT_EQ(lanes.try_enter("b.example", Traffic::few, 99), 6U);
}

TEST_F(LanesTest, AStopOrDeadlineEndsAWait) {
  Lanes lanes(config_, outside_.executor());
  ASSERT_EQ(lanes.try_enter(kHost, Traffic::few, 99), 6U);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(lanes.enter(kHost, Traffic::few, 1, {.stop = stop.get_token()}).error().code(),
            Code::cancelled);
  const Call hurried{.deadline = Deadline::at(outside_.clock().now() + std::chrono::seconds(1))};
  EXPECT_EQ(lanes.enter(kHost, Traffic::many, 1, hurried).error().code(), Code::timeout);
  lanes.leave(kHost, 6);
  EXPECT_EQ(lanes.enter(kHost, Traffic::many, 9, call_).value(), 4U);  // nobody is in the way
}

// Many threads, each of whom takes places, works, and leaves: nobody is forgotten, the limits hold
// at every moment, and those who ask little go first.
TEST_F(LanesTest, TheLimitsHoldWhateverTheOrder) {
  support::for_each_seed(200, [&](support::Simulation& sim) {
    Lanes lanes(config_, sim.executor());
    std::uint32_t busy = 0;
    std::uint32_t busy_with_much = 0;
    int served = 0;
    const auto body = [&](Traffic traffic, std::uint32_t wanted) {
      return [&, traffic, wanted](const std::stop_token&) {
        for (int round = 0; round < 3; ++round) {
          const auto got = lanes.enter(kHost, traffic, wanted, call_);
          ASSERT_TRUE(got.has_value());
          std::uint32_t& mine = traffic == Traffic::many ? busy_with_much : busy;
          mine += *got;
          EXPECT_GE(*got, 1U);
          EXPECT_LE(*got, wanted);
          EXPECT_LE(busy_with_much, 4U);
          EXPECT_LE(busy_with_much + busy, 6U);
          sim.point("work");
          mine -= *got;
          lanes.leave(kHost, *got);
          ++served;
        }
      };
    };
    const auto run = sim.run([&] {
      std::vector<std::unique_ptr<Task>> tasks;
      for (int i = 0; i < 3; ++i) {
        tasks.push_back(sim.executor().start("many", body(Traffic::many, 4)));
        tasks.push_back(sim.executor().start("few", body(Traffic::few, 1)));
      }
      for (auto& task : tasks) {
        task->join();
      }
    });
    EXPECT_TRUE(run.has_value()) << run.error().text();
    EXPECT_EQ(served, 18);
  });
}

TEST_F(LanesTest, WhoAsksLittleGoesBeforeWhoAsksMuch) {
  support::for_each_seed(50, [&](support::Simulation& sim) {
    Lanes lanes(config_, sim.executor());
    std::vector<Traffic> order;
    const auto run = sim.run([&] {
      ASSERT_EQ(lanes.try_enter(kHost, Traffic::few, 99), 6U);
      std::vector<std::unique_ptr<Task>> tasks;
      for (const Traffic traffic : {Traffic::many, Traffic::few}) {
        tasks.push_back(sim.executor().start("asker", [&, traffic](const std::stop_token&) {
          const auto got = lanes.enter(kHost, traffic, 6, call_);
          order.push_back(traffic);
          sim.point("work");
          lanes.leave(kHost, got.value_or(0));
        }));
      }
      // Both wait by then.
      ASSERT_TRUE(sim.clock().sleep(std::chrono::seconds(1), call_).has_value());
      lanes.leave(kHost, 6);
      for (auto& task : tasks) {
        task->join();
      }
    });
    EXPECT_TRUE(run.has_value()) << run.error().text();
    EXPECT_EQ(order, (std::vector{Traffic::few, Traffic::many}));
  });
}

}  // namespace
}  // namespace sous::registry_oci
