#pragma once

#include <functional>
#include <vector>

#include "app/orders.h"

namespace sous::app {

/// Told each change of an operation, from several tasks at once but never two at a time.
using OnOperation = std::function<void(const Operation&)>;

/// Carries out a plan (design.md section 11): writes the given records, calls the schedulers, sees
/// every deployment through to its end, and writes how it ended. A slow deployment delays no other.
/// Actions that are blocked or undecided come back as operations in that state. The call's deadline
/// ends the waiting, not what was begun: such operations are `unverified`.
Result<std::vector<Operation>> carry_out(Node& node,
                                         const Planned& planned,
                                         const GiveReason& reason,
                                         const OnOperation& on_operation,
                                         const Call& call);

}  // namespace sous::app
