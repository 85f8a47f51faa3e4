#include "app/operations.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/deployment_texts.h"
#include "cli/json_views.h"
#include "cli/operations.h"
#include "cli/selection.h"
#include "cli/session.h"

namespace sous::cli {
namespace {

constexpr std::size_t kShown = 50;

Result<Answer> run_list(Session& session) {
  std::size_t limit = kShown;
  if (const auto text = session.arguments().value("limit")) {
    auto parsed = parse_uint(*text);
    if (!parsed || *parsed == 0) {
      return Error(Code::usage, fmt::format("-limit {}: not a number above 0", quote(*text)));
    }
    limit = std::min<std::uint64_t>(*parsed, OperationStore::kKept);
  }
  app::Node& node = *SOUS_TRY(session.node());
  const auto records = SOUS_TRY(node.operations.list(limit));
  return Answer{.json = operation_records_json(records),
                .text = operation_records_text(records, session.style())};
}

Answer one(const OperationRecord& record, const Style& style) {
  return {.json = operation_record_json(record), .text = operation_record_text(record, style)};
}

Result<Answer> run_show(Session& session) {
  app::Node& node = *SOUS_TRY(session.node());
  const auto record = SOUS_TRY(app::find_operation(node, *session.arguments().word(0)));
  return one(record, session.style());
}

Result<Answer> run_cancel(Session& session) {
  const auto reason = session.arguments().value("reason");
  if (!reason || trim(*reason).empty()) {
    return Error(Code::usage, "-reason is needed");
  }
  app::Node& node = *SOUS_TRY(session.node_that_writes());
  const Call call = SOUS_TRY(session.call(node));
  const auto record = SOUS_TRY(app::cancel_operation(
      node, *session.arguments().word(0), *reason, progress_to(session.output()), call));
  return one(record, session.style());
}

WordSpec id_word() {
  return {.name = "ID", .help = "the operation, or how its id begins", .required = true};
}

}  // namespace

CommandSpec operations_list_command() {
  return {.path = "operations list",
          .summary = "List what this machine deployed, and how it went",
          .description =
              "Lists the operations that were begun on this machine, the newest first. They are\n"
              "reports: what is intended stands in the GDM, what runs in the clusters.",
          .words = {},
          .flags = {FlagSpec{.name = "limit", .value = "N", .help = "at most so many; else 50"}},
          .examples = {},
          .run = run_list};
}

CommandSpec operations_show_command() {
  return {.path = "operations show",
          .summary = "Show one operation with the last log lines",
          .description = "Shows how an operation is or how it ended, in the scheduler's own words.",
          .words = {id_word()},
          .flags = {},
          .examples = {},
          .run = run_show};
}

CommandSpec operations_cancel_command() {
  return {
      .path = "operations cancel",
      .summary = "End an operation that is on its way",
      .description =
          "Takes back what the operation began: its instances end, what ran before goes on, and\n"
          "the generation counts as failed, so that it is not tried again by itself.",
      .words = {id_word()},
      .flags = {reason_flag()},
      .examples = {{"sous operations cancel 4f6c -reason 'wrong version'", "by a part of its id"}},
      .run = run_cancel};
}

}  // namespace sous::cli
