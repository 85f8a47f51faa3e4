#include "app/manifests.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "codec/manifest_record.h"
#include "codec/record_paths.h"
#include "codec/yaml_changes.h"
#include "engine/filter.h"
#include "engine/given_rules.h"

namespace sous::app {
namespace {

using Edit = std::function<Result<std::string>(const std::string& text, const ClusterName&)>;

Error no_manifest(const ManifestId& id) {
  return Error(Code::not_found,
               fmt::format("No manifest matched by {}", engine::Filter::of(id).str()))
      .hinted("`sous query gdm` lists what there is; `sous init` makes one");
}

/// Why a record is no readable manifest.
std::vector<std::string> problems_of(const Gdm& gdm, const std::string& path) {
  const auto found = std::ranges::find(gdm.broken, path, &BrokenRecord::path);
  return found == gdm.broken.end() ? std::vector<std::string>{} : found->problems;
}

/// The manifest of a selection, which must be readable.
Result<const Manifest*> readable(const Gdm& gdm, const ManifestId& id) {
  if (const auto found = gdm.manifests.find(id); found != gdm.manifests.end()) {
    return &found->second;
  }
  const std::string path = codec::manifest_path(id);
  if (auto problems = problems_of(gdm, path); !problems.empty()) {
    return Error(Code::invalid_data, fmt::format("{} cannot be read", path))
        .hinted("correct it with `sous manifest edit`")
        .detailed(std::move(problems));
  }
  return no_manifest(id);
}

Status refuse_held(const Gdm& gdm, const DeploymentId& id, WallTime now) {
  const Hold* hold = engine::active_hold(gdm.given_record(id), now);
  if (hold == nullptr) {
    return ok();
  }
  return Error(Code::blocked,
               fmt::format("{} is held by {}: {}", id.str(), hold->held.who, hold->held.why))
      .hinted("-release does it all the same");
}

/// A change of each selected entry, as one commit.
Result<EditOutcome> edit_entries(Node& node,
                                 const EntrySelection& entries,
                                 bool obeys_holds,
                                 const std::string& message,
                                 const Edit& edit,
                                 const Call& call) {
  const auto compute = [&](const GdmState& state) -> Result<GdmEdit> {
    const std::string path = codec::manifest_path(entries.id);
    const auto selected = SOUS_TRY(selected_entries(state.gdm, entries));
    std::string text = *state.text(path);
    for (const auto& [cluster, spec] : selected) {
      if (obeys_holds && !entries.release) {
        SOUS_TRY_VOID(refuse_held(state.gdm, {entries.id, cluster}, node.clock.wall()));
      }
      text = SOUS_TRY(edit(text, cluster));
    }
    return GdmEdit{.records = {{path, std::move(text)}}, .message = message};
  };
  return edit_records(node, compute, call);
}

std::string where(const EntrySelection& entries) {
  std::string out;
  for (const ClusterName& cluster : entries.clusters) {
    out += (out.empty() ? " in " : ", ") + cluster.str();
  }
  return entries.id.str() + out;
}

/// The text to store: the given one, or the one that is there with the fields that it changes.
Result<std::string> text_to_store(const std::string* there, const SetManifest& request) {
  if (there == nullptr || request.verbatim || SOUS_TRY(codec::has_yaml_comments(request.text))) {
    return request.text;
  }
  const auto changes = codec::yaml_changes(*there, request.text);
  if (!changes) {
    return request.text;  // what is there is broken
  }
  auto merged = codec::apply_yaml_changes(*there, *changes);
  if (!merged || !merged->conflicts.empty()) {
    return request.text;
  }
  return std::move(merged->text);
}

}  // namespace

Result<ManifestText> get_manifest(Node& node,
                                  const ManifestId& id,
                                  const std::optional<std::string>& revision,
                                  const Call& call) {
  GdmState state =
      revision ? SOUS_TRY(read_gdm_at(node, *revision, call)) : SOUS_TRY(read_records(node, call));
  if (!state.snapshot.stale.empty()) {
    state = SOUS_TRY(with_kept_edits(node, std::move(state)));
  }
  ManifestText out{.id = id,
                   .path = codec::manifest_path(id),
                   .revision = state.snapshot.revision,
                   .text = {},
                   .problems = {},
                   .stale = state.snapshot.stale};
  if (const auto refused = state.snapshot.refused.find(out.path);
      refused != state.snapshot.refused.end()) {
    return Error(Code::invalid_data,
                 fmt::format("{} cannot be read: {}", out.path, refused->second));
  }
  const std::string* text = state.text(out.path);
  if (text == nullptr) {
    return no_manifest(id);
  }
  out.text = *text;
  out.problems = problems_of(state.gdm, out.path);
  return out;
}

Result<ManifestId> manifest_of_text(const std::string& text) {
  return SOUS_TRY(codec::decode_manifest("manifest", text)).value.id;
}

Status check_manifest(const GdmState& state, const ManifestId& id, const std::string& text) {
  const auto manifest = SOUS_TRY(codec::decode_manifest(codec::manifest_path(id), text)).value;
  if (manifest.id != id) {
    return Error(Code::usage,
                 fmt::format("the manifest is that of {}, not of {}",
                             quote(manifest.id.str()),
                             quote(id.str())))
        .hinted("its Source and Flavor must be those that the command is about");
  }
  const auto before = state.gdm.manifests.find(id);
  for (const auto& [cluster, spec] : manifest.deployments) {
    const bool was_there =
        before != state.gdm.manifests.end() && before->second.deployments.contains(cluster);
    if (!was_there && !state.gdm.definitions.clusters.contains(cluster)) {
      return Error(Code::invalid_data,
                   fmt::format("manifest {} names the cluster {}, which is not defined",
                               id.str(),
                               cluster.str()))
          .hinted("`sous query clusters` lists them; `sous cluster add` defines one");
    }
  }
  return ok();
}

Result<EditOutcome> set_manifest(Node& node, const SetManifest& request, const Call& call) {
  const auto compute = [&](const GdmState& state) -> Result<GdmEdit> {
    SOUS_TRY_VOID(check_manifest(state, request.id, request.text));
    const std::string path = codec::manifest_path(request.id);
    const std::string* there = state.text(path);
    const bool is_new = there == nullptr && !state.snapshot.refused.contains(path);
    return GdmEdit{
        .records = {{path, SOUS_TRY(text_to_store(there, request))}},
        .message = fmt::format("{} manifest {}", is_new ? "Add" : "Set", request.id.str())};
  };
  return edit_records(node, compute, call, request.base);
}

Result<DeletedManifest> delete_manifest(Node& node,
                                        const DeleteManifest& request,
                                        const Call& call) {
  DeletedManifest out;
  const std::string path = codec::manifest_path(request.id);
  const auto compute = [&](const GdmState& state) -> Result<GdmEdit> {
    if (state.text(path) == nullptr && !state.snapshot.refused.contains(path)) {
      return no_manifest(request.id);
    }
    out.deployed.clear();
    for (const auto& [id, given] : state.gdm.given) {
      if (id.manifest != request.id || given.removed) {
        continue;
      }
      if (!request.release) {
        SOUS_TRY_VOID(refuse_held(state.gdm, id, node.clock.wall()));
      }
      out.deployed.push_back(id);
    }
    return GdmEdit{.records = {{path, std::nullopt}},
                   .message = fmt::format("Delete manifest {}{}{}",
                                          request.id.str(),
                                          request.reason.empty() ? "" : "\n\n",
                                          request.reason)};
  };
  out.outcome = SOUS_TRY(edit_records(node, compute, call));
  return out;
}

Result<std::map<ClusterName, DeploySpec>> selected_entries(const Gdm& gdm,
                                                           const EntrySelection& entries) {
  const Manifest& manifest = *SOUS_TRY(readable(gdm, entries.id));
  if (entries.clusters.empty()) {
    return manifest.deployments;
  }
  std::map<ClusterName, DeploySpec> out;
  for (const ClusterName& cluster : entries.clusters) {
    const auto found = manifest.deployments.find(cluster);
    if (found == manifest.deployments.end()) {
      return Error(Code::usage,
                   fmt::format(
                       "manifest {} has no entry for cluster {}", entries.id.str(), cluster.str()))
          .hinted(fmt::format("add one with `sous init -cluster {}`", cluster.str()));
    }
    out.insert(*found);
  }
  return out;
}

Result<EditOutcome> scale(Node& node,
                          const EntrySelection& entries,
                          std::uint32_t instances,
                          const Call& call) {
  return edit_entries(
      node,
      entries,
      true,
      fmt::format("Scale {} to {}", where(entries), instances),
      [&](const std::string& text, const ClusterName& cluster) {
        return codec::set_num_instances(text, cluster, instances);
      },
      call);
}

Result<EditOutcome> update_version(Node& node,
                                   const EntrySelection& entries,
                                   const Version& version,
                                   const Call& call) {
  return edit_entries(
      node,
      entries,
      true,
      fmt::format("Update {} to {}", where(entries), version.str()),
      [&](const std::string& text, const ClusterName& cluster) {
        return codec::set_deployment_version(text, cluster, version);
      },
      call);
}

Result<EditOutcome> set_metadata(Node& node,
                                 const EntrySelection& entries,
                                 const std::string& name,
                                 const std::optional<std::string>& value,
                                 const Call& call) {
  return edit_entries(
      node,
      entries,
      false,
      fmt::format("{} metadata {} of {}", value ? "Set" : "Remove", name, where(entries)),
      [&](const std::string& text, const ClusterName& cluster) -> Result<std::string> {
        auto edited = codec::set_deployment_text(text, cluster, "Metadata", name, value);
        if (!edited && !value && edited.error().code() == Code::not_found) {
          return text;  // it was not there
        }
        return edited;
      },
      call);
}

}  // namespace sous::app
