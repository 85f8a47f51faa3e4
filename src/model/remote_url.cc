#include "model/remote_url.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "model/source_id.h"

namespace sous {
namespace {

constexpr std::size_t kMaxUrl = 2048;
constexpr std::size_t kMaxPortDigits = 5;
constexpr std::array<std::string_view, 10> kSchemes{
    "https", "http", "ssh", "git", "git+ssh", "ssh+git", "git+https", "ftp", "ftps", "file"};

bool is_ssh(std::string_view scheme) {
  return scheme == "ssh" || scheme == "git+ssh" || scheme == "ssh+git";
}

// The parts of a remote's URL; `scheme` is empty for `user@host:path` and for a path.
struct Parts {
  std::string scheme;
  std::string_view authority;
  std::string_view path;
};

Error refused(std::string_view url, std::string_view why) {
  return {Code::invalid_data,
          fmt::format("{} is no remote URL of git: {}", quote(without_credentials(url)), why)};
}

std::string_view without_user(std::string_view authority) {
  const std::size_t at = authority.rfind('@');
  return at == std::string_view::npos ? authority : authority.substr(at + 1);
}

int hex_value(char c) {
  if (is_digit(c)) {
    return c - '0';
  }
  const char lower = to_lower_ascii(std::string_view{&c, 1}).front();
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// A `%` that begins no escape stands for itself, as git reads it.
std::string percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// The path without empty parts, `.`, `..`, and without what git appends: `.git` or `/.git`.
std::string cleaned_path(std::string_view path) {
  std::vector<std::string> parts;
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") {
      continue;
    }
    if (part == "..") {
      if (!parts.empty()) {
        parts.pop_back();
      }
      continue;
    }
    parts.emplace_back(part);
  }
  if (!parts.empty() && parts.back().ends_with(".git")) {
    parts.back().resize(parts.back().size() - std::string_view{".git"}.size());
    if (parts.back().empty()) {
      parts.pop_back();
    }
  }
  return join(parts, "/");
}

bool is_host(std::string_view host) {
  return !host.empty() && is_alnum(host.front()) && is_alnum(host.back()) &&
         std::ranges::all_of(
             host, [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_port(std::string_view text) {
  return text.size() <= kMaxPortDigits && std::ranges::all_of(text, is_digit);
}

// `host/path`, checked as the repository of a location.
Result<std::string> repository(std::string_view url, std::string_view host, std::string_view path) {
  if (!is_host(host)) {
    return refused(url, "it names no host");
  }
  const std::string cleaned = cleaned_path(path);
  if (cleaned.empty()) {
    return refused(url, "it names no repository on its host");
  }
  const SourceLocation location =
      SOUS_TRY(SourceLocation::make(fmt::format("{}/{}", to_lower_ascii(host), cleaned), ""));
  return location.repo();
}

Result<Parts> parts_of_url(std::string_view url, std::size_t scheme_end) {
  Parts parts{.scheme = to_lower_ascii(url.substr(0, scheme_end)), .authority = {}, .path = {}};
  if (std::ranges::find(kSchemes, parts.scheme) == kSchemes.end()) {
    return refused(url, "its scheme is none of git's");
  }
  const std::string_view rest = url.substr(scheme_end + 3);
  const std::size_t slash = rest.find('/');
  parts.authority = rest.substr(0, slash);
  parts.path = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash);
  return parts;
}

// `ssh://host:22/path` has a port; in `ssh://host:user/path`, as people write it, the path begins
// at the colon.
Result<std::string> repository_of_url(std::string_view url, const Parts& parts) {
  const std::string_view server = without_user(parts.authority);
  const std::size_t colon = server.find(':');
  const std::string_view host = server.substr(0, colon);
  std::string path = percent_decoded(parts.path);
  if (parts.scheme == "file") {
    if (!server.empty() && server != "localhost") {
      return refused(url, "a file URL has no host");
    }
    return repository(url, "localhost", path);
  }
  const std::string_view behind =
      colon == std::string_view::npos ? std::string_view{} : server.substr(colon + 1);
  if (!is_port(behind)) {
    if (!is_ssh(parts.scheme) && parts.scheme != "git") {
      return refused(url, "its port is no number");
    }
    path = percent_decoded(behind) + path;
  }
  return repository(url, host, path);
}

}  // namespace

std::string without_credentials(std::string_view remote_url) {
  const std::size_t scheme_end = remote_url.find("://");
  if (scheme_end == std::string_view::npos) {
    // `user@host:path` holds no password. What looks like one, before a later `@`, goes: git could
    // not use it, but somebody may have tried.
    const std::string_view front = remote_url.substr(0, remote_url.find('/'));
    const bool suspect = front.find(':') < front.find('@') && front.find('@') != front.npos;
    return std::string{suspect ? remote_url.substr(front.rfind('@') + 1) : remote_url};
  }
  const std::string scheme = to_lower_ascii(remote_url.substr(0, scheme_end));
  std::string out{remote_url.substr(0, scheme_end + 3)};
  std::string_view rest = remote_url.substr(scheme_end + 3);
  if (scheme != "file" && !is_ssh(scheme)) {
    rest = rest.substr(0, rest.find_first_of("?#"));
  }
  const std::string_view authority = rest.substr(0, rest.find('/'));
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    if (is_ssh(scheme)) {
      const std::string_view user = authority.substr(0, at);
      out.append(user.substr(0, user.find(':'))) += '@';
    }
    rest.remove_prefix(at + 1);
  }
  return out.append(rest);
}

Result<std::string> canonical_repo(std::string_view remote_url) {
  if (remote_url.size() > kMaxUrl) {
    return Error(
        Code::invalid_data,
        fmt::format("remote URL of {} bytes is longer than {}", remote_url.size(), kMaxUrl));
  }
  if (!is_plain_text(remote_url)) {
    return refused(remote_url, "it holds characters that no URL holds");
  }
  if (const std::size_t end = remote_url.find("://"); end != std::string_view::npos) {
    const Parts parts = SOUS_TRY(parts_of_url(remote_url, end));
    if (!is_ssh(parts.scheme) && parts.scheme != "file" &&
        remote_url.find_first_of("?#") != std::string_view::npos) {
      return refused(remote_url, "it holds a query or a fragment");
    }
    return repository_of_url(remote_url, parts);
  }
  if (remote_url.starts_with('/')) {
    return repository(remote_url, "localhost", remote_url);
  }
  const std::size_t colon = remote_url.find(':');
  if (colon == std::string_view::npos || remote_url.find('/') < colon) {
    return refused(remote_url, "a relative path means something else from every directory")
        .hinted("give the absolute path");
  }
  const std::size_t at = remote_url.find('@');
  if (at == std::string_view::npos || at > colon) {
    return refused(remote_url, "its host may be an alias known to this machine only")
        .hinted("write user@host:path or ssh://host/path, or name the repository with -repo");
  }
  return repository(
      remote_url, remote_url.substr(at + 1, colon - at - 1), remote_url.substr(colon + 1));
}

}  // namespace sous
