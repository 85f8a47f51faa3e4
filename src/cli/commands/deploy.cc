#include "app/deploy.h"

#include <map>

#include <fmt/format.h>

#include "app/build_missing.h"
#include "app/queries.h"
#include "cli/commands/commands.h"
#include "cli/deployment_texts.h"
#include "cli/json_views.h"
#include "cli/operations.h"
#include "cli/selection.h"

namespace sous::cli {
namespace {

constexpr Duration kLimit = std::chrono::minutes(15);

/// Where the instances that were deployed can be reached; empty when that cannot be told now.
std::string addresses_text(app::Node& node, const app::DeployRequest& request, const Call& call) {
  const auto ads =
      app::query_ads(node, engine::Filter::of(request.manifest, request.clusters), call);
  std::string out;
  if (ads) {
    for (const auto& running : ads->deployments) {
      for (const auto& address : running.observed.addresses) {
        out += fmt::format("  {}: {}\n", running.observed.id.cluster.str(), address);
      }
    }
  }
  return out;
}

/// Builds what is to be deployed where no image of it is known.
Status build_missing(Session& session,
                     app::Node& node,
                     const app::DeployRequest& request,
                     const Call& call) {
  Output& output = session.output();
  const app::BuildProgress progress{
      .step = [&](std::string_view step) { output.progress(step); },
      .engine_line = [&](std::string_view line) { output.detail(line); }};
  const auto built =
      SOUS_TRY(app::build_if_missing(node,
                                     {.source = {request.manifest.source(), request.version},
                                      .revision = request.revision,
                                      .directory = session.environment().directory},
                                     progress,
                                     call));
  if (!built) {
    return ok();
  }
  for (const auto& note : built->notes) {
    output.note(note);
  }
  if (!built->main().pending.empty()) {
    return Error(Code::unverified, "the image is built, but pending: " + built->main().pending)
        .hinted("deploy again when the GDM's remote and the registry answer");
  }
  output.progress(fmt::format("built {}", built->main().image.str()));
  return ok();
}

Result<Answer> run(Session& session) {
  const Arguments& arguments = session.arguments();
  auto clusters = SOUS_TRY(selected_clusters(session));
  const auto affected = SOUS_TRY(confirmed(session));
  app::DeployRequest request{.manifest = ManifestId(SourceLocation{}),
                             .version = {},
                             .clusters = std::move(clusters),
                             .revision = {},
                             .force = arguments.has("force"),
                             .release = arguments.has("release"),
                             .adopt = arguments.has("adopt"),
                             .offline = arguments.has("offline"),
                             .wait = !arguments.has("no-wait"),
                             .confirmed = affected};
  if (arguments.has("wait") && arguments.has("no-wait")) {
    return Error(Code::usage, "-wait and -no-wait are opposites");
  }
  app::Node& node = *SOUS_TRY(session.node_with_registry_that_writes());
  const Call call = SOUS_TRY(session.call(node, kLimit));
  request.manifest = SOUS_TRY(selected_manifest(session, node, call));
  auto selected = SOUS_TRY(selected_version(session, node, call));
  request.version = selected.source.version;
  request.revision = std::move(selected.revision);
  Output& output = session.output();
  output.progress(fmt::format("deploying {} {}", request.manifest.str(), request.version.str()));
  if (arguments.has("build")) {
    SOUS_TRY_VOID(build_missing(session, node, request, call));
  }
  const auto operations = SOUS_TRY(app::deploy(node, request, progress_to(output), call));
  Answer out = operations_answer(operations, session.style());
  if (out.status == 0 && output.for_people()) {
    out.text += addresses_text(node, request, call);
  }
  return out;
}

}  // namespace

CommandSpec deploy_command() {
  return {
      .path = "deploy",
      .summary = "Give a version to clusters and see it through",
      .description =
          "Decides which image the version means, records it, gives it to the clusters by its\n"
          "digest, and waits until it is healthy or has failed. When it fails, what ran before\n"
          "keeps running. Giving up waiting (-timeout) ends nothing that was begun.",
      .words = {},
      .flags =
          location_flags() + flavor_flag() + cluster_flag() + tag_flag() + revision_flag() +
          FlagSpec{.name = "build",
                   .help = "build it from a fresh clone when no image of it is known"} +
          FlagSpec{.name = "force", .help = "give the same image again"} + release_flag() +
          confirm_flag() +
          FlagSpec{.name = "offline",
                   .help = "while the GDM's remote is away, give a version that is locked in what "
                           "was fetched last; the next command tells the remote"} +
          FlagSpec{.name = "wait", .help = "until it is healthy or has failed: the default"} +
          FlagSpec{.name = "no-wait", .help = "only until the clusters took it; exits with 4"} +
          FlagSpec{.name = "adopt", .help = "take over what another GDM, or none, gave"},
      .examples = {{"sous deploy -cluster left -cluster right -tag 1.2.0",
                    "one version to two clusters"},
                   {"sous deploy", "the checkout's version to all clusters of its manifest"}},
      .run = run};
}

}  // namespace sous::cli
