#include <map>

#include <fmt/format.h>

#include "app/alarms.h"
#include "app/apply.h"
#include "app/watch.h"
#include "cli/commands/commands.h"
#include "cli/deployment_texts.h"
#include "cli/exit_status.h"
#include "cli/json_views.h"
#include "cli/operations.h"
#include "cli/plan_file.h"
#include "cli/selection.h"

namespace sous::cli {
namespace {

constexpr Duration kRectifyLimit = std::chrono::minutes(15);
constexpr Duration kWatchLimit = std::chrono::years(10);
constexpr std::uint64_t kMaxPlanBytes = 64ULL << 20U;

Result<app::PlanScope> scope_of(Session& session) {
  app::PlanScope out;
  out.filter = SOUS_TRY(selected_filter(session));
  out.policy.confirmed = SOUS_TRY(confirmed(session));
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
  auto planned = SOUS_TRY(app::make_plan(node, scope, call));
  app::add_alarms(node, planned);
  tell_stale(session, planned.state);
  return Answer{.json = plan_json(planned.plan, planned.observed.silent),
                .text = plan_text(planned.plan, planned.observed.silent, session.style()),
                .status = status_of_plan(planned)};
}

/// Rectifies until somebody stops it; answers how each deployment went last.
Result<Answer> run_watch(Session& session, const app::PlanScope& scope) {
  app::WatchRequest request{.scope = scope};
  if (scope.policy.confirmed) {
    return Error(Code::usage, "-watch and -confirm do not go together")
        .hinted("`sous rectify -once -confirm N` removes so many deployments");
  }
  if (const auto text = session.arguments().value("interval")) {
    auto interval = parse_duration(*text);
    if (!interval) {
      return std::move(interval.error()).with("-interval").as(Code::usage);
    }
    request.interval = *interval;
  }
  app::Node& node = *SOUS_TRY(session.node_with_registry_that_writes());
  const Call call = SOUS_TRY(session.call(node, kWatchLimit));
  std::map<DeploymentId, Operation> last;
  const auto progress = progress_to(session.output());
  session.output().progress(fmt::format("watching every {}", format_duration(request.interval)));
  SOUS_TRY_VOID(app::watch(
      node,
      request,
      [&](const Operation& operation) {
        progress(operation);
        last.insert_or_assign(operation.deployment, operation);
      },
      call));
  std::vector<Operation> operations;
  for (const auto& [id, operation] : last) {
    operations.push_back(operation);
  }
  return operations_answer(operations, session.style());
}

Result<Answer> run_rectify(Session& session) {
  const auto scope = SOUS_TRY(scope_of(session));
  if (session.arguments().has("watch")) {
    return session.arguments().has("once")
               ? Result<Answer>(Error(Code::usage, "-once and -watch are opposites"))
               : run_watch(session, scope);
  }
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

Result<Answer> run_apply(Session& session) {
  const std::string path = session.absolute(*session.arguments().word(0));
  app::Node& node = *SOUS_TRY(session.node_that_writes());
  const Call call = SOUS_TRY(session.call(node, kRectifyLimit));
  auto text = node.files.read(path, kMaxPlanBytes);
  if (!text) {
    return std::move(text.error()).with("reading the plan").as(Code::invalid_data);
  }
  const auto actions = SOUS_TRY(parse_plan(*text).with("plan " + path));
  const auto operations =
      SOUS_TRY(app::apply_plan(node, actions, progress_to(session.output()), call));
  return operations_answer(operations, session.style());
}

std::vector<FlagSpec> scope_flags() { return filter_flags() + confirm_flag(); }

}  // namespace

CommandSpec plan_command() {
  return {
      .path = "plan",
      .summary = "Show what would be done, and why",
      .description =
          "Compares what should run with what runs and shows the actions that take the one to\n"
          "the other, each with its reason. Changes nothing. The exit status is 0 when there is\n"
          "nothing to do, 2 when something would be done, 3 when something is blocked, 5 when\n"
          "something cannot be decided. It is about everything, or what the flags name, as in\n"
          "`sous query gdm`.",
      .words = {},
      .flags = scope_flags(),
      .examples = {{"sous plan -cluster left", "for one cluster"}},
      .run = run_plan};
}

CommandSpec apply_command() {
  return {
      .path = "apply",
      .summary = "Carry out exactly a plan that was saved",
      .description =
          "Carries out the actions of a file that `sous plan -o json` wrote, each if what it was\n"
          "planned from is still so: the manifest's entry, the version's lock, the generation and\n"
          "the image that runs. Others are left out and said (6). Nothing is planned or chosen\n"
          "anew.",
      .words = {{.name = "FILE", .help = "what `sous plan -o json` wrote", .required = true}},
      .flags = {},
      .examples = {{"sous plan -o json > plan.json; sous apply plan.json", "look, then do"}},
      .run = run_apply};
}

CommandSpec rectify_command() {
  return {
      .path = "rectify",
      .summary = "Carry out the plan, once or again and again",
      .description =
          "Makes the plan and carries it out. What a record has given stays given: no image is\n"
          "chosen anew unless the manifest names another version. With -watch it does so until\n"
          "it is stopped; a deployment that takes long delays no other, and what would end too\n"
          "much of a cluster at once is left to a person.",
      .words = {},
      .flags =
          scope_flags() + FlagSpec{.name = "once", .help = "once, which is the default"} +
          FlagSpec{.name = "watch", .help = "again and again, until it is stopped"} +
          FlagSpec{
              .name = "interval", .value = "TIME", .help = "between two looks of -watch; else 30s"},
      .examples = {{"sous rectify", "all clusters, all manifests"},
                   {"sous rectify -watch -cluster left", "as a service for one cluster"}},
      .run = run_rectify};
}

}  // namespace sous::cli
