#include "engine/expand.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include <fmt/format.h>

#include "base/digest.h"
#include "engine/spec_fields.h"

namespace sous::engine {

std::string fingerprint(Kind kind, const DeploySpec& spec) {
  std::string text = fmt::format("kind={}\n", kind_text(kind));
  TextMap fields = spec_fields(kind, spec);
  // Another number of instances gives nothing anew. The field stays, since records keep the text's
  // hash.
  fields[std::string(kInstancesField)] = "1";
  for (const auto& [field, value] : fields) {
    // Lengths keep apart what newlines and equal signs in values would join.
    fmt::format_to(
        std::back_inserter(text), "{}:{}={}:{}\n", field.size(), field, value.size(), value);
  }
  return Digest::sha256_of(text).short_hex(15);
}

namespace {

DeploySpec with_defaults(const DeploySpec& spec, const ClusterDefinition& cluster) {
  DeploySpec out = spec;
  out.startup = spec.startup.merged_over(cluster.startup);
  out.env.insert(cluster.env.begin(), cluster.env.end());  // what the spec names stays
  return out;
}

bool has_defaults(const ClusterDefinition& cluster) {
  return !cluster.env.empty() || cluster.startup != Startup{};
}

ExpandedEntry entry_of(const Manifest& manifest,
                       const DeploySpec& spec,
                       const ClusterDefinition& cluster) {
  ExpandedEntry out{.manifest = &manifest,
                    .spec = &spec,
                    .cluster = &cluster,
                    .own_fingerprint = fingerprint(manifest.kind, spec),
                    .effective_fingerprint = {}};
  out.effective_fingerprint = has_defaults(cluster)
                                  ? fingerprint(manifest.kind, with_defaults(spec, cluster))
                                  : out.own_fingerprint;
  return out;
}

}  // namespace

Deployment ExpandedEntry::deployment() const {
  return {.id = id(),
          .kind = manifest->kind,
          .owners = manifest->owners,
          .spec = with_defaults(*spec, *cluster),
          .own_fingerprint = own_fingerprint,
          .effective_fingerprint = effective_fingerprint};
}

Deployment expand(const Manifest& manifest,
                  const DeploySpec& spec,
                  const ClusterDefinition& cluster) {
  return entry_of(manifest, spec, cluster).deployment();
}

const ExpandedEntry* Expansion::find(const DeploymentId& id) const {
  const auto key = [](const ExpandedEntry& entry) {
    return std::tie(entry.manifest->id, entry.cluster->name);
  };
  const auto found =
      std::ranges::lower_bound(deployments, std::tie(id.manifest, id.cluster), {}, key);
  return found != deployments.end() && key(*found) == std::tie(id.manifest, id.cluster) ? &*found
                                                                                        : nullptr;
}

Expansion expand(const Gdm& gdm) {
  Expansion out;
  for (const auto& [id, manifest] : gdm.manifests) {
    for (const auto& [cluster, spec] : manifest.deployments) {
      const auto defined = gdm.definitions.clusters.find(cluster);
      if (defined == gdm.definitions.clusters.end()) {
        out.blocked.push_back(
            {{id, cluster},
             spec.version,
             fmt::format("cluster {} is not defined (manifest {}); define it with `sous cluster "
                         "add`, or remove the entry",
                         cluster.str(),
                         id.str())});
        continue;
      }
      out.deployments.push_back(entry_of(manifest, spec, defined->second));
    }
  }
  return out;
}

}  // namespace sous::engine
