#include <vector>

#include "app/lock_edits.h"
#include "app/queries.h"
#include "cli/commands/commands.h"
#include "cli/image_texts.h"
#include "cli/json_views.h"
#include "cli/selection.h"

namespace sous::cli {
namespace {

Result<Answer> run_list(Session& session) {
  const Arguments& arguments = session.arguments();
  app::Node& node = *SOUS_TRY(session.node());
  const Call call = SOUS_TRY(session.call(node));
  std::optional<SourceLocation> only;
  if (arguments.has("source") || arguments.has("repo")) {
    only = SOUS_TRY(selected_location(session, node, call));
  }
  const auto state = SOUS_TRY(app::read_gdm(node, call));
  std::vector<const LockFile*> files;
  for (const auto& [source, file] : state.gdm.locks) {
    if (!only || source.location == *only) {
      files.push_back(&file);
    }
  }
  return Answer{.json = locks_json(files), .text = locks_text(files, session.style())};
}

Answer lock_answer(const LockFile& file, const Style& style) {
  return {.json = lock_json(file), .text = lock_text(file, style)};
}

Result<Answer> run_show(Session& session) {
  app::Node& node = *SOUS_TRY(session.node());
  const Call call = SOUS_TRY(session.call(node));
  const auto selected = SOUS_TRY(selected_version(session, node, call));
  return lock_answer(SOUS_TRY(app::query_lock(node, selected.source, call)), session.style());
}

Result<Answer> run_supersede(Session& session) {
  const Arguments& arguments = session.arguments();
  const auto to = arguments.value("to");
  if (!to) {
    return Error(Code::usage, "-to and -reason are needed")
        .hinted("sous lock supersede -tag VERSION -to DIGEST -reason WHY");
  }
  const auto reason = SOUS_TRY(needed_reason(session));
  app::Node& node = *SOUS_TRY(session.node_that_writes());
  const Call call = SOUS_TRY(session.call(node));
  const auto [source, digest] = SOUS_TRY(selected_registration(session, node, *to, call));
  return lock_answer(SOUS_TRY(app::supersede_lock(node, source, digest, reason, call)),
                     session.style());
}

}  // namespace

CommandSpec lock_list_command() {
  return {.path = "lock list",
          .summary = "List the locks: which image each version means",
          .description = "Lists the locks of the GDM; with -repo or -source those of one location.",
          .words = {},
          .flags = location_flags(),
          .examples = {},
          .run = run_list};
}

CommandSpec lock_show_command() {
  return {.path = "lock show",
          .summary = "Show all that the GDM knows of one version",
          .description =
              "Shows the locks of a version, those that were superseded, and every\n"
              "registered artifact.",
          .words = {},
          .flags = location_flags() + tag_flag(),
          .examples = {},
          .run = run_show};
}

CommandSpec lock_supersede_command() {
  return {
      .path = "lock supersede",
      .summary = "Decide by hand which image a version means",
      .description =
          "Replaces the lock of a version by a final one on another registered artifact. The\n"
          "lock that ends is kept with the reason. What runs is not touched: deploy again.",
      .words = {},
      .flags =
          location_flags() + tag_flag() +
          FlagSpec{.name = "to", .value = "DIGEST", .help = "the artifact, seven digits or more"} +
          reason_flag(),
      .examples = {{"sous lock supersede -tag 1.2.0 -to 4f6c0a91b2d3 -reason 'bad base image'",
                    "another image for 1.2.0"}},
      .run = run_supersede};
}

}  // namespace sous::cli
