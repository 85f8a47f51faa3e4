#include "cli/session.h"

#include <fmt/format.h>

#include "base/text.h"

namespace sous::cli {

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
  return wiring_.node(settings_with_user());
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
