#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/record_edits.h"

namespace sous::app {

/// Changes of a cluster's definition; absent fields stay as they are, and an empty text removes an
/// optional one.
struct ClusterChange {
  std::optional<std::string> kind;
  std::optional<std::string> base_url;
  std::optional<std::string> registry;
  std::optional<std::string> machine_id;
  std::vector<std::string> allow;     // advisories
  std::vector<std::string> disallow;  // advisories
};

/// Defines a cluster. A podman cluster without a machine id is one of this machine. Fails with
/// already_exists, and with usage for a kind that no scheduler has or a missing address.
Result<EditOutcome> add_cluster(Node& node,
                                const ClusterName& name,
                                const ClusterChange& change,
                                const Call& call);
/// Changes a definition in place. Fails with usage for a cluster that is not defined.
Result<EditOutcome> set_cluster(Node& node,
                                const ClusterName& name,
                                const ClusterChange& change,
                                const Call& call);
/// Fails with usage for a cluster that is not defined, and with blocked while manifests have
/// entries for it or something given runs there, each a detail.
Result<EditOutcome> remove_cluster(Node& node, const ClusterName& name, const Call& call);

}  // namespace sous::app
