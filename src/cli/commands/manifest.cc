#include <fmt/format.h>

#include "app/manifests.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/commands/gdm_edit.h"
#include "cli/gdm_views.h"
#include "cli/selection.h"
#include "model/record_path.h"

namespace sous::cli {
namespace {

Result<Answer> run_get(Session& session) {
  app::Node& node = *SOUS_TRY(session.node());
  const Call call = SOUS_TRY(session.call(node));
  const auto id = SOUS_TRY(selected_manifest(session, node, call));
  const auto manifest =
      SOUS_TRY(app::get_manifest(node, id, session.arguments().value("at"), call));
  if (!manifest.stale.empty()) {
    session.output().note("the GDM may not be the newest: " + manifest.stale);
  }
  for (const auto& problem : manifest.problems) {
    session.output().note(problem);
  }
  return Answer{.json = manifest_json(manifest), .text = manifest.text};
}

/// The manifest that flags or the checkout name, else the one that the text is about.
Result<ManifestId> manifest_to_set(Session& session,
                                   app::Node& node,
                                   const std::string& text,
                                   const Call& call) {
  auto selected = selected_manifest(session, node, call);
  const auto& arguments = session.arguments();
  const bool named = arguments.has("source") || arguments.has("repo") || arguments.has("flavor");
  if (selected || named) {
    return selected;
  }
  return app::manifest_of_text(text);
}

Result<Answer> run_set(Session& session) {
  app::Node& node = *SOUS_TRY(session.node_that_writes());
  const Call call = SOUS_TRY(session.call(node));
  const auto text = SOUS_TRY(session.wiring().read_input(kMaxRecordBytes));
  if (trim(text).empty()) {
    return Error(Code::usage, "no manifest came on standard input")
        .hinted("sous manifest set < FILE");
  }
  const auto id = SOUS_TRY(manifest_to_set(session, node, text, call));
  std::optional<app::GdmState> base;
  if (const auto revision = session.arguments().value("base")) {
    base = SOUS_TRY(app::read_gdm_at(node, *revision, call));
  }
  const auto outcome = SOUS_TRY(app::set_manifest(node,
                                                  {.id = id,
                                                   .text = text,
                                                   .base = base ? &*base : nullptr,
                                                   .verbatim = session.arguments().has("verbatim")},
                                                  call));
  return edit_answer(session, id.str(), outcome);
}

Result<Answer> run_delete(Session& session) {
  const Arguments& arguments = session.arguments();
  app::Node& node = *SOUS_TRY(session.node_that_writes());
  const Call call = SOUS_TRY(session.call(node));
  const auto id = SOUS_TRY(selected_manifest(session, node, call));
  const auto deleted =
      SOUS_TRY(app::delete_manifest(node,
                                    {.id = id,
                                     .reason = arguments.value("reason").value_or(""),
                                     .release = arguments.has("release")},
                                    call));
  Answer out = edit_answer(session, id.str(), deleted.outcome);
  out.json = deletion_json(id, deleted);
  out.text = deletion_text(id, deleted);
  return out;
}

}  // namespace

CommandSpec manifest_get_command() {
  return {
      .path = "manifest get",
      .summary = "Print a manifest",
      .description =
          "Prints the text of a manifest as it stands in the GDM, and nothing else on standard\n"
          "output; one that cannot be read comes with its problems. With -at, as it was at an\n"
          "earlier revision of the GDM (`sous history` lists them).",
      .words = {},
      .flags = location_flags() + flavor_flag() +
               FlagSpec{.name = "at",
                        .value = "REVISION",
                        .help = "an earlier revision of the GDM, seven digits or more"},
      .examples = {{"sous manifest get > app.yaml", "to edit it and set it again"},
                   {"sous manifest get -at 1a2b3c4", "as it was then"}},
      .run = run_get};
}

CommandSpec manifest_set_command() {
  return {
      .path = "manifest set",
      .summary = "Replace a manifest by standard input",
      .description =
          "Reads a manifest from standard input and stores it. A text with comments is stored as\n"
          "it is. Of one without any, as programs write them, only the fields that it changes are\n"
          "edited in the text that is there, so comments, order and layout survive.\n\n"
          "With -base, the fields that it changes since that revision are changed, even when "
          "others\n"
          "changed other fields meanwhile; a field that both changed is a conflict (6). Without,\n"
          "the newest revision counts as the base. A manifest that is about another source or\n"
          "flavor, cannot be read, or names a cluster that is not defined is refused.",
      .words = {},
      .flags = location_flags() + flavor_flag() +
               FlagSpec{.name = "base",
                        .value = "REVISION",
                        .help = "the revision of the GDM that the text was made from"} +
               FlagSpec{.name = "verbatim", .help = "store the text as it is in any case"},
      .examples = {{"sous manifest set < app.yaml", "store the text of a file"}},
      .run = run_set};
}

CommandSpec manifest_delete_command() {
  return {
      .path = "manifest delete",
      .summary = "Delete a manifest",
      .description =
          "Removes a manifest from the GDM; its history stays. What is deployed because of it is\n"
          "named: the next `sous rectify` ends it. Refused (3) while a deployment is held.",
      .words = {},
      .flags =
          location_flags() + flavor_flag() +
          FlagSpec{.name = "reason", .value = "WHY", .help = "why; it is kept in the history"} +
          FlagSpec{.name = "release", .help = "also where a deployment is held"},
      .examples = {{"sous manifest delete -flavor canary", "the manifest of one flavor"}},
      .run = run_delete};
}

}  // namespace sous::cli
