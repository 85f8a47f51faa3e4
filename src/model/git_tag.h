#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/semver.h"

namespace sous {

/// How a git tag became a version.
struct TagVersion {
  Version version;
  std::string prefix;       ///< what was dropped, e.g. `v`, `release-`, `s3-proxy-`
  bool own_prefix = false;  ///< the prefix names this offset
};

/// Reads a tag by dropping the longest leading run of non-digits (sous-original 1.4). Fails with
/// invalid_data: `parsing semver version tag "<rest>" (ignoring the prefix "<p>"): <error>`.
Result<TagVersion> parse_version_tag(std::string_view tag);

/// What may be a directory's name in front of a tag's version, shortest first: the text before a
/// separator (`-`, `/`, `_`, `@`), an optional `v` and a version. None for a tag that is a version
/// by itself.
std::vector<std::string> literal_prefixes(std::string_view tag);

/// The version a tag gives for an offset (design.md section 4): the offset's own literal prefixes
/// first; nothing when a literal prefix is another directory of the tagged tree, or when the tag
/// is no version.
/// `is_directory` answers for each of literal_prefixes(tag) whether it is a directory of the tree
/// the tag names, or the last part of the path of one.
std::optional<TagVersion> version_of_tag(std::string_view tag,
                                         std::string_view offset,
                                         const std::function<bool(std::string_view)>& is_directory);

}  // namespace sous
