#include "engine/alarms.h"

#include <utility>

#include <fmt/format.h>

namespace sous::engine {
namespace {

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
  const auto& entries = given.entries;
  if (entries.size() > 1 && entries[entries.size() - 2].outcome == Outcome::overtaken) {
    const GivenEntry& lost = entries[entries.size() - 2];
    out.push_back(fmt::format("what {} deployed offline, version {}, was overtaken: {}",
                              lost.given.who,
                              lost.version.canonical(),
                              lost.outcome_reason));
  }
}

bool is_intended(const Gdm& gdm, const DeploymentId& id) {
  const auto manifest = gdm.manifests.find(id.manifest);
  return manifest != gdm.manifests.end() && manifest->second.deployments.contains(id.cluster);
}

}  // namespace

Alarms::Alarms(const Gdm& gdm, const Ads& ads) : gdm_(gdm) {
  for (const auto& observation : ads) {
    for (const auto& seen : observation.deployments) {
      if (seen.source && seen.running && seen.health != Health::stopped) {
        running_[*seen.source][*seen.running].insert(seen.id.cluster);
      }
    }
  }
}

std::vector<std::string> Alarms::of(const ObservedDeployment& observed) const {
  std::vector<std::string> out;
  if (observed.gdm_id != gdm_.id) {
    out.push_back(observed.gdm_id.empty()
                      ? "it carries no GDM's id"
                      : fmt::format("it belongs to another GDM: {}", observed.gdm_id));
  } else if (const auto* given = gdm_.given_record(observed.id)) {
    compare_with_given(*given, observed, out);
  } else {
    out.emplace_back("no record says that it was given");
  }
  if (observed.asked && observed.running && observed.asked->digest != *observed.running) {
    out.push_back(fmt::format("the cluster was told to run image {}, but runs {}",
                              observed.asked->digest.short_hex(),
                              observed.running->short_hex()));
  }
  const auto same = observed.source ? running_.find(*observed.source) : running_.end();
  if (same != running_.end() && same->second.size() > 1) {
    std::string places;
    for (const auto& [digest, clusters] : same->second) {
      for (const auto& cluster : clusters) {
        places += fmt::format(
            "{}{} in {}", places.empty() ? "" : ", ", digest.short_hex(), cluster.str());
      }
    }
    out.push_back(fmt::format(
        "{} images run as {}: {}", same->second.size(), observed.source->str(), places));
  }
  if (!is_intended(gdm_, observed.id)) {
    out.emplace_back("the GDM has no entry for it");
  }
  return out;
}

}  // namespace sous::engine
