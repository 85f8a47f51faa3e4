#include <fmt/format.h>

#include "app/manifests.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/commands/gdm_edit.h"
#include "cli/gdm_views.h"
#include "cli/selection.h"

namespace sous::cli {
namespace {

Result<app::EntrySelection> selected(Session& session, app::Node& node, const Call& call) {
  auto id = SOUS_TRY(selected_manifest(session, node, call));
  auto clusters = SOUS_TRY(selected_clusters(session));
  return app::EntrySelection{.id = std::move(id), .clusters = std::move(clusters)};
}

/// The bare value where one cluster has it, else a line for each.
Result<std::string> values_of(const std::map<ClusterName, DeploySpec>& entries,
                              const std::string& name) {
  std::string out;
  std::vector<std::string> known;
  for (const auto& [cluster, spec] : entries) {
    if (const auto found = spec.metadata.find(name); found != spec.metadata.end()) {
      out += entries.size() == 1 ? found->second + "\n"
                                 : fmt::format("{}: {}\n", cluster.str(), found->second);
    }
    for (const auto& [key, value] : spec.metadata) {
      known.push_back(key);
    }
  }
  if (out.empty()) {
    const std::string near = nearest(name, known);
    return Error(Code::not_found, fmt::format("there is no metadata {}", quote(name)))
        .hinted(near.empty() ? "`sous metadata get` shows what there is"
                             : fmt::format("did you mean {}?", near));
  }
  return out;
}

Result<Answer> run_get(Session& session) {
  app::Node& node = *SOUS_TRY(session.node());
  const Call call = SOUS_TRY(session.call(node));
  const auto selection = SOUS_TRY(selected(session, node, call));
  const auto state = SOUS_TRY(app::read_records(node, call));
  auto entries = SOUS_TRY(app::selected_entries(state.gdm, selection));
  const auto name = session.arguments().word(0);
  if (!name) {
    return Answer{.json = metadata_json(selection.id, entries), .text = metadata_text(entries)};
  }
  auto text = SOUS_TRY(values_of(entries, *name));
  for (auto& [cluster, spec] : entries) {
    std::erase_if(spec.metadata, [&](const auto& entry) { return entry.first != *name; });
  }
  return Answer{.json = metadata_json(selection.id, entries), .text = std::move(text)};
}

Result<Answer> run_set(Session& session) {
  const auto name = session.arguments().word(0).value_or("");
  const auto value = session.arguments().word(1);
  const bool removes = session.arguments().has("remove");
  if (name.empty() || removes == value.has_value()) {
    return Error(Code::usage, "a name and a value are needed")
        .hinted("sous metadata set NAME VALUE, or sous metadata set -remove NAME");
  }
  app::Node& node = *SOUS_TRY(session.node_that_writes());
  const Call call = SOUS_TRY(session.call(node));
  const auto selection = SOUS_TRY(selected(session, node, call));
  const auto outcome = SOUS_TRY(app::set_metadata(node, selection, name, value, call));
  return edit_answer(session, selection.id.str(), outcome);
}

}  // namespace

CommandSpec metadata_get_command() {
  return {
      .path = "metadata get",
      .summary = "Show the metadata of a manifest",
      .description =
          "Shows the metadata of a manifest's entries, by cluster. With a name, only its values:\n"
          "the bare value where one cluster has an entry, else a line for each cluster.",
      .words = {{.name = "NAME", .help = "only this one"}},
      .flags = location_flags() + flavor_flag() + cluster_flag(),
      .examples = {{"sous metadata get BuildBranch -cluster left", "one value"}},
      .run = run_get};
}

CommandSpec metadata_set_command() {
  return {
      .path = "metadata set",
      .summary = "Set metadata in a manifest",
      .description =
          "Sets one entry of the metadata in every cluster of a manifest, or those of -cluster.\n"
          "Metadata is for other tools; Sous deploys nothing because of it.",
      .words = {{.name = "NAME", .help = "the entry", .required = true},
                {.name = "VALUE", .help = "its value"}},
      .flags = location_flags() + flavor_flag() + cluster_flag() +
               FlagSpec{.name = "remove", .help = "remove the entry"},
      .examples = {{"sous metadata set BuildBranch main", "in all clusters"}},
      .run = run_set};
}

}  // namespace sous::cli
