#include <fmt/format.h>

#include "app/gdm_history.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/gdm_views.h"
#include "cli/selection.h"

namespace sous::cli {
namespace {

constexpr std::size_t kUsualLimit = 20;
constexpr std::size_t kGreatestLimit = 10'000;

Result<std::size_t> limit_of(const Arguments& arguments) {
  const auto text = arguments.value("limit");
  if (!text) {
    return kUsualLimit;
  }
  const auto limit = parse_uint(*text);
  if (!limit || *limit == 0 || *limit > kGreatestLimit) {
    return Error(Code::usage, fmt::format("-limit {}: not a number of changes", quote(*text)))
        .hinted(fmt::format("give 1 to {}", kGreatestLimit));
  }
  return static_cast<std::size_t>(*limit);
}

/// The manifest of the word or the flags; absent: all. The checkout is not asked, so that the whole
/// history can be seen from anywhere.
Result<std::optional<ManifestId>> manifest_of(Session& session, app::Node& node, const Call& call) {
  const Arguments& arguments = session.arguments();
  const bool by_flags = arguments.has("source") || arguments.has("repo") || arguments.has("flavor");
  if (const auto word = arguments.word(0)) {
    if (by_flags) {
      return Error(Code::usage, "the manifest was named twice");
    }
    auto id = ManifestId::parse(*word);
    if (!id) {
      return std::move(id.error()).as(Code::usage);
    }
    return std::optional{std::move(*id)};
  }
  if (!by_flags) {
    return std::optional<ManifestId>{};
  }
  return std::optional{SOUS_TRY(selected_manifest(session, node, call))};
}

Result<Answer> run(Session& session) {
  const auto limit = SOUS_TRY(limit_of(session.arguments()));
  app::Node& node = *SOUS_TRY(session.node());
  const Call call = SOUS_TRY(session.call(node));
  const auto manifest = SOUS_TRY(manifest_of(session, node, call));
  const auto report = SOUS_TRY(app::gdm_history(node, manifest, limit, call));
  if (!report.stale.empty()) {
    session.output().note("later changes may be missing: " + report.stale);
  }
  return Answer{.json = history_json(report), .text = history_text(report, session.style())};
}

}  // namespace

CommandSpec history_command() {
  return {
      .path = "history",
      .summary = "Show who changed what in the GDM, when and why",
      .description =
          "Lists the changes of the GDM, newest first, with what changed field by field; of one\n"
          "manifest where it is named. `sous manifest get -at REVISION` shows it as it was.",
      .words = {{.name = "MANIFEST", .help = "repository[,offset][~flavor]"}},
      .flags = location_flags() + flavor_flag() +
               FlagSpec{.name = "limit", .value = "N", .help = "at most so many, else 20"},
      .examples = {{"sous history github.com/user/project", "of one manifest"}},
      .run = run};
}

}  // namespace sous::cli
