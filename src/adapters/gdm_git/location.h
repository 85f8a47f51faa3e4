#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sous::gdm_git {

/// Where a GDM is: a directory of this machine, or a remote repository with an optional branch.
struct Location {
  std::string path;    // absolute; empty for a URL
  std::string url;     // as git takes it; empty for a path
  std::string branch;  // of a URL; empty: the remote's HEAD

  bool is_url() const noexcept { return !url.empty(); }

  /// For people: never with a password.
  std::string display() const;
};

/// Reads an absolute path, or `URL[#branch]` where URL has a scheme or is `[user@]host:path`.
/// Fails with invalid_data.
Result<Location> parse_location(std::string_view text);

/// A name for the clone of a URL, and for the lock of any location: readable, and different for
/// each place and branch.
std::string clone_name(const Location& location);

/// `text` without the user and password of every URL in it.
std::string without_credentials(std::string_view text);

}  // namespace sous::gdm_git
