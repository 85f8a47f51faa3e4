#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/planner.h"
#include "model/operation.h"
#include "ports/scheduler.h"

namespace sous::app {

/// One action of a plan, made ready to be carried out.
struct Order {
  Action action;
  ClusterDefinition cluster;
  DeployOrder deploy;           // its generation is the one to be given
  bool new_generation = false;  // a record of it must be written first
};

/// What giving is about, beside the orders.
struct GiveReason {
  std::string message;                // of the commit: what
  std::string why;                    // in the records
  bool set_manifest_version = false;  // a deploy: the manifest's version goes into the same commit
  bool defaults = false;              // also updates that only defaults cause
  bool wait = true;                   // until healthy or failed; else until the cluster took it
  bool offline = false;               // the remote is away: what is given is kept for it
};

/// The actions of a plan that do something, as orders; `remove` and a scale to nothing included.
/// Updates that only defaults cause are left out unless somebody deploys.
std::vector<Order> orders_of(const Planned& planned, const GiveReason& reason);

/// Writes the given records of all new generations, and the locks they were decided from, in one
/// commit, before any scheduler is called (design.md section 5, "Given"). Fails with conflict when
/// a deployment, its manifest or its lock was changed meanwhile.
Result<GdmState> give(Node& node,
                      const Planned& planned,
                      const std::vector<Order>& orders,
                      const GiveReason& reason,
                      const Call& call);

/// Writes how generations ended into their given records. Those overtaken meanwhile stay as they
/// are.
Status conclude(Node& node,
                const std::vector<Order>& orders,
                const std::vector<Operation>& operations,
                const Call& call);

/// The same where the remote is away: kept for it, beside what was given on `state`.
Status conclude_offline(Node& node,
                        const GdmState& state,
                        const std::vector<Order>& orders,
                        const std::vector<Operation>& operations);

}  // namespace sous::app
