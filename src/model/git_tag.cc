#include "model/git_tag.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace sous {
namespace {

constexpr std::size_t kMaxTag = 1024;
constexpr std::string_view kSeparators = "-/_@";

bool is_readable(std::string_view tag) { return tag.size() <= kMaxTag && is_plain_text(tag); }

std::string_view drop_v(std::string_view text) {
  return text.starts_with('v') ? text.substr(1) : text;
}

std::string_view last_part(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// The version behind a literal prefix that ends at `end`: a separator, an optional `v`, a version.
std::optional<TagVersion> behind(std::string_view tag, std::size_t end) {
  if (end == 0 || end >= tag.size() || kSeparators.find(tag[end]) == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view rest = drop_v(tag.substr(end + 1));
  auto version = Version::parse(rest);
  if (!version) {
    return std::nullopt;
  }
  return TagVersion{.version = std::move(*version),
                    .prefix = std::string{tag.substr(0, tag.size() - rest.size())}};
}

std::optional<TagVersion> behind_own_prefix(std::string_view tag, std::string_view offset) {
  for (const std::string_view own : {offset, last_part(offset)}) {
    if (own.empty() || !tag.starts_with(own)) {
      continue;
    }
    if (auto found = behind(tag, own.size())) {
      found->own_prefix = true;
      return found;
    }
  }
  return std::nullopt;
}

// Whether a literal prefix of the tag that is longer than `longer_than` names another directory.
bool names_other_directory(std::string_view tag,
                           std::string_view offset,
                           std::size_t longer_than,
                           const std::function<bool(std::string_view)>& is_directory) {
  return std::ranges::any_of(literal_prefixes(tag), [&](const std::string& prefix) {
    return prefix.size() > longer_than && prefix != offset && is_directory(prefix);
  });
}

// The length of the literal part of a prefix such as `s3-proxy-v`.
std::size_t literal_length(std::string_view prefix) { return prefix.find_last_of(kSeparators); }

}  // namespace

std::vector<std::string> literal_prefixes(std::string_view tag) {
  std::vector<std::string> out;
  if (!is_readable(tag) || Version::parse(drop_v(tag))) {
    return out;  // a tag that is a version by itself has no prefix
  }
  for (std::size_t end = tag.find_first_of(kSeparators); end < tag.size();
       end = tag.find_first_of(kSeparators, end + 1)) {
    if (behind(tag, end)) {
      out.emplace_back(tag.substr(0, end));
    }
  }
  return out;
}

Result<TagVersion> parse_version_tag(std::string_view tag) {
  if (!is_readable(tag)) {
    return Error(
        Code::invalid_data,
        fmt::format("tag {} is too long or holds characters that no tag holds", quote(tag)));
  }
  const auto* const digit = std::ranges::find_if(tag, is_digit);
  const auto length = static_cast<std::size_t>(digit - tag.begin());
  const std::string_view prefix = tag.substr(0, length);
  const std::string_view rest = tag.substr(length);
  Version version = SOUS_TRY(Version::parse(rest).with([&] {
    return prefix.empty() ? fmt::format("parsing semver version tag {}", quote(rest))
                          : fmt::format("parsing semver version tag {} (ignoring the prefix {})",
                                        quote(rest),
                                        quote(prefix));
  }));
  return TagVersion{.version = std::move(version), .prefix = std::string{prefix}};
}

std::optional<TagVersion> version_of_tag(
    std::string_view tag,
    std::string_view offset,
    const std::function<bool(std::string_view)>& is_directory) {
  if (!is_readable(tag)) {
    return std::nullopt;
  }
  if (auto own = behind_own_prefix(tag, offset)) {
    // `web-2-1.0.0` reads as `web` in version 2-1.0.0, but belongs to `web-2` where that exists.
    if (names_other_directory(tag, offset, literal_length(own->prefix), is_directory)) {
      return std::nullopt;
    }
    return own;
  }
  if (names_other_directory(tag, offset, 0, is_directory)) {
    return std::nullopt;
  }
  auto fallen_back = parse_version_tag(tag);
  if (!fallen_back) {
    return std::nullopt;
  }
  return std::move(*fallen_back);
}

}  // namespace sous
