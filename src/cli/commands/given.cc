#include <fmt/format.h>

#include "app/again.h"
#include "app/given_edits.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/deployment_texts.h"
#include "cli/json_views.h"
#include "cli/operations.h"
#include "cli/selection.h"

namespace sous::cli {
namespace {

constexpr Duration kLimit = std::chrono::minutes(15);

Result<app::GivenSelection> selection(Session& session, app::Node& node, const Call& call) {
  auto clusters = SOUS_TRY(selected_clusters(session));
  auto manifest = SOUS_TRY(selected_manifest(session, node, call));
  return app::GivenSelection{.manifest = std::move(manifest), .clusters = std::move(clusters)};
}

/// `-until` as a moment: RFC 3339, or so long from now.
Result<std::optional<WallTime>> until(const Session& session, WallTime now) {
  const auto text = session.arguments().value("until");
  if (!text) {
    return std::optional<WallTime>{};
  }
  if (const auto duration = parse_duration(*text)) {
    return std::optional{now + *duration};
  }
  const auto time = parse_rfc3339(*text);
  if (!time) {
    return Error(Code::usage, fmt::format("-until {}: neither a time nor a duration", quote(*text)))
        .hinted("write 2h, 30m or 2026-11-21T18:00:00Z");
  }
  if (*time <= now) {
    return Error(Code::usage, fmt::format("-until {}: that is past", quote(*text)));
  }
  return std::optional{*time};
}

Answer given_answer(std::span<const GivenRecord> records, const Style& style) {
  return {.json = given_json(records), .text = given_text(records, style)};
}

Result<Answer> run_hold(Session& session) {
  const auto reason = session.arguments().value("reason");
  if (!reason) {
    return Error(Code::usage, "-reason is needed")
        .hinted("sous hold -reason 'waiting for the database' [-until 2h]");
  }
  app::Node& node = *SOUS_TRY(session.node_that_writes());
  const Call call = SOUS_TRY(session.call(node));
  const auto end = SOUS_TRY(until(session, node.clock.wall()));
  const auto selected = SOUS_TRY(selection(session, node, call));
  return given_answer(SOUS_TRY(app::hold(node, selected, *reason, end, call)), session.style());
}

Result<Answer> run_release(Session& session) {
  app::Node& node = *SOUS_TRY(session.node_that_writes());
  const Call call = SOUS_TRY(session.call(node));
  const auto selected = SOUS_TRY(selection(session, node, call));
  return given_answer(SOUS_TRY(app::release(node, selected, call)), session.style());
}

using Again = Result<std::vector<Operation>> (*)(app::Node&,
                                                 const app::AgainRequest&,
                                                 const app::OnOperation&,
                                                 const Call&);

Result<Answer> run_again(Session& session, Again again) {
  app::Node& node = *SOUS_TRY(session.node_with_registry_that_writes());
  const Call call = SOUS_TRY(session.call(node, kLimit));
  auto selected = SOUS_TRY(selection(session, node, call));
  const auto affected = SOUS_TRY(confirmed(session));
  const app::AgainRequest request{.selection = std::move(selected),
                                  .release = session.arguments().has("release"),
                                  .confirmed = affected};
  const auto operations = SOUS_TRY(again(node, request, progress_to(session.output()), call));
  return operations_answer(operations, session.style());
}

std::vector<FlagSpec> flags() { return location_flags() + flavor_flag() + cluster_flag(); }

}  // namespace

CommandSpec hold_command() {
  return {
      .path = "hold",
      .summary = "Stop changes of a deployment for a while",
      .description =
          "Writes into the given record who holds the deployment, why, and until when. Until it\n"
          "ends, rectify leaves the deployment alone, and deploy, scale, rollback and removal\n"
          "answer that it is blocked (3) unless -release is given. What runs keeps running.",
      .words = {},
      .flags = flags() + reason_flag() +
               FlagSpec{.name = "until",
                        .value = "TIME",
                        .help = "when it ends by itself: 2h, 30m or a time; else never"},
      .examples = {{"sous hold -cluster left -reason 'database is being moved' -until 2h",
                    "two hours of quiet"}},
      .run = run_hold};
}

CommandSpec release_command() {
  return {
      .path = "release",
      .summary = "End a hold",
      .description = "Ends the holds of a manifest's deployments. `sous plan` tells what is due.",
      .words = {},
      .flags = flags(),
      .examples = {{"sous release -cluster left", "rectify goes on there"}},
      .run = run_release};
}

CommandSpec retry_command() {
  return {
      .path = "retry",
      .summary = "Give what failed once more",
      .description =
          "A generation that failed is never tried again by itself. This gives the same version,\n"
          "image and specification as the next generation and sees it through.",
      .words = {},
      .flags = flags() + release_flag() + confirm_flag(),
      .examples = {{"sous retry", "wherever the checkout's service failed"}},
      .run = [](Session& session) { return run_again(session, app::retry); }};
}

CommandSpec rollback_command() {
  return {
      .path = "rollback",
      .summary = "Give back what ran before",
      .description =
          "Gives the latest earlier version that succeeded: its image, whatever the version's\n"
          "lock is by now, with the manifest's specification. The manifest's version goes back\n"
          "in the same commit, so that nothing gives the newer one again by itself.",
      .words = {},
      .flags = flags() + release_flag() + confirm_flag(),
      .examples = {{"sous rollback -cluster left", "in one cluster"}},
      .run = [](Session& session) { return run_again(session, app::rollback); }};
}

}  // namespace sous::cli
