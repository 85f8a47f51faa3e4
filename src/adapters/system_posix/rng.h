#pragma once

#include "ports/rng.h"

namespace sous::system_posix {

/// The kernel's generator.
class SystemRng final : public Rng {
 public:
  std::uint64_t next() override;
};

}  // namespace sous::system_posix
