#include "app/queries.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/alarms.h"
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

}  // namespace

std::vector<IntendedDeployment> intended_deployments(const Gdm& gdm, const GdmQuery& query) {
  std::vector<IntendedDeployment> out;
  for (const auto& entry : engine::expand(gdm).deployments) {
    Deployment deployment = entry.deployment();
    auto given = given_digest(gdm, deployment.id);
    auto locked = locked_digest(gdm, deployment.source());
    IntendedDeployment intended{std::move(deployment), std::move(given), std::move(locked)};
    if (is_asked_for(gdm, query, intended)) {
      out.push_back(std::move(intended));
    }
  }
  return out;
}

AdsReport ads_report(Node& node, const Gdm& gdm, Observed observed) {
  AdsReport out;
  AlarmFinder finder(node, gdm, observed.ads);
  for (const auto& observation : observed.ads) {
    for (const auto& deployment : observation.deployments) {
      out.deployments.push_back(
          {deployment, given_digest(gdm, deployment.id), finder.of(deployment)});
    }
  }
  std::ranges::sort(out.deployments, [](const RunningDeployment& a, const RunningDeployment& b) {
    return a.observed.id < b.observed.id;
  });
  out.seen = std::move(observed.ads);
  out.silent = std::move(observed.silent);
  return out;
}

Result<AdsReport> query_ads(Node& node, const engine::Filter& filter, const Call& call) {
  const auto state = SOUS_TRY(read_gdm(node, call));
  SOUS_TRY_VOID(filter.check_clusters(state.gdm.definitions));
  auto out =
      ads_report(node, state.gdm, observe(node, state.gdm.definitions, filter.clusters, call));
  std::erase_if(out.deployments, [&](const RunningDeployment& running) {
    return !filter.matches(running.observed);
  });
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
