#pragma once

#include <cstddef>
#include <vector>

#include "app/orders.h"
#include "app/reporter.h"

namespace sous::app {

/// How many deployments of one cluster may be on their way at once. A cluster that is silent keeps
/// no other waiting; and while most of them wait for the next look at what they began, those that
/// do not are enough to use all the turns that a scheduler gives.
inline constexpr std::size_t kDeploymentsAtOnce = 256;

/// Carries out a plan (design.md section 11): writes the given records, calls the schedulers, sees
/// every deployment through to its end, and writes how it ended. A slow deployment delays no other.
/// Actions that are blocked or undecided come back as operations in that state. The call's deadline
/// ends the waiting, not what was begun: such operations are `unverified`.
Result<std::vector<Operation>> carry_out(Node& node,
                                         const Planned& planned,
                                         const GiveReason& reason,
                                         const OnOperation& on_operation,
                                         const Call& call);

/// Sees one order through whose record was given already, and writes how it ended.
Operation carry_out_order(
    Node& node, const Order& order, bool wait, Reporter& reporter, const Call& call);

/// What a plan keeps from being done, as operations that are blocked or undecided.
std::vector<Operation> not_carried_out(Node& node, const Plan& plan);

}  // namespace sous::app
