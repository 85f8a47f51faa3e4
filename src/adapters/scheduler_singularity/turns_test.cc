#include "adapters/scheduler_singularity/turns.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "support/sim.h"

namespace sous::scheduler_singularity {
namespace {

class TurnsTest : public testing::Test {
 protected:
  support::Simulation outside_{1};
  Call call_;
};

TEST_F(TurnsTest, ABatchTakesWhatIsThereAndNoMore) {
  Turns turns(outside_.executor(), outside_.clock(), {.at_once = 4});
  std::optional<Turn> batch;
  batch.emplace(turns.take(3, call_).value());
  EXPECT_EQ(batch->places(), 3U);
  const Turn rest = turns.take(9, call_).value();
  EXPECT_EQ(rest.places(), 1U);
  batch.reset();
  EXPECT_EQ(turns.take(9, call_)->places(), 3U);
}

TEST_F(TurnsTest, AStopOrDeadlineEndsAWaitAndLosesNoPlace) {
  Turns turns(outside_.executor(), outside_.clock(), {.at_once = 1});
  {
    const Turn all = turns.take(1, call_).value();
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(turns.take(1, {.stop = stop.get_token()}).error().code(), Code::cancelled);
    const Call hurried{.deadline = Deadline::at(outside_.clock().now() + std::chrono::seconds(1))};
    EXPECT_EQ(turns.take(1, hurried).error().code(), Code::timeout);
  }
  EXPECT_EQ(turns.take(1, call_)->places(), 1U);
}

// Virtual time: what a thousand threads may call in a second does not depend on their number.
TEST_F(TurnsTest, TheRateIsBoundedWhateverTheNumberOfThreads) {
  support::for_each_seed(5, [&](support::Simulation& sim) {
    Turns turns(sim.executor(), sim.clock(), {.at_once = 100, .per_second = 10});
    const MonoTime begin = sim.clock().now();
    std::vector<std::unique_ptr<Task>> threads;
    ASSERT_TRUE(sim.run([&] {
      for (int i = 0; i < 50; ++i) {
        threads.push_back(sim.executor().start(
            "caller", [&](const std::stop_token&) { EXPECT_TRUE(turns.take(1, call_)); }));
      }
      for (const auto& thread : threads) {
        thread->join();
      }
    }));
    EXPECT_GE(sim.clock().now() - begin, std::chrono::milliseconds(4900));
    EXPECT_LT(sim.clock().now() - begin, std::chrono::milliseconds(5200));
  });
}

TEST_F(TurnsTest, NeverMoreAtOnceAndNobodyIsForgotten) {
  support::for_each_seed(100, [&](support::Simulation& sim) {
    Turns turns(sim.executor(), sim.clock(), {.at_once = 3, .per_second = 1'000'000});
    std::uint32_t busy = 0;
    std::uint32_t most = 0;
    int served = 0;
    std::vector<std::unique_ptr<Task>> threads;
    ASSERT_TRUE(sim.run([&] {
      for (std::size_t wanted = 1; wanted <= 8; ++wanted) {
        threads.push_back(sim.executor().start("caller", [&, wanted](const std::stop_token&) {
          for (int round = 0; round < 3; ++round) {
            const auto turn = turns.take(wanted, call_);
            ASSERT_TRUE(turn);
            busy += turn->places();
            most = std::max(most, busy);
            sim.point("call");
            busy -= turn->places();
            ++served;
          }
        }));
      }
      for (const auto& thread : threads) {
        thread->join();
      }
    }));
    EXPECT_EQ(most, 3U);
    EXPECT_EQ(served, 24);
  });
}

}  // namespace
}  // namespace sous::scheduler_singularity
