#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "base/text.h"
#include "model/remote_url.h"
#include "model/source_id.h"

namespace sous {
namespace {

using RepoAndOffset = std::pair<std::string, std::string>;

constexpr std::string_view kGitHub = "github.com/";

bool is_inner_user_character(char c) { return c == '-'; }

bool is_inner_repository_character(char c) { return c == '-' || c == '.' || c == '_'; }

bool is_offset_character(char c) {
  return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '/';
}

Error illegal(std::string_view what, std::string_view name, std::size_t at) {
  return {Code::invalid_data,
          fmt::format("{} {} contains illegal character '{}'",
                      what,
                      quote(name),
                      shown_character(name.substr(at)))};
}

// Letters and digits, and between them the characters that `is_inner` allows.
Status check_name(std::string_view what, std::string_view name, bool (*is_inner)(char)) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool inside = i > 0 && i + 1 < name.size();
    if (!is_alnum(name[i]) && !(inside && is_inner(name[i]))) {
      return illegal(what, name, i);
    }
  }
  return ok();
}

Status check_offset(std::string_view offset) {
  const auto* const bad = std::ranges::find_if_not(offset, is_offset_character);
  if (bad != offset.end()) {
    return illegal("offset directory", offset, static_cast<std::size_t>(bad - offset.begin()));
  }
  return ok();
}

Result<RepoAndOffset> made(std::string_view repo, std::string_view offset) {
  const SourceLocation location = SOUS_TRY(SourceLocation::make(repo, offset));
  return RepoAndOffset{location.repo(), location.offset()};
}

// `github.com/user/repo`, and an offset behind `,` or `/`.
Result<RepoAndOffset> parse_github(std::string_view text) {
  const auto end_of_name = [&](std::size_t from) {
    return std::min(text.find_first_of("/,", from), text.size());
  };
  const std::size_t user_end = end_of_name(kGitHub.size());
  const std::string_view user = text.substr(kGitHub.size(), user_end - kGitHub.size());
  SOUS_TRY_VOID(check_name("username", user, is_inner_user_character));
  const bool has_repository = user_end < text.size() && text[user_end] == '/';
  const std::size_t repo_end = has_repository ? end_of_name(user_end + 1) : user_end;
  const std::string_view repo =
      has_repository ? text.substr(user_end + 1, repo_end - user_end - 1) : std::string_view{};
  if (user.empty() || repo.empty()) {
    return Error(
        Code::invalid_data,
        fmt::format("{} does not identify a repository", quote(text.substr(0, text.find(',')))));
  }
  SOUS_TRY_VOID(check_name("repository name", repo, is_inner_repository_character));
  const std::string_view offset =
      repo_end < text.size() ? text.substr(repo_end + 1) : std::string_view{};
  SOUS_TRY_VOID(check_offset(offset));
  return made(text.substr(0, repo_end), offset);
}

bool is_host(std::string_view host) {
  return host == "localhost" ||
         (host.find('.') != std::string_view::npos && is_alnum(host.front()) &&
          std::ranges::all_of(host, [](char c) { return is_alnum(c) || c == '-' || c == '.'; }));
}

}  // namespace

Result<std::pair<std::string, std::string>> parse_source_flag(std::string_view text) {
  if (text.size() > SourceLocation::kMaxLength) {
    return Error(Code::invalid_data,
                 fmt::format("source location of {} bytes is longer than {}",
                             text.size(),
                             SourceLocation::kMaxLength));
  }
  if (text.starts_with(kGitHub)) {
    return parse_github(text);
  }
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || !is_host(text.substr(0, slash))) {
    return Error(Code::invalid_data,
                 fmt::format("{} does not begin with \"github.com/\" or another host and a slash",
                             quote(text)))
        .hinted("write the repository as host/owner/name, without scheme, user and port");
  }
  const SourceLocation location = SOUS_TRY(SourceLocation::parse(text));
  if (location.repo().size() <= slash) {
    return Error(Code::invalid_data, fmt::format("{} does not identify a repository", quote(text)));
  }
  return RepoAndOffset{location.repo(), location.offset()};
}

}  // namespace sous
