#include "app/cluster_edits.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "codec/definitions_record.h"
#include "codec/record_paths.h"

namespace sous::app {
namespace {

constexpr std::string_view kPodman = "podman";
constexpr std::array<std::string_view, 2> kKinds{kPodman, "singularity"};

Status check_kind(const std::string& kind) {
  if (std::ranges::find(kKinds, kind) != kKinds.end()) {
    return ok();
  }
  return Error(Code::usage, fmt::format("there is no kind of cluster {}", quote(kind)))
      .hinted("it is one of: podman, singularity");
}

Status check_url(const std::string& kind, const std::string& url) {
  const bool good = kind == kPodman ? url.starts_with("unix:///")
                                    : url.starts_with("http://") || url.starts_with("https://");
  if (good && is_plain_text(url)) {
    return ok();
  }
  return Error(Code::usage,
               fmt::format("{} is no address of a cluster of kind {}", quote(url), kind))
      .hinted(kind == kPodman
                  ? "give its socket: -url unix:///run/user/1000/podman/podman.sock"
                  : "give its address: -url https://singularity.example.com/singularity");
}

Error not_defined(const Gdm& gdm, const ClusterName& name) {
  std::vector<std::string> names;
  for (const auto& [known, cluster] : gdm.definitions.clusters) {
    names.push_back(known.str());
  }
  const std::string near = nearest(name.str(), names);
  return Error(Code::usage, fmt::format("there is no cluster {}", name.str()))
      .hinted(near.empty() ? "`sous cluster list` lists them"
                           : fmt::format("did you mean {}?", near));
}

/// The definitions' text, which must be readable.
Result<std::string> definitions_text(const GdmState& state) {
  const std::string path(codec::kDefinitionsPath);
  const auto broken = std::ranges::find(state.gdm.broken, path, &BrokenRecord::path);
  if (broken != state.gdm.broken.end()) {
    return Error(Code::invalid_data, fmt::format("{} cannot be read", path))
        .hinted("correct it in the GDM's repository")
        .detailed(broken->problems);
  }
  const std::string* text = state.text(path);
  return text == nullptr ? std::string() : *text;
}

GdmEdit definitions_edit(std::string text, std::string message) {
  return {.records = {{std::string(codec::kDefinitionsPath), std::move(text)}},
          .message = std::move(message)};
}

Result<Advisories> changed_advisories(const Advisories& now, const ClusterChange& change) {
  for (const auto& text : change.disallow) {
    if (!now.contains(text)) {
      return Error(Code::usage, fmt::format("the cluster does not allow {}", quote(text)));
    }
  }
  Advisories out;
  for (const auto& text : now.texts()) {
    if (std::ranges::find(change.disallow, text) == change.disallow.end()) {
      out.add(text);
    }
  }
  for (const auto& text : change.allow) {
    out.add(text);
  }
  return out;
}

std::optional<std::string> none_if_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional{text};
}

Result<ClusterDefinition> new_definition(Node& node,
                                         const ClusterName& name,
                                         const ClusterChange& change) {
  auto allowed_advisories = SOUS_TRY(changed_advisories({}, change));
  ClusterDefinition out{.name = name,
                        .kind = change.kind.value_or(std::string(kPodman)),
                        .base_url = change.base_url.value_or(""),
                        .env = {},
                        .startup = {},
                        .allowed_advisories = std::move(allowed_advisories),
                        .registry = none_if_empty(change.registry.value_or("")),
                        .machine_id = none_if_empty(change.machine_id.value_or(""))};
  if (out.kind == kPodman) {
    if (out.base_url.empty()) {
      out.base_url = "unix://" + node.settings.podman_socket;
    }
    if (!out.machine_id) {
      out.machine_id = node.settings.machine_id;
    }
  }
  SOUS_TRY_VOID(check_kind(out.kind));
  SOUS_TRY_VOID(check_url(out.kind, out.base_url));
  return out;
}

Result<std::string> with_text(const std::string& text,
                              const ClusterName& name,
                              std::string_view field,
                              const std::optional<std::string>& value) {
  if (!value) {
    return text;
  }
  auto out = codec::set_cluster_text(text, name, field, none_if_empty(*value));
  if (!out && value->empty() && out.error().code() == Code::not_found) {
    return text;  // it was not there
  }
  return out;
}

Result<std::string> changed_definition(std::string text,
                                       const ClusterDefinition& cluster,
                                       const ClusterChange& change) {
  const std::string kind = change.kind.value_or(cluster.kind);
  SOUS_TRY_VOID(check_kind(kind));
  SOUS_TRY_VOID(check_url(kind, change.base_url.value_or(cluster.base_url)));
  text = SOUS_TRY(with_text(text, cluster.name, "Kind", change.kind));
  text = SOUS_TRY(with_text(text, cluster.name, "BaseURL", change.base_url));
  text = SOUS_TRY(with_text(text, cluster.name, "Registry", change.registry));
  text = SOUS_TRY(with_text(text, cluster.name, "MachineID", change.machine_id));
  const auto advisories = SOUS_TRY(changed_advisories(cluster.allowed_advisories, change));
  if (advisories == cluster.allowed_advisories) {
    return text;
  }
  return codec::set_cluster_advisories(text, cluster.name, advisories);
}

}  // namespace

Result<EditOutcome> add_cluster(Node& node,
                                const ClusterName& name,
                                const ClusterChange& change,
                                const Call& call) {
  const auto definition = SOUS_TRY(new_definition(node, name, change));
  const auto compute = [&](const GdmState& state) -> Result<GdmEdit> {
    const auto text = SOUS_TRY(definitions_text(state));
    return definitions_edit(SOUS_TRY(codec::add_cluster(text, definition)),
                            fmt::format("Add cluster {}", name.str()));
  };
  return edit_records(node, compute, call);
}

Result<EditOutcome> set_cluster(Node& node,
                                const ClusterName& name,
                                const ClusterChange& change,
                                const Call& call) {
  const auto compute = [&](const GdmState& state) -> Result<GdmEdit> {
    auto text = SOUS_TRY(definitions_text(state));
    const auto found = state.gdm.definitions.clusters.find(name);
    if (found == state.gdm.definitions.clusters.end()) {
      return not_defined(state.gdm, name);
    }
    return definitions_edit(SOUS_TRY(changed_definition(std::move(text), found->second, change)),
                            fmt::format("Set cluster {}", name.str()));
  };
  return edit_records(node, compute, call);
}

Result<EditOutcome> remove_cluster(Node& node, const ClusterName& name, const Call& call) {
  const auto compute = [&](const GdmState& state) -> Result<GdmEdit> {
    const auto text = SOUS_TRY(definitions_text(state));
    if (!state.gdm.definitions.clusters.contains(name)) {
      return not_defined(state.gdm, name);
    }
    std::vector<std::string> users;
    for (const auto& [id, manifest] : state.gdm.manifests) {
      if (manifest.deployments.contains(name)) {
        users.push_back(fmt::format("manifest {} has an entry for it", id.str()));
      }
    }
    for (const auto& [id, given] : state.gdm.given) {
      if (id.cluster == name && !given.removed) {
        users.push_back(fmt::format("{} was given to it", id.manifest.str()));
      }
    }
    if (!users.empty()) {
      return Error(Code::blocked, fmt::format("cluster {} is in use", name.str()))
          .hinted("take it out of the manifests and let `sous rectify` end what runs there first")
          .detailed(std::move(users));
    }
    return definitions_edit(SOUS_TRY(codec::remove_cluster(text, name)),
                            fmt::format("Remove cluster {}", name.str()));
  };
  return edit_records(node, compute, call);
}

}  // namespace sous::app
