#include "app/init.h"

#include <utility>

#include <fmt/format.h>

#include "app/source_reader.h"
#include "codec/manifest_record.h"
#include "codec/record_paths.h"

namespace sous::app {
namespace {

constexpr std::uint32_t kStartupTimeout = 30;

DeploySpec first_spec(const InitRequest& request) {
  DeploySpec out;
  out.version = Version(0, 0, 0);
  out.resources = {{"cpus", "0.1"}, {"memory", "100"}, {"ports", "1"}};
  if (!request.flavor.empty()) {
    out.env = {{"OT_ENV_FLAVOR", request.flavor}};
  }
  if (request.kind == Kind::http_service) {
    out.startup.check_ready_protocol = "HTTP";
    out.startup.check_ready_uri_path = "/health";
    out.startup.timeout = kStartupTimeout;
  } else {
    out.startup.skip_check = true;
  }
  return out;
}

Result<std::set<ClusterName>> wanted_clusters(const Gdm& gdm, const InitRequest& request) {
  std::set<ClusterName> out;
  std::string known;
  for (const auto& [name, cluster] : gdm.definitions.clusters) {
    known += (known.empty() ? "" : ", ") + name.str();
    if (request.clusters.empty()) {
      out.insert(name);
    }
  }
  for (const ClusterName& name : request.clusters) {
    if (!gdm.definitions.clusters.contains(name)) {
      return Error(Code::usage, fmt::format("there is no cluster {}", name.str()))
          .hinted(known.empty() ? "define one in the GDM's defs.yaml"
                                : fmt::format("the clusters are: {}", known));
    }
    out.insert(name);
  }
  return out;
}

Result<std::pair<std::string, std::set<ClusterName>>> new_text(const GdmState& state,
                                                               const ManifestId& id,
                                                               const InitRequest& request) {
  const auto clusters = SOUS_TRY(wanted_clusters(state.gdm, request));
  const auto known = state.gdm.manifests.find(id);
  std::set<ClusterName> added;
  if (known == state.gdm.manifests.end()) {
    Manifest manifest{.id = id, .kind = request.kind, .owners = {}, .deployments = {}};
    for (const ClusterName& cluster : clusters) {
      manifest.deployments.emplace(cluster, first_spec(request));
    }
    return std::pair{codec::encode_manifest(manifest), clusters};
  }
  std::string text = *state.text(codec::manifest_path(id));
  for (const ClusterName& cluster : clusters) {
    if (!known->second.deployments.contains(cluster)) {
      text = SOUS_TRY(codec::add_deployment(text, cluster, first_spec(request)));
      added.insert(cluster);
    }
  }
  if (added.empty()) {
    return Error(Code::usage, fmt::format("manifest {} is there already", id.str()))
        .hinted("`sous manifest edit` changes it");
  }
  return std::pair{std::move(text), std::move(added)};
}

}  // namespace

Result<InitReport> init(Node& node, const InitRequest& request, const Call& call) {
  const auto location = SOUS_TRY(read_location(node, request.directory, request.source, call));
  const auto id = SOUS_TRY(ManifestId::make(location, request.flavor));
  InitReport report{.manifest = id, .path = codec::manifest_path(id), .text = {}, .clusters = {}};
  const auto judge = [&](const GdmState& state) -> Result<GdmEdit> {
    if (const std::string* there = state.text(report.path);
        there != nullptr && *there == report.text) {
      return GdmEdit{};  // the answer to an earlier attempt was lost
    }
    std::tie(report.text, report.clusters) = SOUS_TRY(new_text(state, id, request));
    return GdmEdit{.records = {{report.path, report.text}},
                   .message = fmt::format("Add manifest {}", id.str())};
  };
  if (request.dry_run) {
    const auto state = SOUS_TRY(gdm_as_if_ensured(node, call));
    SOUS_TRY_VOID(judge(state));
    return report;
  }
  SOUS_TRY_VOID(ensure_gdm(node, call));
  SOUS_TRY_VOID(edit_gdm(node, judge, call));
  if (request.source.repo) {
    const auto facts = SOUS_TRY(node.sources.inspect(request.directory, call));
    SOUS_TRY_VOID(node.sources.set_configured_repo(facts.root, location.repo(), call));
  }
  return report;
}

}  // namespace sous::app
