#include "engine/alarms.h"

#include <set>

#include <fmt/format.h>

namespace sous::engine {
namespace {

/// The digests that run anywhere as this source.
std::set<Digest> running_as(const SourceId& source, const Ads& ads) {
  std::set<Digest> out;
  for (const auto& observation : ads) {
    for (const auto& other : observation.deployments) {
      if (other.source == source && other.running && other.health != Health::stopped) {
        out.insert(*other.running);
      }
    }
  }
  return out;
}

void compare_with_given(const GivenRecord& given,
                        const ObservedDeployment& observed,
                        std::vector<std::string>& out) {
  const GivenEntry& current = given.current();
  if (observed.generation > current.generation) {
    out.push_back(fmt::format("it was given by a newer GDM: generation {} runs, {} is recorded",
                              observed.generation,
                              current.generation));
  } else if (observed.running && *observed.running != current.image.digest) {
    out.push_back(fmt::format("it runs image {}, but {} was given",
                              observed.running->short_hex(),
                              current.image.digest.short_hex()));
  }
}

bool is_intended(const Gdm& gdm, const DeploymentId& id) {
  const auto manifest = gdm.manifests.find(id.manifest);
  return manifest != gdm.manifests.end() && manifest->second.deployments.contains(id.cluster);
}

}  // namespace

std::vector<std::string> alarms(const Gdm& gdm,
                                const Ads& ads,
                                const ObservedDeployment& observed) {
  std::vector<std::string> out;
  if (observed.gdm_id != gdm.id) {
    out.push_back(observed.gdm_id.empty()
                      ? "it carries no GDM's id"
                      : fmt::format("it belongs to another GDM: {}", observed.gdm_id));
  } else if (const auto* given = gdm.given_record(observed.id)) {
    compare_with_given(*given, observed, out);
  } else {
    out.emplace_back("no record says that it was given");
  }
  if (observed.asked && observed.running && observed.asked->digest != *observed.running) {
    out.push_back(fmt::format("the cluster was told to run image {}, but runs {}",
                              observed.asked->digest.short_hex(),
                              observed.running->short_hex()));
  }
  if (observed.source) {
    if (const auto digests = running_as(*observed.source, ads); digests.size() > 1) {
      out.push_back(fmt::format("{} images run as {}", digests.size(), observed.source->str()));
    }
  }
  if (!is_intended(gdm, observed.id)) {
    out.emplace_back("the GDM has no entry for it");
  }
  return out;
}

}  // namespace sous::engine
