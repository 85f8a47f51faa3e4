#include "engine/filter.h"

#include <utility>

#include <fmt/format.h>

namespace sous::engine {
namespace {

std::string cluster_names(const std::set<ClusterName>& clusters) {
  std::string out;
  for (const ClusterName& cluster : clusters) {
    out += (out.empty() ? "" : ",") + cluster.str();
  }
  return out.empty() ? "*" : out;
}

}  // namespace

Matcher Matcher::of_flag(const std::optional<std::string>& flag, bool empty_is_any) {
  const std::string text = flag.value_or("");
  return text == "*" || (text.empty() && empty_is_any) ? any() : exactly(text);
}

Filter Filter::of(const ManifestId& manifest, std::set<ClusterName> in_clusters) {
  return {.repo = Matcher::exactly(manifest.source().repo()),
          .offset = Matcher::exactly(manifest.source().offset()),
          .flavor = Matcher::exactly(manifest.flavor()),
          .clusters = std::move(in_clusters)};
}

bool Filter::matches(const SourceLocation& location) const {
  return repo.matches(location.repo()) && offset.matches(location.offset());
}

bool Filter::matches(const ManifestId& manifest) const {
  return matches(manifest.source()) && flavor.matches(manifest.flavor());
}

bool Filter::matches(const DeploymentId& deployment) const {
  return (clusters.empty() || clusters.contains(deployment.cluster)) &&
         matches(deployment.manifest);
}

bool Filter::matches(const DeploymentId& deployment, const Version& version, const Gdm& gdm) const {
  if (!matches(deployment) || (tag && *tag != version)) {
    return false;
  }
  if (revision.empty()) {
    return true;
  }
  const GivenRecord* given = gdm.given_record(deployment);
  return given != nullptr && !given->removed && given->current().revision &&
         given->current().revision->str().starts_with(revision);
}

bool Filter::matches(const ObservedDeployment& observed) const {
  return matches(observed.id) && (!tag || (observed.source && observed.source->version == *tag)) &&
         (revision.empty() ||
          (observed.revision && observed.revision->str().starts_with(revision)));
}

Status Filter::check_clusters(const Definitions& definitions) const {
  for (const ClusterName& name : clusters) {
    if (!definitions.clusters.contains(name)) {
      return Error(Code::usage, fmt::format("there is no cluster {}", name.str()))
          .hinted("`sous query clusters` lists them");
    }
  }
  return ok();
}

std::string Filter::str() const {
  return fmt::format("<cluster:{} repo:{} offset:{} flavor:{} tag:{} revision:{}>",
                     cluster_names(clusters),
                     repo.str(),
                     offset.str(),
                     flavor.str(),
                     tag ? tag->str() : "*",
                     revision.empty() ? "*" : revision);
}

}  // namespace sous::engine
