#pragma once

#include <cstdint>
#include <random>

#include "base/locked.h"
#include "ports/rng.h"

namespace sous::support {

/// The same numbers for the same seed. Thread-safe.
class FakeRng final : public Rng {
 public:
  explicit FakeRng(std::uint64_t seed = 1) : engine_(std::mt19937_64(seed)) {}

  std::uint64_t next() override {
    auto engine = engine_.lock();
    return (*engine)();
  }

 private:
  Locked<std::mt19937_64> engine_;
};

}  // namespace sous::support
