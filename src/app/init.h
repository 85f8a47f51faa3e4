#pragma once

#include <optional>
#include <set>
#include <string>

#include "app/gdm_access.h"
#include "engine/source_context.h"

namespace sous::app {

struct InitRequest {
  std::string directory;
  engine::SourceRequest source;
  std::string flavor;
  Kind kind = Kind::http_service;
  std::set<ClusterName> clusters;  // empty: all that are defined
  bool dry_run = false;
};

struct InitReport {
  ManifestId manifest;
  std::string path;  // of the record
  std::string text;
  std::set<ClusterName> clusters;
};

/// Makes the manifest of a service, version 0.0.0 in each cluster, and the GDM itself on first use
/// (sous-original 6.4). Entries for further clusters are added to a manifest that is there. Fails
/// with usage when there is nothing to add or a cluster is not defined.
Result<InitReport> init(Node& node, const InitRequest& request, const Call& call);

}  // namespace sous::app
