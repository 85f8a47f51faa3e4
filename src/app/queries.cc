#include "app/queries.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "app/image_search.h"
#include "app/repository_scan.h"
#include "engine/alarms.h"
#include "engine/expand.h"

namespace sous::app {
namespace {

std::optional<Digest> given_digest(const Gdm& gdm, const DeploymentId& id) {
  const GivenRecord* given = gdm.given_record(id);
  return given != nullptr && !given->removed ? std::optional{given->current().image.digest}
                                             : std::nullopt;
}

/// The final lock, or the only one there is.
std::optional<Digest> locked_digest(const Gdm& gdm, const SourceId& source) {
  const LockFile* file = gdm.lock_file(source);
  if (file == nullptr) {
    return std::nullopt;
  }
  if (const Lock* lock = file->final_lock()) {
    return lock->digest;
  }
  return file->locks.size() == 1 ? std::optional{file->locks.front().digest} : std::nullopt;
}

bool has_image(const Gdm& gdm, const IntendedDeployment& intended) {
  const Deployment& deployment = intended.deployment;
  if (intended.locked) {
    return true;
  }
  const GivenRecord* given = gdm.given_record(deployment.id);
  if (intended.given && given->current().version == deployment.spec.version) {
    return true;
  }
  const LockFile* file = gdm.lock_file(deployment.source());
  return file != nullptr && std::ranges::any_of(file->registrations, [](const Registration& one) {
           return !one.withdrawn;
         });
}

bool is_asked_for(const Gdm& gdm, const GdmQuery& query, const IntendedDeployment& intended) {
  const auto as_asked = [](const std::optional<bool>& question, bool answer) {
    return !question || *question == answer;
  };
  const Deployment& deployment = intended.deployment;
  return query.filter.matches(deployment.id, deployment.spec.version, gdm) &&
         as_asked(query.zero_instances, deployment.spec.num_instances == 0) &&
         as_asked(query.has_owners, !deployment.owners.empty()) &&
         (!query.has_image || *query.has_image == has_image(gdm, intended));
}

KnownArtifact known(const SourceId& source, const Registration& registration) {
  return {.digest = registration.digest,
          .source = source,
          .revision = registration.revision,
          .advisories = registration.advisories,
          .built_at = registration.built_at,
          .first_seen = registration.registered.when,
          .registered = true,
          .withdrawn = registration.withdrawn.has_value(),
          .names = registration.images};
}

KnownArtifact known(const IndexedArtifact& indexed) {
  const Artifact& artifact = indexed.image.artifact;
  return {.digest = artifact.digest,
          .source = artifact.source,
          .revision = artifact.revision,
          .advisories = artifact.advisories,
          .built_at = artifact.built_at ? artifact.built_at : artifact.created,
          .first_seen = {},
          .registered = false,
          .withdrawn = false,
          .names = indexed.repositories};
}

/// Whether everything that is known of a location came from whole readings.
Result<Completeness> last_readings(
    Node& node, const Gdm& gdm, const SourceLocation& location, bool scan, const Call& call) {
  std::string reason;
  std::vector<std::string> missing;
  for (const auto& repository : SOUS_TRY(repositories_of(node, gdm, location))) {
    std::optional<ScanRecord> record;
    if (scan) {
      record = SOUS_TRY(scan_repository(node, repository, call));
    } else {
      record = SOUS_TRY(node.index.last_scan(repository));
    }
    if (!record) {
      reason = "not everything was read yet; `sous index scan` reads it";
      missing.push_back(repository.str());
    } else if (!record->completeness.is_complete()) {
      reason = record->completeness.reason();
      std::ranges::copy(record->completeness.missing(), std::back_inserter(missing));
    }
  }
  return missing.empty() ? Completeness::complete()
                         : Completeness::partial(std::move(reason), std::move(missing));
}

}  // namespace

std::vector<IntendedDeployment> intended_deployments(const Gdm& gdm, const GdmQuery& query) {
  std::vector<IntendedDeployment> out;
  for (auto& deployment : engine::expand(gdm).deployments) {
    auto given = given_digest(gdm, deployment.id);
    auto locked = locked_digest(gdm, deployment.source());
    IntendedDeployment intended{std::move(deployment), std::move(given), std::move(locked)};
    if (is_asked_for(gdm, query, intended)) {
      out.push_back(std::move(intended));
    }
  }
  return out;
}

AdsReport ads_report(const Gdm& gdm, Observed observed) {
  AdsReport out;
  for (const auto& observation : observed.ads) {
    for (const auto& deployment : observation.deployments) {
      out.deployments.push_back({deployment,
                                 given_digest(gdm, deployment.id),
                                 engine::alarms(gdm, observed.ads, deployment)});
    }
  }
  std::ranges::sort(out.deployments, [](const RunningDeployment& a, const RunningDeployment& b) {
    return a.observed.id < b.observed.id;
  });
  out.seen = std::move(observed.ads);
  out.silent = std::move(observed.silent);
  return out;
}

Result<AdsReport> query_ads(Node& node, const std::set<ClusterName>& only, const Call& call) {
  const auto state = SOUS_TRY(read_gdm(node, call));
  for (const ClusterName& name : only) {
    if (!state.gdm.definitions.clusters.contains(name)) {
      return Error(Code::usage, fmt::format("there is no cluster {}", name.str()))
          .hinted("`sous query clusters` lists them");
    }
  }
  return ads_report(state.gdm, observe(node, state.gdm.definitions, only, call));
}

Result<ArtifactReport> query_artifacts(Node& node,
                                       const SourceLocation& location,
                                       const std::optional<Version>& version,
                                       bool scan,
                                       const Call& call) {
  const auto state = SOUS_TRY(read_gdm(node, call));
  ArtifactReport out;
  out.completeness = SOUS_TRY(last_readings(node, state.gdm, location, scan, call));
  std::map<Digest, std::size_t> place;
  for (const auto& [source, file] : state.gdm.locks) {
    if (source.location != location || (version && source.version != *version)) {
      continue;
    }
    for (const auto& registration : file.registrations) {
      place.emplace(registration.digest, out.artifacts.size());
      out.artifacts.push_back(known(source, registration));
    }
  }
  for (const auto& indexed : SOUS_TRY(node.index.find(location, version))) {
    const auto [at, is_new] = place.emplace(indexed.image.artifact.digest, out.artifacts.size());
    if (is_new) {
      out.artifacts.push_back(known(indexed));
      continue;
    }
    auto& names = out.artifacts[at->second].names;
    for (const auto& repository : indexed.repositories) {
      if (std::ranges::find(names, repository) == names.end()) {
        names.push_back(repository);
      }
    }
  }
  std::multimap<std::tuple<Version, bool>, KnownArtifact> ordered;  // equal keys stay as they came
  for (auto& artifact : out.artifacts) {
    const std::tuple key(artifact.source.version, !artifact.registered);
    ordered.emplace(key, std::move(artifact));
  }
  out.artifacts.clear();
  for (auto& [key, artifact] : ordered) {
    out.artifacts.push_back(std::move(artifact));
  }
  return out;
}

Result<LockFile> query_lock(Node& node, const SourceId& source, const Call& call) {
  const auto state = SOUS_TRY(read_gdm(node, call));
  const LockFile* file = state.gdm.lock_file(source);
  if (file == nullptr) {
    return Error(Code::not_found, fmt::format("nothing was registered for {}", source.str()))
        .hinted("`sous lock list` shows what there is; `sous build` registers a build");
  }
  return *file;
}

}  // namespace sous::app
