#include "adapters/gdm_git/location.h"

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"

namespace sous::gdm_git {
namespace {

Error refuse(std::string_view text, std::string_view why) {
  return Error(Code::invalid_data,
               "`" + without_credentials(text) + "` is no place for a GDM: " + std::string(why))
      .hinted("give an absolute path, or a git URL such as https://git.example.com/team/gdm.git");
}

// `host:path` as ssh writes it: a colon before the first slash.
bool is_scp_form(std::string_view text) {
  const auto colon = text.find(':');
  return colon != std::string_view::npos && colon > 0 && colon < text.find('/');
}

// What `git check-ref-format --branch` refuses, as far as it could do harm on a command line.
bool is_branch_name(std::string_view name) {
  const auto is_bad = [](char c) {
    return (c >= 0 && c <= ' ') || c == '\x7f' || std::string_view("~^:?*[\\").contains(c);
  };
  return !name.empty() && !name.starts_with('-') && !name.starts_with('/') &&
         !name.ends_with('/') && !name.ends_with(".lock") && !name.ends_with('.') &&
         !name.contains("..") && !name.contains("//") && !name.contains("@{") &&
         std::ranges::none_of(name, is_bad);
}

}  // namespace

std::string Location::display() const {
  if (!is_url()) {
    return path;
  }
  return without_credentials(url) + (branch.empty() ? "" : "#" + branch);
}

Result<Location> parse_location(std::string_view text) {
  if (text.empty() || text.starts_with('-') ||
      std::ranges::any_of(text, [](char c) { return c >= 0 && c < ' '; })) {
    return refuse(text, "it is empty, or begins with `-` or holds control characters");
  }
  Location location;
  if (!text.contains("://") && !is_scp_form(text)) {
    if (!text.starts_with('/')) {
      return refuse(text, "the path is not absolute");
    }
    location.path = text;
    return location;
  }
  const auto hash = text.rfind('#');
  location.url = text.substr(0, hash);
  if (hash != std::string_view::npos) {
    location.branch = text.substr(hash + 1);
    if (!is_branch_name(location.branch)) {
      return refuse(text, "what follows `#` is no branch name");
    }
  }
  return location;
}

std::string clone_name(const Location& location) {
  const std::string_view place = location.is_url() ? location.url : location.path;
  auto last = place;
  while (last.ends_with('/')) {
    last.remove_suffix(1);
  }
  if (last.ends_with(".git")) {
    last.remove_suffix(4);
  }
  last = last.substr(last.find_last_of("/:") + 1);
  std::string name;
  for (const char c : last.substr(0, 40)) {
    name += is_alnum(c) || c == '-' || c == '_' ? c : '_';
  }
  const auto key = std::string(place) + "#" + location.branch;
  return (name.empty() ? "gdm" : name) + "-" + Digest::sha256_of(key).short_hex(16);
}

std::string without_credentials(std::string_view text) {
  std::string out;
  for (;;) {
    const auto scheme = text.find("://");
    if (scheme == std::string_view::npos) {
      return out.append(text);
    }
    out.append(text.substr(0, scheme + 3));
    text.remove_prefix(scheme + 3);
    const auto host_end = std::min(text.find_first_of("/ '\"\n\t"), text.size());
    const auto at = text.substr(0, host_end).rfind('@');
    if (at != std::string_view::npos) {
      text.remove_prefix(at + 1);
    }
  }
}

}  // namespace sous::gdm_git
