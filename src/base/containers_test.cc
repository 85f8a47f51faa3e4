#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "base/bounded_queue.h"
#include "base/locked.h"
#include "base/strong.h"

namespace sous {
namespace {

TEST(BoundedQueueTest, first_in_first_out) {
  BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(BoundedQueueTest, full_refuses_and_leaves_the_value) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  EXPECT_TRUE(queue.push(std::make_unique<int>(1)));
  auto value = std::make_unique<int>(2);
  EXPECT_FALSE(queue.push(std::move(value)));
  EXPECT_NE(value, nullptr);  // NOLINT(bugprone-use-after-move): refused, so not moved from
  EXPECT_EQ(queue.size(), 1U);
}

TEST(LockedTest, two_threads_lose_no_increment) {
  constexpr int kRounds = 10'000;
  Locked<int> number{0};
  const auto count = [&] {
    for (int i = 0; i < kRounds; ++i) {
      auto guard = number.lock();
      ++*guard;
    }
  };
  std::thread other(count);
  count();
  other.join();
  auto guard = number.lock();
  EXPECT_EQ(*guard, 2 * kRounds);
}

struct Name : StrongText<Name> {
  using StrongText::StrongText;
};

TEST(StrongTextTest, compares_by_its_text) {
  EXPECT_EQ(Name{"a"}, Name{"a"});
  EXPECT_LT(Name{"a"}, Name{"b"});
  EXPECT_TRUE(Name{}.empty());
  EXPECT_EQ(Name{"a"}.str(), "a");
}

}  // namespace
}  // namespace sous
