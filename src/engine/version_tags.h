#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/git_tag.h"
#include "model/source_facts.h"

namespace sous::engine {

/// A git tag that is a version for an offset.
struct VersionTag {
  GitTag tag;
  TagVersion version;
};

/// Answers whether a name is a directory of the tree a tag names, or the last part of one's path.
using NamesDirectory = std::function<bool(std::string_view tag, std::string_view name)>;

/// Those of `tags` that are versions for `offset` (design.md section 4). When any carries the
/// offset's own prefix, only those count.
std::vector<VersionTag> version_tags(std::span<const GitTag> tags,
                                     std::string_view offset,
                                     const NamesDirectory& names_directory);

}  // namespace sous::engine
