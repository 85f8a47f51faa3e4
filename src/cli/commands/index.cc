#include <fmt/format.h>

#include "app/gdm_access.h"
#include "app/image_repositories.h"
#include "app/index_verify.h"
#include "app/repository_scan.h"
#include "app/tagging.h"
#include "cli/commands/commands.h"
#include "cli/exit_status.h"
#include "cli/image_texts.h"
#include "cli/json_views.h"
#include "cli/selection.h"

namespace sous::cli {
namespace {

Answer scans_answer(const std::vector<ScanRecord>& scans, const Style& style) {
  bool complete = true;
  for (const auto& scan : scans) {
    complete = complete && scan.completeness.is_complete();
  }
  return {.json = scans_json(scans),
          .text = scans_text(scans, style),
          .status = complete ? kDone : kUndecided};
}

Result<std::vector<ImageRepository>> named_repositories(const Session& session) {
  std::vector<ImageRepository> out;
  for (const auto& word : session.arguments().words()) {
    auto parsed = ImageRepository::parse(word);
    if (!parsed) {
      return std::move(parsed.error()).as(Code::usage);
    }
    out.push_back(std::move(*parsed));
  }
  return out;
}

/// The repositories given as words, else those of the selected location.
Result<std::vector<app::Place>> places(Session& session, app::Node& node, const Call& call) {
  std::vector<app::Place> out;
  for (auto& repository : SOUS_TRY(named_repositories(session))) {
    out.push_back({.repository = std::move(repository), .known = true});
  }
  if (!out.empty()) {
    return out;
  }
  const auto location = SOUS_TRY(selected_location(session, node, call));
  const auto state = SOUS_TRY(app::read_gdm(node, call));
  return app::places_of(
      node, state.gdm, location, {}, {.original = session.arguments().has("original")});
}

/// Puts right what an interrupted build or somebody's clean-up left without a tag. The scan is true
/// without it, so what stands in the way is only told.
void tag_again(Session& session,
               app::Node& node,
               const ImageRepository& repository,
               const Call& call) {
  const auto state = app::read_gdm(node, call);
  if (!state) {
    return;  // without records nothing is known to be registered
  }
  const auto set = app::tag_again(node, repository, state->gdm, call);
  if (!set) {
    session.output().note(fmt::format("an image of {} that is registered has lost its tags, and {}",
                                      repository.str(),
                                      set.error().text()));
    return;
  }
  for (const auto& [digest, tag] : *set) {
    session.output().progress(
        fmt::format("{} had lost its tags; it is tagged {} again", digest.short_hex(), tag.str()));
  }
}

Result<Answer> run_scan(Session& session) {
  app::Node& node = *SOUS_TRY(session.node_with_registry());
  const Call call = SOUS_TRY(session.call(node, std::chrono::minutes(30)));
  std::vector<ScanRecord> scans;
  for (const auto& [repository, known] : SOUS_TRY(places(session, node, call))) {
    session.output().progress("reading " + repository.str());
    const auto tell = [&](const app::ScanProgress& progress) {
      session.output().progress(fmt::format("{}: {} of {} new tags read, {} listed",
                                            repository.str(),
                                            progress.read,
                                            progress.to_read,
                                            progress.listed));
    };
    scans.push_back(SOUS_TRY(app::scan_repository(
        node,
        repository,
        call,
        {.deep = session.arguments().has("deep"), .never_known = !known, .progress = tell})));
    if (scans.back().completeness.is_complete()) {
      tag_again(session, node, repository, call);
    }
  }
  return scans_answer(scans, session.style());
}

int status_of(const app::VerifyReport& report) {
  return !report.contradictions.empty()      ? kFailed
         : report.completeness.is_complete() ? kDone
                                             : kUndecided;
}

Result<Answer> run_verify(Session& session) {
  constexpr std::size_t kSample = 100;
  auto repositories = SOUS_TRY(named_repositories(session));
  app::VerifyScope scope{.repositories = std::move(repositories), .sample = kSample};
  if (session.arguments().has("all")) {
    scope.sample.reset();
  }
  app::Node& node = *SOUS_TRY(session.node());
  const Call call = SOUS_TRY(session.call(node, std::chrono::minutes(30)));
  const auto report = SOUS_TRY(app::verify_index(node, scope, call));
  return Answer{.json = verify_json(report),
                .text = verify_text(report, session.style()),
                .status = status_of(report)};
}

Result<Answer> run_status(Session& session) {
  app::Node& node = *SOUS_TRY(session.node());
  Answer out = scans_answer(SOUS_TRY(node.index.scans()), session.style());
  out.status = kDone;
  return out;
}

}  // namespace

CommandSpec index_scan_command() {
  return {
      .path = "index scan",
      .summary = "Read registry repositories into the index",
      .description =
          "Reads the tag lists of a source's repositories, or of those named, and the facts of\n"
          "every image that the index does not know yet. Known images cost nothing. A list does\n"
          "not tell that a tag has moved; -deep asks, at one request for each tag. Registered\n"
          "images that have lost all their tags are tagged again.",
      .words = {{.name = "REPOSITORY", .help = "host/path of a registry repository", .rest = true}},
      .flags = location_flags() +
               FlagSpec{.name = "deep", .help = "ask of every known tag what it names now"} +
               FlagSpec{.name = "original", .help = "look for the original's names too"},
      .examples = {{"sous index scan registry.example.com/team/shop -deep", "one repository"}},
      .run = run_scan};
}

CommandSpec index_status_command() {
  return {.path = "index status",
          .summary = "Show which repositories were read, and when",
          .description =
              "Shows the last reading of every repository: when, how many tags, how many\n"
              "requests, and whether it was complete.",
          .words = {},
          .flags = {},
          .examples = {},
          .run = run_status};
}

CommandSpec index_verify_command() {
  return {
      .path = "index verify",
      .summary = "Read known images again and compare",
      .description =
          "Reads again what the index knows of tags and their images, of a hundred taken at\n"
          "random, or of all of them, and says where the registries disagree. An image that is\n"
          "not what the index says is a contradiction (1): facts of a digest never change. Tags\n"
          "that have moved are only told. Nothing is changed.",
      .words = {{.name = "REPOSITORY",
                 .help = "host/path; else every one ever read",
                 .rest = true}},
      .flags = {{.name = "all", .help = "everything, not only a sample"}},
      .examples = {},
      .run = run_verify};
}

}  // namespace sous::cli
