#pragma once

#include <set>
#include <vector>

#include "app/node.h"

namespace sous::app {

/// A cluster that could not be observed at all, and why.
struct SilentCluster {
  ClusterName name;
  Error error;
};

struct Observed {
  Ads ads;
  std::vector<SilentCluster> silent;
};

/// Observes clusters, each in a task of its own, so that a slow one delays nobody else's answer
/// beyond the call's deadline. Empty `only` means all that are defined.
Observed observe(Node& node,
                 const Definitions& definitions,
                 const std::set<ClusterName>& only,
                 const Call& call);

}  // namespace sous::app
