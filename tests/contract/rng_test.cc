// What every Rng keeps: the system's, the seeded fake, the simulation's.

#include "adapters/system_posix/rng.h"

#include <bit>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "support/fake_rng.h"

namespace sous {
namespace {

struct Factory {
  std::string name;
  std::function<std::unique_ptr<Rng>()> make;
};

void PrintTo(const Factory& factory, std::ostream* out) { *out << factory.name; }

class RngContract : public ::testing::TestWithParam<Factory> {
 protected:
  std::unique_ptr<Rng> rng_ = GetParam().make();
};

TEST_P(RngContract, numbers_do_not_repeat) {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(seen.insert(rng_->next()).second);
  }
}

TEST_P(RngContract, every_bit_is_used) {
  constexpr int kDraws = 2000;
  int ones = 0;
  std::uint64_t any = 0;
  std::uint64_t all = ~0ULL;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t value = rng_->next();
    any |= value;
    all &= value;
    ones += std::popcount(value);
  }
  EXPECT_EQ(any, ~0ULL);
  EXPECT_EQ(all, 0ULL);
  // Far beyond ten standard deviations.
  EXPECT_NEAR(ones, kDraws * 32, 2500);
}

INSTANTIATE_TEST_SUITE_P(
    all,
    RngContract,
    ::testing::Values(Factory{"system", [] { return std::make_unique<system_posix::SystemRng>(); }},
                      Factory{"fake", [] { return std::make_unique<support::FakeRng>(); }}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace sous
