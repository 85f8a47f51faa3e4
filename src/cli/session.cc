#include "cli/session.h"

#include <utility>

#include <fmt/format.h>

#include "app/pending_builds.h"
#include "app/record_edits.h"
#include "base/text.h"
#include "cli/image_texts.h"

namespace sous::cli {
namespace {

/// A remote that was away may be away still: what waits must not hold up the command for long.
constexpr Duration kKeptEditsLimit = std::chrono::seconds(20);

}  // namespace

const Settings& Session::settings_with_user() {
  if (!settings_.value("user")) {
    if (const auto user = wiring_.git_user()) {
      settings_.set_fallback_user(*user, "git's user.name and user.email");
    }
  }
  return settings_;
}

Result<app::Node*> Session::node() {
  for (const auto& problem : settings_.problems()) {
    output_.detail(problem);
  }
  app::Node* node = SOUS_TRY(wiring_.node(settings_with_user()));
  if (!std::exchange(looked_for_kept_, true)) {
    complete_kept_edits(*node);
    finish_pending_builds(*node);
  }
  return node;
}

void Session::complete_kept_edits(app::Node& node) {
  const Call call{Deadline::at(node.clock.now() + kKeptEditsLimit), stop_};
  const auto done = app::complete_edits(node, call);
  if (!done) {
    output_.note("edits that were kept here could not be written: " + done.error().text());
    return;
  }
  for (const auto& edit : *done) {
    if (edit.overtaken) {
      output_.note(
          fmt::format("overtaken by what others gave meanwhile, theirs wins: {}; `sous "
                      "plan` shows what that means",
                      edit.message));
      continue;
    }
    if (edit.status) {
      output_.note(fmt::format("written to the GDM, as kept before: {}", edit.message));
      continue;
    }
    output_.note(fmt::format("an edit that was kept is put aside in {}: {}: {}",
                             edit.file,
                             edit.message,
                             edit.status.error().text()));
    for (const auto& detail : edit.status.error().details()) {
      output_.note("  " + detail);
    }
  }
}

void Session::finish_pending_builds(app::Node& node) {
  constexpr Duration kLimit = std::chrono::minutes(10);
  const Call call{Deadline::at(node.clock.now() + kLimit), stop_};
  for (const auto& outcome : app::finish_pending_builds(node, call)) {
    output_.note(pending_text(outcome));
  }
}

Result<app::Node*> Session::node_with_registry() {
  SOUS_TRY_VOID(settings_.registry());
  return node();
}

Result<app::Node*> Session::node_that_writes() {
  SOUS_TRY_VOID(settings_with_user().user());
  return node();
}

Result<app::Node*> Session::node_with_registry_that_writes() {
  SOUS_TRY_VOID(settings_.registry());
  return node_that_writes();
}

Result<Call> Session::call(app::Node& node, Duration limit) const {
  if (const auto timeout = arguments_.value("timeout")) {
    auto parsed = parse_duration(*timeout);
    if (!parsed) {
      return std::move(parsed.error()).with("-timeout").as(Code::usage);
    }
    limit = *parsed;
  }
  return Call{Deadline::at(node.clock.now() + limit), stop_};
}

std::string Session::absolute(const std::string& path) const {
  return path.starts_with('/') ? path : environment_.directory + "/" + path;
}

Result<Duration> parse_duration(std::string_view text) {
  constexpr std::uint64_t kLongest = 366ULL * 24 * 3600;  // seconds
  const auto bad = [&] {
    return Error(Code::invalid_data, fmt::format("{} is no duration", quote(text)))
        .hinted("write 90s, 5m or 1h");
  };
  std::uint64_t unit = 1;
  std::string_view number = text;
  if (!text.empty() && !is_digit(text.back())) {
    switch (text.back()) {
      case 's':
        break;
      case 'm':
        unit = 60;
        break;
      case 'h':
        unit = 3600;
        break;
      default:
        return bad();
    }
    number.remove_suffix(1);
  }
  const auto count = parse_uint(number);
  if (!count || *count == 0 || *count > kLongest / unit) {
    return bad();
  }
  return Duration(std::chrono::seconds(*count * unit));
}

}  // namespace sous::cli
