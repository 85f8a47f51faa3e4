#pragma once

#include "base/result.h"
#include "base/time.h"
#include "ports/call.h"

namespace sous {

/// The only way to know the time or to wait for it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual WallTime wall() = 0;
  virtual MonoTime now() = 0;
  /// Waits for `duration`. Fails with timeout at the call's deadline, cancelled on its stop.
  virtual Status sleep(Duration duration, const Call& call) = 0;
};

}  // namespace sous
