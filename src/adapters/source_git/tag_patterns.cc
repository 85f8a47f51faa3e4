#include "adapters/source_git/tag_patterns.h"

#include <algorithm>
#include <cstddef>
#include <span>

namespace sous::source_git {
namespace {

struct Tag {
  std::string_view name;
  bool wanted;
};

// `tags` are those whose names begin with the same `length` characters.
void cover(std::span<const Tag> tags, std::size_t length, std::vector<std::string>& patterns) {
  if (std::ranges::none_of(tags, &Tag::wanted)) {
    return;
  }
  const std::string_view prefix = tags.front().name.substr(0, length);
  if (tags.size() > 1 && std::ranges::all_of(tags, &Tag::wanted)) {
    patterns.push_back(std::string(prefix) + "*");
    return;
  }
  if (tags.size() == 1) {
    patterns.emplace_back(tags.front().name);
    return;
  }
  if (tags.front().name.size() == length) {  // the prefix is a tag itself
    cover(tags.first(1), length, patterns);
    tags = tags.subspan(1);
  }
  while (!tags.empty()) {
    const char next = tags.front().name[length];
    const auto end =
        std::ranges::find_if(tags, [&](const Tag& tag) { return tag.name[length] != next; });
    const auto count = static_cast<std::size_t>(end - tags.begin());
    cover(tags.first(count), length + 1, patterns);
    tags = tags.subspan(count);
  }
}

}  // namespace

std::vector<std::string> tag_patterns(const std::vector<std::string>& all,
                                      const std::set<std::string>& wanted) {
  std::vector<Tag> tags;
  tags.reserve(all.size());
  for (const auto& name : all) {
    tags.push_back({name, wanted.contains(name)});
  }
  std::vector<std::string> patterns;
  cover(tags, 0, patterns);
  return patterns;
}

}  // namespace sous::source_git
