#pragma once

#include <stop_token>

#include "base/time.h"

namespace sous {

/// How long a blocking call may take and how it is told to give up. Every port call takes one; an
/// implementation ends with Code::timeout at the deadline and Code::cancelled on a stop request.
struct Call {
  Deadline deadline = Deadline::never();
  std::stop_token stop;
};

}  // namespace sous
