#include "engine/retry.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace sous::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr RetryPolicy kPolicy{.base = milliseconds(100), .ceiling = seconds(1), .max_attempts = 6};

TEST(RetryDelay, OnlyWhatMayPassByItselfIsTriedAgain) {
  for (const Code code : {Code::unavailable, Code::timeout, Code::rate_limited, Code::unverified}) {
    EXPECT_TRUE(retry_delay(kPolicy, code, 1, 0)) << code_name(code);
  }
  for (const Code code : {Code::failed,
                          Code::forbidden,
                          Code::unauthorized,
                          Code::conflict,
                          Code::invalid_data,
                          Code::not_found,
                          Code::cancelled}) {
    EXPECT_FALSE(retry_delay(kPolicy, code, 1, 0)) << code_name(code);
    EXPECT_FALSE(retry_delay(kPolicy, code, 1, 0, seconds(3))) << code_name(code);
  }
}

TEST(RetryDelay, EndsWithTheLastAttempt) {
  EXPECT_TRUE(retry_delay(kPolicy, Code::timeout, 5, 0));
  EXPECT_FALSE(retry_delay(kPolicy, Code::timeout, 6, 0));
  EXPECT_FALSE(retry_delay(kPolicy, Code::timeout, 7, 0));
}

TEST(RetryDelay, DoublesUpToTheCeilingWithinHalfAndWhole) {
  for (std::uint32_t attempt = 1; attempt < 6; ++attempt) {
    const Duration limit = std::min<Duration>(milliseconds(100) * (1 << (attempt - 1)), seconds(1));
    for (const std::uint64_t random : {0ULL, 1ULL, 49'999ULL, 1ULL << 40U, ~0ULL}) {
      const auto delay = retry_delay(kPolicy, Code::timeout, attempt, random);
      ASSERT_TRUE(delay);
      EXPECT_GE(*delay, limit / 2) << attempt;
      EXPECT_LE(*delay, limit) << attempt;
    }
  }
}

TEST(RetryDelay, IsDrawnFromTheRandomNumber) {
  EXPECT_EQ(retry_delay(kPolicy, Code::timeout, 1, 0), milliseconds(50));
  EXPECT_EQ(retry_delay(kPolicy, Code::timeout, 1, 50'000), milliseconds(100));
}

TEST(RetryDelay, HonoursTheServersWishEvenAboveTheCeiling) {
  EXPECT_EQ(retry_delay(kPolicy, Code::rate_limited, 1, 0, seconds(30)), seconds(30));
  EXPECT_EQ(retry_delay(kPolicy, Code::rate_limited, 1, 0, milliseconds(1)), milliseconds(50));
}

TEST(RetryDelay, ABaseAboveTheCeilingIsTheCeiling) {
  const RetryPolicy steep{.base = seconds(9), .ceiling = seconds(1), .max_attempts = 9};
  EXPECT_EQ(retry_delay(steep, Code::timeout, 3, 0), milliseconds(500));
}

}  // namespace
}  // namespace sous::engine
