#pragma once

#include <vector>

#include "app/rectify.h"

namespace sous::app {

/// Carries out a plan that somebody asked for by name (a deploy, a rollback): one operation for
/// each of its deployments, by deployment, those with nothing to do among them. Fails with what
/// made a cluster silent; nothing began then.
Result<std::vector<Operation>> give_anew(Node& node,
                                         const Planned& planned,
                                         const GiveReason& reason,
                                         const OnOperation& on_operation,
                                         const Call& call);

}  // namespace sous::app
