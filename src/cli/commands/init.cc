#include "app/init.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/image_texts.h"
#include "cli/json_views.h"
#include "cli/selection.h"

namespace sous::cli {
namespace {

Result<Answer> run_init(Session& session) {
  const Arguments& arguments = session.arguments();
  auto source = SOUS_TRY(source_request(session));
  auto clusters = SOUS_TRY(selected_clusters(session));
  auto directory = SOUS_TRY(directory_of(session, 0));
  app::InitRequest request{.directory = std::move(directory),
                           .source = std::move(source),
                           .flavor = arguments.value("flavor").value_or(""),
                           .clusters = std::move(clusters),
                           .dry_run = arguments.has("dry-run")};
  if (const auto kind = arguments.value("kind")) {
    const auto parsed = parse_kind(*kind);
    if (!parsed) {
      return Error(Code::usage, fmt::format("there is no kind {}", quote(*kind)))
          .hinted("it is one of: http-service, worker, on-demand, scheduled, once");
    }
    request.kind = *parsed;
  }
  app::Node& node = *SOUS_TRY(session.node_that_writes());
  const Call call = SOUS_TRY(session.call(node));
  const auto report = SOUS_TRY(app::init(node, request, call));
  if (!request.dry_run) {
    session.output().progress(fmt::format("{} is in the GDM; next: sous build", report.path));
  }
  return Answer{.json = init_json(report, !request.dry_run), .text = report.text};
}

Result<Answer> run_context(Session& session) {
  const auto request = SOUS_TRY(source_request(session));
  const auto directory = SOUS_TRY(directory_of(session, 0));
  app::Node& node = *SOUS_TRY(session.node());
  const Call call = SOUS_TRY(session.call(node));
  const auto reading = SOUS_TRY(app::read_source(node, directory, request, call));
  return Answer{.json = context_json(reading), .text = context_text(reading, session.style())};
}

}  // namespace

CommandSpec init_command() {
  return {
      .path = "init",
      .summary = "Make the manifest of a service",
      .description =
          "Makes a manifest for the checkout with an entry for each cluster, version 0.0.0,\n"
          "which means none yet; the first use makes the GDM itself. Where there is a manifest\n"
          "already, adds entries for the clusters it lacks. Prints the manifest.",
      .words = {{.name = "PATH", .help = "a directory of the checkout; else the current one"}},
      .flags = location_flags() + flavor_flag() + cluster_flag() +
               FlagSpec{.name = "kind",
                        .value = "KIND",
                        .help = "http-service (else), worker, on-demand, scheduled, once"} +
               FlagSpec{.name = "dry-run", .help = "only print the manifest"},
      .examples = {{"sous init -cluster left", "an entry for one cluster"}},
      .run = run_init};
}

CommandSpec context_command() {
  return {.path = "context",
          .summary = "Show what a build of this checkout would be",
          .description =
              "Shows the source that the checkout stands for, the version and commit a\n"
              "build would have, and its advisories.",
          .words = {{.name = "PATH", .help = "a directory of the checkout; else the current one"}},
          .flags = location_flags() + tag_flag() + revision_flag() +
                   FlagSpec{.name = "dev", .help = "as a developer's build"},
          .examples = {},
          .run = run_context};
}

}  // namespace sous::cli
