#include <limits>

#include <fmt/format.h>

#include "app/manifests.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/commands/gdm_edit.h"
#include "cli/selection.h"

namespace sous::cli {
namespace {

/// The entries of the flags. Which clusters must be said.
Result<app::EntrySelection> selected(Session& session, app::Node& node, const Call& call) {
  auto id = SOUS_TRY(selected_manifest(session, node, call));
  auto clusters = SOUS_TRY(selected_clusters(session));
  return app::EntrySelection{.id = std::move(id),
                             .clusters = std::move(clusters),
                             .release = session.arguments().has("release")};
}

Status require_clusters(const Session& session) {
  const Arguments& arguments = session.arguments();
  if (arguments.has("all") && arguments.has("cluster")) {
    return Error(Code::usage, "-all is every cluster: leave out it or -cluster");
  }
  if (!arguments.has("all") && !arguments.has("cluster")) {
    return Error(Code::usage, "no cluster was named")
        .hinted("name it with -cluster, or say -all for every cluster of the manifest");
  }
  return ok();
}

Result<std::uint32_t> instances_of(const std::string& text) {
  const auto count = parse_uint(text);
  if (!count || *count > static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max())) {
    return Error(Code::usage, fmt::format("{} is no number of instances", quote(text)))
        .hinted("give a whole number, 0 or more");
  }
  return static_cast<std::uint32_t>(*count);
}

Result<Answer> run_scale(Session& session) {
  const auto instances = SOUS_TRY(instances_of(session.arguments().word(0).value_or("")));
  SOUS_TRY_VOID(require_clusters(session));
  app::Node& node = *SOUS_TRY(session.node_that_writes());
  const Call call = SOUS_TRY(session.call(node));
  const auto selection = SOUS_TRY(selected(session, node, call));
  return edit_answer(
      session, selection.id.str(), SOUS_TRY(app::scale(node, selection, instances, call)));
}

Result<Answer> run_update(Session& session) {
  SOUS_TRY_VOID(require_clusters(session));
  app::Node& node = *SOUS_TRY(session.node_that_writes());
  const Call call = SOUS_TRY(session.call(node));
  const auto selection = SOUS_TRY(selected(session, node, call));
  const auto version = SOUS_TRY(selected_version(session, node, call));
  return edit_answer(session,
                     selection.id.str(),
                     SOUS_TRY(app::update_version(node, selection, version.source.version, call)));
}

std::vector<FlagSpec> entry_flags() {
  return location_flags() + flavor_flag() + cluster_flag() +
         FlagSpec{.name = "all", .help = "every cluster of the manifest"} +
         FlagSpec{.name = "release", .help = "also where a deployment is held"};
}

}  // namespace

CommandSpec scale_command() {
  return {
      .path = "scale",
      .summary = "Set how many instances should run",
      .description =
          "Sets the number of instances in a manifest, for the clusters named. Nothing is\n"
          "deployed by it: `sous rectify`, or a node that rectifies by itself, carries it out.\n"
          "0 stops what runs. Refused (3) while a deployment is held.",
      .words = {{.name = "N", .help = "how many, 0 or more", .required = true}},
      .flags = entry_flags(),
      .examples = {{"sous scale 3 -cluster left", "three instances in one cluster"}},
      .run = run_scale};
}

CommandSpec update_command() {
  return {
      .path = "update",
      .summary = "Set which version should run, without deploying it",
      .description =
          "Sets the version in a manifest, for the clusters named: that of -tag, else the\n"
          "checkout's nearest one. Nothing is deployed by it: the next `sous rectify` chooses the\n"
          "version's image and gives it. Refused (3) while a deployment is held.",
      .words = {},
      .flags = entry_flags() + tag_flag(),
      .examples = {{"sous update -cluster left -tag 1.2.0", "the version that is intended"}},
      .run = run_update};
}

}  // namespace sous::cli
