#include "engine/version_tags.h"

#include <algorithm>

namespace sous::engine {

std::vector<VersionTag> version_tags(std::span<const GitTag> tags,
                                     std::string_view offset,
                                     const NamesDirectory& names_directory) {
  std::vector<VersionTag> out;
  for (const GitTag& tag : tags) {
    const auto is_directory = [&](std::string_view name) {
      return names_directory(tag.name, name);
    };
    if (auto version = version_of_tag(tag.name, offset, is_directory)) {
      out.push_back({tag, std::move(*version)});
    }
  }
  const auto own = [](const VersionTag& tag) { return tag.version.own_prefix; };
  if (std::ranges::any_of(out, own)) {
    std::erase_if(out, [&](const VersionTag& tag) { return !own(tag); });
  }
  return out;
}

}  // namespace sous::engine
