#include "engine/version_tags.h"

#include <algorithm>

#include "base/text.h"

namespace sous::engine {

std::string literal_prefix(std::string_view tag) {
  const auto digit = std::ranges::find_if(tag, is_digit);
  std::string_view prefix = tag.substr(0, static_cast<std::size_t>(digit - tag.begin()));
  if (prefix.ends_with('v') &&
      (prefix.size() == 1 || std::string_view("-/_@").contains(prefix[prefix.size() - 2]))) {
    prefix.remove_suffix(1);
  }
  if (!prefix.empty() && std::string_view("-/_@").contains(prefix.back())) {
    prefix.remove_suffix(1);
  }
  return std::string(prefix);
}

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
