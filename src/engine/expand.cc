#include "engine/expand.h"

#include <algorithm>
#include <iterator>
#include <utility>

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

Deployment expand(const Manifest& manifest,
                  const DeploySpec& spec,
                  const ClusterDefinition& cluster) {
  Deployment out{.id = {manifest.id, cluster.name},
                 .kind = manifest.kind,
                 .owners = manifest.owners,
                 .spec = spec,
                 .own_fingerprint = fingerprint(manifest.kind, spec),
                 .effective_fingerprint = {}};
  out.spec.startup = spec.startup.merged_over(cluster.startup);
  out.spec.env.insert(cluster.env.begin(), cluster.env.end());  // what the spec names stays
  out.effective_fingerprint = fingerprint(manifest.kind, out.spec);
  return out;
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
      out.deployments.push_back(expand(manifest, spec, defined->second));
    }
  }
  return out;
}

}  // namespace sous::engine
