#include "app/doctor.h"

#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/deployment_texts.h"
#include "cli/exit_status.h"
#include "cli/json_views.h"
#include "cli/selection.h"

namespace sous::cli {
namespace {

using codec::Json;
using State = app::Finding::State;

Json finding_json(const app::Finding& finding) {
  Json out = Json::object();
  out.set("part", finding.part);
  out.set("state",
          finding.state == State::good       ? "good"
          : finding.state == State::doubtful ? "doubtful"
                                             : "bad");
  out.set("text", finding.text);
  out.set("cure", text_or_null(finding.cure));
  return out;
}

Result<Answer> run(Session& session) {
  app::Node& node = *SOUS_TRY(session.node());
  const Call call = SOUS_TRY(session.call(node, std::chrono::seconds(30)));
  const auto findings = app::examine(
      node, session.environment().directory, session.settings().registry().has_value(), call);
  Answer out{.json = document(), .text = findings_text(findings, session.style())};
  Json parts = Json::array();
  for (const auto& finding : findings) {
    parts.push(finding_json(finding));
    out.status = finding.state == State::bad ? kFailed : out.status;
  }
  out.json.set("parts", std::move(parts));
  return out;
}

}  // namespace

CommandSpec doctor_command() {
  return {.path = "doctor",
          .summary = "Try every part, and name the cure of what does not work",
          .description =
              "Tries git, the engine that builds images, the registry, the index, the\n"
              "GDM and each cluster: one line per part, with the cure.",
          .words = {},
          .flags = {},
          .examples = {},
          .run = run};
}

}  // namespace sous::cli
