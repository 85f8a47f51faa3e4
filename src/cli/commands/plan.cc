#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/deployment_texts.h"
#include "cli/exit_status.h"
#include "cli/json_views.h"
#include "cli/operations.h"
#include "cli/selection.h"

namespace sous::cli {
namespace {

constexpr Duration kRectifyLimit = std::chrono::minutes(15);

/// Which deployments: those of the flags; the checkout is not asked, all is the default.
Result<app::PlanScope> scope_of(Session& session) {
  const Arguments& arguments = session.arguments();
  app::PlanScope out;
  out.clusters = SOUS_TRY(selected_clusters(session));
  if (arguments.has("source") || arguments.has("repo")) {
    app::Node& node = *SOUS_TRY(session.node_with_registry());
    out.manifest = SOUS_TRY(selected_manifest(session, node, Call{}));
  } else if (arguments.has("offset") || arguments.has("flavor")) {
    return Error(Code::usage, "-offset and -flavor need -repo or -source beside them");
  }
  if (const auto count = arguments.value("confirm")) {
    auto parsed = parse_uint(*count);
    if (!parsed) {
      return std::move(parsed.error()).with("-confirm").as(Code::usage);
    }
    out.policy.confirmed = *parsed;
  }
  return out;
}

int status_of_plan(const app::Planned& planned) {
  std::vector<int> statuses;
  for (const Action& action : planned.plan.actions) {
    statuses.push_back(status_of(action));
  }
  if (!planned.observed.silent.empty()) {
    statuses.push_back(kUndecided);
  }
  return combined(statuses);
}

void tell_stale(Session& session, const app::GdmState& state) {
  if (!state.snapshot.stale.empty()) {
    session.output().note("the GDM may not be the newest: " + state.snapshot.stale);
  }
}

Result<Answer> run_plan(Session& session) {
  const auto scope = SOUS_TRY(scope_of(session));
  app::Node& node = *SOUS_TRY(session.node_with_registry());
  const Call call = SOUS_TRY(session.call(node));
  const auto planned = SOUS_TRY(app::make_plan(node, scope, call));
  tell_stale(session, planned.state);
  return Answer{.json = plan_json(planned.plan, planned.observed.silent),
                .text = plan_text(planned.plan, planned.observed.silent, session.style()),
                .status = status_of_plan(planned)};
}

Result<Answer> run_rectify(Session& session) {
  const auto scope = SOUS_TRY(scope_of(session));
  app::Node& node = *SOUS_TRY(session.node_with_registry_that_writes());
  const Call call = SOUS_TRY(session.call(node, kRectifyLimit));
  const auto planned = SOUS_TRY(app::make_plan(node, scope, call));
  if (!planned.state.snapshot.stale.empty()) {
    return Error(Code::unavailable,
                 "the GDM's remote does not answer: " + planned.state.snapshot.stale)
        .hinted("rectify never acts on a GDM that may be outdated");
  }
  const app::GiveReason reason{.message = "Rectify", .why = "sous rectify"};
  const auto operations =
      SOUS_TRY(app::carry_out(node, planned, reason, progress_to(session.output()), call));
  Answer out = operations_answer(operations, session.style());
  for (const auto& silent : planned.observed.silent) {
    session.output().note(silent.error.text());
    out.status = combined(std::vector{out.status, kUndecided});
  }
  return out;
}

std::vector<FlagSpec> scope_flags() {
  return location_flags() + flavor_flag() + cluster_flag() +
         FlagSpec{
             .name = "confirm", .value = "N", .help = "agree that N deployments end or restart"};
}

}  // namespace

CommandSpec plan_command() {
  return {
      .path = "plan",
      .summary = "Show what would be done, and why",
      .description =
          "Compares what should run with what runs and shows the actions that take the one to\n"
          "the other, each with its reason. Changes nothing. The exit status is 0 when there is\n"
          "nothing to do, 2 when something would be done, 3 when something is blocked, 5 when\n"
          "something cannot be decided.",
      .words = {},
      .flags = scope_flags(),
      .examples = {{"sous plan -cluster left", "for one cluster"}},
      .run = run_plan};
}

CommandSpec rectify_command() {
  return {.path = "rectify",
          .summary = "Carry out the plan once",
          .description =
              "Makes the plan and carries it out, once. What a record has given stays given: no\n"
              "image is chosen anew unless the manifest names another version.",
          .words = {},
          .flags = scope_flags() + FlagSpec{.name = "once", .help = "once, which is the default"},
          .examples = {{"sous rectify", "all clusters, all manifests"}},
          .run = run_rectify};
}

}  // namespace sous::cli
