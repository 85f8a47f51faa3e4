#include "support/fake_file_system.h"

#include <gtest/gtest.h>

#include "support/code_of.h"
#include "support/fake_clock.h"
#include "support/sim.h"

namespace sous::support {
namespace {

using When = FakeFileSystem::When;

class FakeFileSystemTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  FakeFileSystem files_{clock_};
};

TEST_F(FakeFileSystemTest, counts_the_calls_that_change_something) {
  EXPECT_TRUE(files_.write("/a", "1", 0600).has_value());
  EXPECT_TRUE(files_.read("/a", 10).has_value());
  EXPECT_TRUE(files_.remove("/a").has_value());
  EXPECT_EQ(files_.changes(), 2U);
}

TEST_F(FakeFileSystemTest, dies_before_or_after_the_effect_and_stays_dead) {
  files_.kill_at(2, When::before_effect);
  EXPECT_TRUE(files_.write("/a", "1", 0600).has_value());
  EXPECT_THROW((void)files_.write("/a", "2", 0600), Killed);
  EXPECT_FALSE(files_.write("/a", "3", 0600).has_value());
  EXPECT_EQ(*files_.read("/a", 10), "1");
  files_.revive();
  files_.kill_at(3, When::after_effect);
  EXPECT_THROW((void)files_.write("/a", "4", 0600), Killed);
  EXPECT_EQ(*files_.read("/a", 10), "4");
}

TEST_F(FakeFileSystemTest, a_full_disk_changes_nothing) {
  EXPECT_TRUE(files_.write("/a", "1", 0600).has_value());
  files_.fill_disk(true);
  EXPECT_EQ(code_of(files_.write("/a", "2", 0600)), Code::unavailable);
  files_.fill_disk(false);
  EXPECT_EQ(*files_.read("/a", 10), "1");
}

TEST(FakeFileSystemInSimulation, a_lock_makes_read_and_write_one_step) {
  for_each_seed(30, [](Simulation& sim) {
    FakeFileSystem files(sim.clock(), sim);
    ASSERT_TRUE(files.write("/count", "", 0600).has_value());
    const auto add = [&](const std::stop_token&) {
      const auto lock = files.lock("/lock", {});
      const auto old = files.read("/count", 100);
      ASSERT_TRUE(old.has_value());
      EXPECT_TRUE(files.write("/count", *old + "x", 0600).has_value());
    };
    const Status status = sim.run([&] {
      auto a = sim.executor().start("a", add);
      auto b = sim.executor().start("b", add);
    });
    EXPECT_TRUE(status.has_value());
    EXPECT_EQ(*files.read("/count", 100), "xx");
  });
}

}  // namespace
}  // namespace sous::support
