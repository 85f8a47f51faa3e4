#include "cli/deployment_texts.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "codec/given_record.h"

namespace sous::cli {
namespace {

constexpr std::size_t kShownLogLines = 20;

std::string short_or_dash(const std::optional<Digest>& digest) {
  return digest ? digest->short_hex() : "-";
}

std::string joined(std::span<const std::string> texts) {
  std::string out;
  for (const auto& text : texts) {
    out += (out.empty() ? "" : ", ") + text;
  }
  return out.empty() ? "-" : out;
}

std::string silent_lines(std::span<const app::SilentCluster> silent, const Style& style) {
  std::string out;
  for (const auto& cluster : silent) {
    out += fmt::format("{} {}\n", style.bad("not seen:"), cluster.error.text());
    if (!cluster.error.hint().empty()) {
      out += fmt::format("  {}\n", cluster.error.hint());
    }
  }
  return out;
}

std::string_view result_word(const Operation& operation) {
  return operation.state == OperationState::succeeded ? "runs"
                                                      : operation_state_text(operation.state);
}

std::string painted(const Operation& operation, const Style& style) {
  const auto word = result_word(operation);
  switch (operation.state) {
    case OperationState::succeeded:
      return style.good(word);
    case OperationState::failed:
    case OperationState::blocked:
    case OperationState::undecided:
      return style.bad(word);
    case OperationState::queued:
    case OperationState::applying:
    case OperationState::waiting:
    case OperationState::superseded:
    case OperationState::unverified:
      break;
  }
  return style.doubtful(word);
}

std::string operation_text(const Operation& operation, const Style& style) {
  std::string out = fmt::format(
      "{}: {} {} {}{}\n",
      operation.deployment.cluster.str(),
      operation.deployment.manifest.str(),
      operation.version.str(),
      painted(operation, style),
      operation.digest ? fmt::format(" (image {})", operation.digest->short_hex()) : "");
  if (!operation.reason.empty()) {
    out += fmt::format("  {}\n", operation.reason);
  }
  if (!operation.link.empty()) {
    out += fmt::format("  {}\n", operation.link);
  }
  if (operation.state == OperationState::succeeded) {
    return out;
  }
  if (!operation.still_runs.empty()) {
    out += fmt::format("  still runs: {}\n", operation.still_runs);
  }
  if (!operation.advice.empty()) {
    out += fmt::format("  {}\n", operation.advice);
  }
  const auto& lines = operation.last_log_lines;
  const std::size_t first = lines.size() - std::min(lines.size(), kShownLogLines);
  for (std::size_t i = first; i < lines.size(); ++i) {
    out += fmt::format("  {} {}\n", style.dim("|"), lines[i]);
  }
  return out;
}

}  // namespace

std::string plan_text(const Plan& plan,
                      std::span<const app::SilentCluster> silent,
                      const Style& style) {
  Table table({"ACTION", "MANIFEST", "CLUSTER", "VERSION", "FROM", "TO"});
  std::string details;
  for (const Action& action : plan.actions) {
    table.add({std::string(action_text(action.kind)),
               action.id.manifest.str(),
               action.id.cluster.str(),
               action.version.str(),
               short_or_dash(action.from),
               short_or_dash(action.target())});
    details += fmt::format("  {}: {}\n", action.id.str(), action.reason);
    for (const auto& difference : action.differences) {
      details += fmt::format(
          "      {}: {} -> {}\n", difference.field, quote(difference.from), quote(difference.to));
    }
    for (const auto& alarm : action.alarms) {
      details += fmt::format("      {} {}\n", style.bad("alarm:"), alarm);
    }
  }
  std::string summary;
  for (const auto& [kind, count] : plan.counts()) {
    if (count > 0) {
      summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", count, action_text(kind));
    }
  }
  std::string out = table.empty() ? "There is nothing to plan for.\n" : table.render(style);
  if (!details.empty()) {
    out += "\n" + style.bold("Why") + "\n" + details;
  }
  out += silent_lines(silent, style);
  return summary.empty() ? out : out + "\n" + summary + "\n";
}

std::string operations_text(std::span<const Operation> operations, const Style& style) {
  if (operations.empty()) {
    return "There was nothing to do.\n";
  }
  std::string out;
  for (const auto& operation : operations) {
    out += operation_text(operation, style);
  }
  return out;
}

std::string operation_record_text(const OperationRecord& record, const Style& style) {
  std::string out = fmt::format(
      "operation {}, generation {}\n", record.operation.id, record.operation.generation);
  out += operation_text(record.operation, style);
  out += fmt::format("  by {}, begun {}, last seen {}\n",
                     record.who,
                     format_rfc3339(record.started),
                     format_rfc3339(record.updated));
  if (record.cancelled) {
    out += fmt::format(
        "  its end was asked for by {}: {}\n", record.cancelled->who, record.cancelled->why);
  }
  return out;
}

std::string operation_records_text(std::span<const OperationRecord> records, const Style& style) {
  Table table({"ID", "STATE", "MANIFEST", "CLUSTER", "VERSION", "BEGUN", "WHO"});
  for (const auto& record : records) {
    const Operation& operation = record.operation;
    table.add({operation.id,
               std::string(operation_state_text(operation.state)),
               operation.deployment.manifest.str(),
               operation.deployment.cluster.str(),
               operation.version.str(),
               format_rfc3339(record.started),
               record.who});
  }
  return table.empty() ? "No operation is on record on this machine.\n" : table.render(style);
}

std::string given_text(std::span<const GivenRecord> records, const Style& style) {
  Table table(
      {"MANIFEST", "CLUSTER", "VERSION", "GENERATION", "OUTCOME", "HELD BY", "UNTIL", "WHY"});
  for (const auto& record : records) {
    const GivenEntry& current = record.current();
    table.add({record.deployment.manifest.str(),
               record.deployment.cluster.str(),
               current.version.str(),
               fmt::format("{}", current.generation),
               std::string(codec::outcome_text(current.outcome)),
               record.hold ? record.hold->held.who : "-",
               record.hold && record.hold->until ? format_rfc3339(*record.hold->until) : "-",
               record.hold ? record.hold->held.why : "-"});
  }
  return table.render(style);
}

std::string progress_line(const Operation& operation) {
  return fmt::format("{}: {} {} {}{}",
                     operation.deployment.cluster.str(),
                     operation.deployment.manifest.str(),
                     operation.version.str(),
                     operation_state_text(operation.state),
                     operation.reason.empty() ? "" : ": " + operation.reason);
}

std::string ads_text(const app::AdsReport& report, const Style& style) {
  Table table({"MANIFEST", "CLUSTER", "VERSION", "STATE", "INSTANCES", "IMAGE", "ADDRESSES"});
  std::string alarms;
  for (const auto& running : report.deployments) {
    const ObservedDeployment& seen = running.observed;
    table.add({seen.id.manifest.str(),
               seen.id.cluster.str(),
               seen.source ? seen.source->version.str() : "-",
               std::string(health_text(seen.health)),
               fmt::format("{}", seen.instances),
               short_or_dash(seen.running),
               joined(seen.addresses)});
    for (const auto& alarm : running.alarms) {
      alarms += fmt::format("{} {}: {}\n", style.bad("alarm:"), seen.id.str(), alarm);
    }
  }
  std::string out = table.empty() ? "Nothing of Sous runs.\n" : table.render(style);
  for (const auto& seen : report.seen) {
    if (!seen.completeness.is_complete()) {
      out += fmt::format("{} {}: {}\n",
                         style.doubtful("seen in part:"),
                         seen.cluster.str(),
                         seen.completeness.reason());
    }
  }
  return out + silent_lines(report.silent, style) + alarms;
}

std::string gdm_text(std::span<const app::IntendedDeployment> deployments, const Style& style) {
  Table table({"MANIFEST", "CLUSTER", "VERSION", "INSTANCES", "KIND", "GIVEN", "LOCKED", "OWNERS"});
  for (const auto& intended : deployments) {
    const Deployment& deployment = intended.deployment;
    const std::vector<std::string> owners(deployment.owners.begin(), deployment.owners.end());
    table.add({deployment.id.manifest.str(),
               deployment.id.cluster.str(),
               deployment.spec.version.str(),
               fmt::format("{}", deployment.spec.num_instances),
               std::string(kind_text(deployment.kind)),
               short_or_dash(intended.given),
               short_or_dash(intended.locked),
               joined(owners)});
  }
  return table.empty() ? "The GDM has no deployments yet.\n" : table.render(style);
}

std::string clusters_text(const Definitions& definitions, const Style& style) {
  Table table({"CLUSTER", "KIND", "ADDRESS", "ALLOWED ADVISORIES"});
  for (const auto& [name, cluster] : definitions.clusters) {
    const auto& texts = cluster.allowed_advisories.texts();
    table.add({name.str(),
               cluster.kind,
               cluster.base_url,
               joined(std::vector<std::string>(texts.begin(), texts.end()))});
  }
  return table.empty() ? "No clusters are defined.\n" : table.render(style);
}

std::string findings_text(std::span<const app::Finding> findings, const Style& style) {
  std::size_t widest = 0;
  for (const auto& finding : findings) {
    widest = std::max(widest, columns(finding.part));
  }
  std::string out;
  for (const auto& finding : findings) {
    using State = app::Finding::State;
    const std::string word = finding.state == State::good       ? style.good("good ")
                             : finding.state == State::doubtful ? style.doubtful("check")
                                                                : style.bad("bad  ");
    out += fmt::format("{}  {:<{}}  {}{}\n",
                       word,
                       finding.part,
                       widest,
                       finding.text,
                       finding.cure.empty() ? "" : "; " + finding.cure);
  }
  return out;
}

}  // namespace sous::cli
