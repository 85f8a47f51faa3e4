#include <fmt/format.h>

#include "app/gdm_access.h"
#include "app/image_search.h"
#include "app/repository_scan.h"
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

/// The repositories given as words, else those of the selected location.
Result<std::vector<ImageRepository>> repositories(Session& session,
                                                  app::Node& node,
                                                  const Call& call) {
  std::vector<ImageRepository> out;
  for (const auto& word : session.arguments().words()) {
    auto parsed = ImageRepository::parse(word);
    if (!parsed) {
      return std::move(parsed.error()).as(Code::usage);
    }
    out.push_back(std::move(*parsed));
  }
  if (!out.empty()) {
    return out;
  }
  const auto location = SOUS_TRY(selected_location(session, node, call));
  const auto state = SOUS_TRY(app::read_gdm(node, call));
  return app::repositories_of(node, state.gdm, location);
}

Result<Answer> run_scan(Session& session) {
  app::Node& node = *SOUS_TRY(session.node_with_registry());
  const Call call = SOUS_TRY(session.call(node, std::chrono::minutes(30)));
  std::vector<ScanRecord> scans;
  for (const auto& repository : SOUS_TRY(repositories(session, node, call))) {
    session.output().progress("reading " + repository.str());
    scans.push_back(SOUS_TRY(app::scan_repository(node, repository, call)));
  }
  return scans_answer(scans, session.style());
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
          "every image that the index does not know yet. Known images cost nothing.",
      .words = {{.name = "REPOSITORY", .help = "host/path of a registry repository", .rest = true}},
      .flags = location_flags(),
      .examples = {},
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

}  // namespace sous::cli
