#pragma once

#include "app/rectify.h"

namespace sous::app {

struct WatchRequest {
  PlanScope scope;
  Duration interval = std::chrono::seconds(30);  // from one look at GDM and clusters to the next
};

/// Rectifies again and again until the call ends: plans, gives what changed, and sees each
/// deployment through in a task of its own, so that a slow one delays no other. A GDM that was not
/// changed is not decoded again, and one that may be outdated is not acted on. What goes wrong is
/// told as an event and tried again. Ends well at the call's deadline or stop, after every task has
/// ended.
Status watch(Node& node,
             const WatchRequest& request,
             const OnOperation& on_operation,
             const Call& call);

}  // namespace sous::app
