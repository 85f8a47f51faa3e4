#include <fmt/format.h>

#include "app/artifact_query.h"
#include "app/queries.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/deployment_texts.h"
#include "cli/exit_status.h"
#include "cli/image_texts.h"
#include "cli/json_views.h"
#include "cli/selection.h"

namespace sous::cli {
namespace {

Result<Answer> run_ads(Session& session) {
  const auto filter = SOUS_TRY(selected_filter(session));
  app::Node& node = *SOUS_TRY(session.node());
  const Call call = SOUS_TRY(session.call(node));
  const auto report = SOUS_TRY(app::query_ads(node, filter, call));
  return Answer{.json = ads_json(report),
                .text = ads_text(report, session.style()),
                .status = report.silent.empty() ? kDone : kUndecided};
}

Result<app::GdmState> read(Session& session) {
  app::Node& node = *SOUS_TRY(session.node());
  const Call call = SOUS_TRY(session.call(node));
  auto state = SOUS_TRY(app::read_records(node, call));
  if (!state.snapshot.stale.empty()) {
    session.output().note("the GDM may not be the newest: " + state.snapshot.stale);
  }
  for (const auto& broken : state.gdm.broken) {
    for (const auto& problem : broken.problems) {
      session.output().note(problem);
    }
  }
  return state;
}

/// `true`, `false`, or nothing of a flag that asks.
Result<std::optional<bool>> asked(const Session& session, std::string_view flag) {
  const auto text = session.arguments().value(flag);
  if (!text || text->empty()) {
    return std::optional<bool>{};
  }
  if (*text != "true" && *text != "false") {
    return Error(Code::usage, fmt::format("flag -{} cannot be {}", flag, quote(*text)))
        .hinted("it is true or false");
  }
  return std::optional{*text == "true"};
}

Result<Answer> run_gdm(Session& session) {
  auto filter = SOUS_TRY(selected_filter(session));
  const auto has_image = SOUS_TRY(asked(session, "hasimage"));
  const auto has_owners = SOUS_TRY(asked(session, "hasowners"));
  const auto zero_instances = SOUS_TRY(asked(session, "zeroinstances"));
  const app::GdmQuery query{.filter = std::move(filter),
                            .has_image = has_image,
                            .has_owners = has_owners,
                            .zero_instances = zero_instances};
  const auto state = SOUS_TRY(read(session));
  SOUS_TRY_VOID(query.filter.check_clusters(state.gdm.definitions));
  const auto deployments = app::intended_deployments(state.gdm, query);
  return Answer{.json = gdm_json(state.gdm.revision, deployments),
                .text = gdm_text(deployments, session.style())};
}

Result<Answer> run_clusters(Session& session) {
  const auto state = SOUS_TRY(read(session));
  return Answer{.json = clusters_json(state.gdm.definitions),
                .text = clusters_text(state.gdm.definitions, session.style())};
}

app::LabelMatch label_match(const std::string& text) {
  const auto sign = text.find('=');
  return sign == std::string::npos ? app::LabelMatch{text, std::nullopt}
                                   : app::LabelMatch{text.substr(0, sign), text.substr(sign + 1)};
}

Result<app::ArtifactFilter> artifact_filter(Session& session, app::Node& node, const Call& call) {
  const Arguments& arguments = session.arguments();
  app::ArtifactFilter out;
  if (!arguments.has("all")) {
    out.location = SOUS_TRY(selected_location(session, node, call));
  }
  out.version = SOUS_TRY(tag_version(session, out.location ? out.location->offset() : ""));
  out.revision = SOUS_TRY(wanted_revision(arguments));
  if (const auto text = arguments.value("range")) {
    auto range = VersionRange::parse(*text);
    if (!range) {
      return std::move(range.error()).with("-range").as(Code::usage);
    }
    out.range = std::move(*range);
  }
  if (const auto text = arguments.value("digest")) {
    auto digest = Digest::parse(*text);
    if (!digest) {
      return std::move(digest.error()).with("-digest").as(Code::usage);
    }
    out.digest = std::move(*digest);
  }
  for (const auto& text : arguments.values("label")) {
    out.labels.push_back(label_match(text));
  }
  return out;
}

Result<Answer> run_artifacts(Session& session) {
  app::Node& node = *SOUS_TRY(session.node_with_registry());
  const Call call = SOUS_TRY(session.call(node));
  auto filter = SOUS_TRY(artifact_filter(session, node, call));
  const app::ArtifactQuery query{.filter = std::move(filter),
                                 .scan = session.arguments().has("scan"),
                                 .names = {.original = session.arguments().has("original")}};
  const auto report = SOUS_TRY(app::query_artifacts(node, query, call));
  return Answer{.json = artifacts_json(report), .text = artifacts_text(report, session.style())};
}

FlagSpec asking(std::string name, const std::string& what) {
  return {.name = std::move(name),
          .value = "true|false",
          .help = fmt::format("only those, or only others, {}", what)};
}

CommandSpec artifacts_command(std::string path) {
  return {
      .path = std::move(path),
      .summary = "List the images of a source",
      .description =
          "Lists the artifacts that the GDM's registrations and this machine's index know of a\n"
          "source location, or of all, and whether that may not be everything. All conditions\n"
          "must hold. A label may be one of the image's config or an annotation.",
      .words = {},
      .flags = location_flags() + tag_flag() + revision_flag() +
               FlagSpec{.name = "range", .value = "RANGE", .help = "versions between: '>=1.2 <2'"} +
               FlagSpec{.name = "digest", .value = "DIGEST", .help = "the image with this digest"} +
               FlagSpec{.name = "label",
                        .value = "KEY[=VALUE]",
                        .help = "images with this label",
                        .repeatable = true} +
               FlagSpec{.name = "all", .help = "everything, not only one source"} +
               FlagSpec{.name = "scan", .help = "read the registry first"} +
               FlagSpec{.name = "original", .help = "look for the original's names too"},
      .examples = {{"sous artifact list -range '>=1.2 <2' -label team=shop", "some of a source's"},
                   {"sous artifact list -all -digest sha256:...", "whose image that is"}},
      .run = run_artifacts};
}

}  // namespace

CommandSpec query_ads_command() {
  return {.path = "query ads",
          .summary = "Show what really runs",
          .description =
              "Asks the clusters what runs there: version, image, health, addresses, and alarms\n"
              "where that is not what was given. All of it, or what the flags name, as in\n"
              "`sous query gdm`; -tag and -revision compare with what runs.",
          .words = {},
          .flags = filter_flags(),
          .examples = {},
          .run = run_ads};
}

CommandSpec query_gdm_command() {
  return {
      .path = "query gdm",
      .summary = "Show what should run",
      .description =
          "Lists the deployments of the GDM with the image that each was given and the one that\n"
          "its version is locked to: all of them, or those that the flags name. `*` is any\n"
          "offset, flavor and so on; beside a repository that is named, no -offset and no\n"
          "-flavor mean none. -revision compares with the revision that was given.",
      .words = {},
      .flags = filter_flags() + asking("hasimage", "that have an image for their version") +
               asking("hasowners", "whose manifests name owners") +
               asking("zeroinstances", "that want 0 instances"),
      .examples = {{"sous query gdm -cluster left", "of one cluster"},
                   {"sous query gdm -hasowners false", "that nobody answers for"}},
      .run = run_gdm};
}

CommandSpec query_clusters_command() {
  return {.path = "query clusters",
          .summary = "List the clusters",
          .description = "Lists the clusters that the GDM defines.",
          .words = {},
          .flags = {},
          .examples = {},
          .run = run_clusters};
}

CommandSpec query_artifacts_command() { return artifacts_command("query artifacts"); }

CommandSpec artifact_list_command() { return artifacts_command("artifact list"); }

}  // namespace sous::cli
