#pragma once

#include "ports/clock.h"

namespace sous::system_posix {

/// The machine's clocks. A wait ends at once on a stop request.
class SystemClock final : public Clock {
 public:
  WallTime wall() override;
  MonoTime now() override;
  Status sleep(Duration duration, const Call& call) override;
};

}  // namespace sous::system_posix
