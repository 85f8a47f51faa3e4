#include "model/source_id.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "model/name_text.h"

namespace sous {
namespace {

// What is left of a text when it is cut at its delimiter; one empty part at the end is harmless.
struct Parts {
  static constexpr std::size_t kMost = 4;

  std::array<std::string_view, kMost> at;
  std::size_t count = 0;
};

// A text that begins with a mark is delimited by that mark, any other by commas.
bool is_mark(char c) { return c >= ' ' && c <= '~' && !is_alnum(c) && c != '.' && c != '/'; }

Parts cut(std::string_view text) {
  char delimiter = ',';
  if (!text.empty() && is_mark(text.front())) {
    delimiter = text.front();
    text.remove_prefix(1);
  }
  Parts parts;
  while (parts.count < Parts::kMost) {
    const std::size_t end = text.find(delimiter);
    parts.at[parts.count++] = text.substr(0, end);
    if (end == std::string_view::npos) {
      break;
    }
    text.remove_prefix(end + 1);
    if (text.empty()) {
      break;
    }
  }
  return parts;
}

Error refused(std::string_view what, std::string_view text, std::string_view why) {
  return {Code::invalid_data, fmt::format("{} {} {}", what, quote(text), why)};
}

// `,` and `~` separate the parts of identifiers. `~` may still begin a part of a path, as in
// git.sr.ht/~user/repo, where ManifestId does not look for a flavor.
Status check_separators(std::string_view what, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',') {
      return refused(what, text, "holds a comma");
    }
    if (text[i] == '~' && (i == 0 || text[i - 1] != '/')) {
      return refused(what, text, "holds a ~ that does not follow a /");
    }
  }
  return ok();
}

// The length of `scheme://` at the front.
std::size_t scheme_length(std::string_view repo) {
  const std::size_t end = repo.find("://");
  if (end == std::string_view::npos || !std::ranges::all_of(repo.substr(0, end), [](char c) {
        return is_alnum(c) || c == '+' || c == '-' || c == '.';
      })) {
    return 0;
  }
  return end + 3;
}

// A repository becomes a path in the definitions, so its parts must be names.
Status check_repo_parts(std::string_view repo) {
  std::string_view rest = repo.substr(scheme_length(repo));
  while (true) {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    // A part may not end in a colon, or `a:/b` would stand where `a://b` stands.
    if (part.empty() || part == "." || part == ".." || part.ends_with(':')) {
      return refused(
          "repository", repo, "holds a part that is empty, . or .., or that ends in a colon");
    }
    if (slash == std::string_view::npos) {
      return ok();
    }
    rest.remove_prefix(slash + 1);
  }
}

Result<std::string> make_repo(std::string_view given) {
  std::string repo = SOUS_TRY(name_text("repository", given, SourceLocation::kMaxLength));
  while (repo.ends_with('/')) {
    repo.pop_back();
  }
  if (repo.empty()) {
    return Error(Code::invalid_data, "no repository found");
  }
  // Anything else at the front would be read as a delimiter.
  if (!is_alnum(repo.front()) && repo.front() != '.') {
    return refused("repository", repo, "does not begin with a letter, a digit or a dot");
  }
  SOUS_TRY_VOID(check_separators("repository", repo));
  SOUS_TRY_VOID(check_repo_parts(repo));
  return repo;
}

Result<std::string> make_offset(std::string_view given) {
  std::string text = SOUS_TRY(name_text("offset", given, SourceLocation::kMaxLength));
  std::string offset;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
    if (part == "..") {
      return refused("offset", given, "leads out of the repository by a ..");
    }
    if (part.empty() || part == ".") {
      continue;
    }
    if (!offset.empty()) {
      offset += '/';
    }
    offset += part;
  }
  SOUS_TRY_VOID(check_separators("offset", offset));
  return offset;
}

bool is_lower_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

}  // namespace

Result<Revision> Revision::parse(std::string_view text) {
  constexpr std::size_t kSha1Digits = 40;
  constexpr std::size_t kSha256Digits = 64;
  if ((text.size() != kSha1Digits && text.size() != kSha256Digits) ||
      !std::ranges::all_of(text, is_lower_hex)) {
    return refused("revision", text, "is not 40 or 64 lower-case hex digits");
  }
  Revision revision;
  revision.hex_ = text;
  return revision;
}

Result<SourceLocation> SourceLocation::parse(std::string_view text) {
  const Parts parts = cut(text.substr(0, kMaxLength + 2));
  if (text.size() > kMaxLength + 2) {
    return Error(
        Code::invalid_data,
        fmt::format("source location of {} bytes is longer than {}", text.size(), kMaxLength));
  }
  if (parts.count > 2) {
    return refused("source location", text, "has three parts or more")
        .hinted("a location is a repository and an offset; leave the version out");
  }
  return make(parts.at[0], parts.at[1]).with([&] {
    return fmt::format("source location {}", quote(text));
  });
}

Result<SourceLocation> SourceLocation::make(std::string_view repo, std::string_view offset) {
  SourceLocation location;
  location.repo_ = SOUS_TRY(make_repo(repo));
  location.offset_ = SOUS_TRY(make_offset(offset));
  if (location.repo().size() + location.offset().size() + 1 > kMaxLength) {
    return Error(
        Code::invalid_data,
        fmt::format("repository and offset together are longer than {} bytes", kMaxLength - 1));
  }
  return location;
}

std::string SourceLocation::str() const {
  std::string out;
  out.reserve(repo().size() + offset().size() + 1);
  out += repo();
  if (!offset_.empty()) {
    out += ',';
    out += offset();
  }
  return out;
}

Result<std::string> SourceLocation::short_name() const {
  if (std::ranges::count(repo(), '/') < 2) {
    return refused(
        "source location", str(), "does not represent a repository such as host/owner/name");
  }
  return repo().substr(repo().rfind('/') + 1);
}

Result<SourceId> SourceId::parse(std::string_view text) {
  constexpr std::size_t kMost = SourceLocation::kMaxLength + Version::kMaxLength + 3;
  if (text.empty()) {
    return Error(Code::invalid_data, "invalid source ID \"\"");
  }
  if (text.size() > kMost) {
    return Error(Code::invalid_data,
                 fmt::format("source ID of {} bytes is longer than {}", text.size(), kMost));
  }
  const Parts parts = cut(text);
  if (parts.at[0].empty()) {
    return refused("source ID", text, "is invalid: no repository found");
  }
  if (parts.count == 1) {
    return Error(Code::invalid_data,
                 fmt::format(
                     "No version found in {} (did find repo: {})", quote(text), quote(parts.at[0])))
        .with("parsing");
  }
  if (parts.count > 3) {
    return refused("source ID", text, "has more than a repository, a version and an offset");
  }
  Version version = SOUS_TRY(Version::parse(parts.at[1]).with([&] {
    return fmt::format("invalid version {}", quote(parts.at[1]));
  }));
  auto location = SOUS_TRY(SourceLocation::make(parts.at[0], parts.at[2]));
  return SourceId{.location = std::move(location), .version = std::move(version)};
}

std::string SourceId::str() const {
  std::string out = location.repo() + ',' + version.str();
  if (!location.offset().empty()) {
    out += ',';
    out += location.offset();
  }
  return out;
}

}  // namespace sous
