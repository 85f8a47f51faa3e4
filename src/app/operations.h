#pragma once

#include <string>

#include "app/node.h"
#include "app/reporter.h"

namespace sous::app {

/// Whether an operation is on its way no more.
bool has_ended(OperationState state);

/// The one operation whose id begins so. Fails with not_found, and with usage when several do.
Result<OperationRecord> find_operation(Node& node, const std::string& id);

/// Asks for the end of an operation: what it began is taken back, what ran before goes on, and the
/// given record says that the generation failed. Whoever drives it does that; where nobody does any
/// more, this does. Returns the record afterwards. Fails with conflict for one that has ended.
Result<OperationRecord> cancel_operation(Node& node,
                                         const std::string& id,
                                         const std::string& reason,
                                         const OnOperation& on_operation,
                                         const Call& call);

}  // namespace sous::app
