#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "app/queries.h"
#include "cli/commands/commands.h"
#include "cli/deployment_texts.h"
#include "cli/exit_status.h"
#include "cli/json_views.h"
#include "cli/selection.h"

namespace sous::cli {
namespace {

using codec::Json;

/// Wanted and running side by side.
struct Row {
  const app::IntendedDeployment* wanted = nullptr;
  const app::RunningDeployment* running = nullptr;
};

std::map<DeploymentId, Row> side_by_side(const std::vector<app::IntendedDeployment>& wanted,
                                         const app::AdsReport& ads) {
  std::map<DeploymentId, Row> out;
  for (const auto& deployment : wanted) {
    out[deployment.deployment.id].wanted = &deployment;
  }
  for (const auto& running : ads.deployments) {
    out[running.observed.id].running = &running;
  }
  return out;
}

/// What should run is picked by the version that is wanted, anything else by the one that runs.
bool is_meant(const ObservedDeployment& observed, const Gdm& gdm, const engine::Filter& filter) {
  const auto manifest = gdm.manifests.find(observed.id.manifest);
  if (manifest == gdm.manifests.end()) {
    return filter.matches(observed);
  }
  const auto entry = manifest->second.deployments.find(observed.id.cluster);
  return entry == manifest->second.deployments.end()
             ? filter.matches(observed)
             : filter.matches(observed.id, entry->second.version, gdm);
}

std::string state_of(const Row& row, const app::AdsReport& ads, const ClusterName& cluster) {
  if (row.running != nullptr) {
    return std::string(health_text(row.running->observed.health));
  }
  const bool silent =
      std::ranges::find(ads.silent, cluster, &app::SilentCluster::name) != ads.silent.end();
  return silent ? "not seen" : "not running";
}

Json row_json(const DeploymentId& id, const Row& row, const std::string& state) {
  Json out = Json::object();
  out.set("manifest", id.manifest.str());
  out.set("cluster", id.cluster.str());
  out.set("wanted_version",
          row.wanted != nullptr ? Json(row.wanted->deployment.spec.version.canonical()) : Json());
  const bool has_version = row.running != nullptr && row.running->observed.source;
  out.set("running_version",
          has_version ? Json(row.running->observed.source->version.canonical()) : Json());
  out.set("state", state);
  out.set("alarms", row.running != nullptr ? texts_json(row.running->alarms) : Json::array());
  return out;
}

Result<Answer> run(Session& session) {
  const auto filter = SOUS_TRY(selected_filter(session));
  app::Node& node = *SOUS_TRY(session.node());
  const Call call = SOUS_TRY(session.call(node, std::chrono::seconds(30)));
  const auto state = SOUS_TRY(app::read_gdm(node, call));
  SOUS_TRY_VOID(filter.check_clusters(state.gdm.definitions));
  const auto wanted = app::intended_deployments(state.gdm, {.filter = filter});
  auto ads = app::ads_report(
      node, state.gdm, app::observe(node, state.gdm.definitions, filter.clusters, call));
  std::erase_if(ads.deployments, [&](const app::RunningDeployment& running) {
    return !is_meant(running.observed, state.gdm, filter);
  });
  Table table({"MANIFEST", "CLUSTER", "WANTED", "RUNNING", "STATE"});
  Json rows = Json::array();
  std::string alarms;
  for (const auto& [id, row] : side_by_side(wanted, ads)) {
    const std::string word = state_of(row, ads, id.cluster);
    rows.push(row_json(id, row, word));
    const bool has_version = row.running != nullptr && row.running->observed.source;
    table.add({id.manifest.str(),
               id.cluster.str(),
               row.wanted != nullptr ? row.wanted->deployment.spec.version.str() : "-",
               has_version ? row.running->observed.source->version.str() : "-",
               word});
    if (row.running != nullptr) {
      for (const auto& alarm : row.running->alarms) {
        alarms += fmt::format("{} {}: {}\n", session.style().bad("alarm:"), id.str(), alarm);
      }
    }
  }
  Answer out{.json = document(),
             .text = (table.empty() ? "Nothing is to run, and nothing runs.\n"
                                    : table.render(session.style())) +
                     alarms,
             .status = ads.silent.empty() ? kDone : kUndecided};
  for (const auto& silent : ads.silent) {
    out.text += fmt::format("{} {}\n", session.style().bad("not seen:"), silent.error.text());
  }
  out.json.set("gdm_revision", state.gdm.revision);
  out.json.set("deployments", std::move(rows));
  return out;
}

}  // namespace

CommandSpec status_command() {
  return {.path = "status",
          .summary = "Show on one screen what should run and what runs",
          .description =
              "Lists every deployment with the version wanted, the version running, its\n"
              "state, and alarms. `sous plan` tells what would be done about differences.",
          .words = {},
          .flags = filter_flags(),
          .examples = {},
          .run = run};
}

}  // namespace sous::cli
