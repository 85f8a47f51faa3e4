#pragma once

#include <cstdint>

namespace sous {

/// Randomness for ids and jitter. Thread-safe; from the system's generator in production, from a
/// seed in tests.
class Rng {
 public:
  virtual ~Rng() = default;

  virtual std::uint64_t next() = 0;
};

}  // namespace sous
