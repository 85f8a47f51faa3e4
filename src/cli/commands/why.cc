#include <fmt/format.h>

#include "app/image_search.h"
#include "cli/commands/commands.h"
#include "cli/exit_status.h"
#include "cli/image_texts.h"
#include "cli/json_views.h"
#include "cli/selection.h"

namespace sous::cli {
namespace {

/// A decision with the state it was made from.
struct Explained {
  Decision decision;
  app::GdmState state;

  const LockFile* file() const { return state.gdm.lock_file(decision.source); }

  int status() const {
    const auto none = why_no_image(decision.verdict, decision.source);
    return none ? exit_status(none->code()) : kDone;
  }
};

Result<Explained> explain(Session& session) {
  app::Node& node = *SOUS_TRY(session.node_with_registry());
  const Call call = SOUS_TRY(session.call(node));
  const auto selected = SOUS_TRY(selected_version(session, node, call));
  auto state = SOUS_TRY(app::read_gdm(node, call));
  if (!state.snapshot.stale.empty()) {
    session.output().note("the GDM may not be the newest: " + state.snapshot.stale);
  }
  auto decision = SOUS_TRY(app::decide(node, state.gdm, selected.source, selected.revision, call));
  return Explained{std::move(decision), std::move(state)};
}

Result<Answer> run_why(Session& session) {
  const auto explained = SOUS_TRY(explain(session));
  return Answer{.json = why_json(explained.decision, explained.file()),
                .text = why_text(explained.decision, explained.file(), session.style()),
                .status = explained.status()};
}

/// The image that a version means, for scripts.
Result<Answer> run_get(Session& session) {
  const auto explained = SOUS_TRY(explain(session));
  const auto* decided = std::get_if<Decided>(&explained.decision.verdict);
  if (decided == nullptr) {
    session.output().note(fmt::format("there is no image to name; `sous why -tag {}` tells why",
                                      explained.decision.source.version.canonical()));
  }
  return Answer{.json = why_json(explained.decision, explained.file()),
                .text = decided != nullptr ? decided->image.str() + "\n" : "",
                .status = explained.status()};
}

}  // namespace

CommandSpec why_command() {
  return {
      .path = "why",
      .summary = "Explain which image a version means",
      .description =
          "Shows the decision first, then the rule that made it, every candidate with its rank\n"
          "and the reason for it, the evidence, and what would change the answer.",
      .words = {},
      .flags = location_flags() + tag_flag() + revision_flag(),
      .examples = {{"sous why -repo github.com/example/shop -tag 1.2.0", "from anywhere"}},
      .run = run_why};
}

CommandSpec artifact_get_command() {
  return {.path = "artifact get",
          .summary = "Print the image that a version means",
          .description = "Prints the canonical image of a version as host/path@digest.",
          .words = {},
          .flags = location_flags() + tag_flag() + revision_flag(),
          .examples = {{"podman pull $(sous artifact get -tag 1.2.0)", "the image itself"}},
          .run = run_get};
}

}  // namespace sous::cli
