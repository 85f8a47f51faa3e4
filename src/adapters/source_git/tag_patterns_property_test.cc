#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "adapters/source_git/tag_patterns.h"

namespace sous::source_git {
namespace {

bool matches(const std::string& pattern, const std::string& name) {
  return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1))
                                : name == pattern;
}

std::set<std::string> matched(const std::vector<std::string>& all,
                              const std::vector<std::string>& patterns) {
  std::set<std::string> out;
  for (const auto& name : all) {
    if (std::ranges::any_of(patterns, [&](const auto& p) { return matches(p, name); })) {
      out.insert(name);
    }
  }
  return out;
}

rc::Gen<std::string> tag_name() {
  return rc::gen::nonEmpty(
      rc::gen::container<std::string>(rc::gen::element('a', 'b', '1', '2', '.', '/', '\xc3')));
}

RC_GTEST_PROP(TagPatterns, match_the_wanted_and_nothing_else, ()) {
  const auto names = *rc::gen::container<std::set<std::string>>(tag_name());
  const std::vector<std::string> all(names.begin(), names.end());
  std::set<std::string> wanted;
  for (const auto& name : all) {
    if (*rc::gen::arbitrary<bool>()) {
      wanted.insert(name);
    }
  }
  const auto patterns = tag_patterns(all, wanted);
  RC_ASSERT(matched(all, patterns) == wanted);
  RC_ASSERT(patterns.size() <= wanted.size());
}

TEST(TagPatterns, are_few) {
  const std::vector<std::string> all{"other-1", "v1", "v1.0", "v1.1", "v2", "web-1", "web-2"};
  EXPECT_EQ(tag_patterns(all, {all.begin(), all.end()}), (std::vector<std::string>{"*"}));
  EXPECT_EQ(tag_patterns(all, {"web-1", "web-2"}), (std::vector<std::string>{"w*"}));
  EXPECT_EQ(tag_patterns(all, {"v1", "v1.0", "v1.1", "v2"}), (std::vector<std::string>{"v*"}));
  EXPECT_EQ(tag_patterns(all, {"v1"}), (std::vector<std::string>{"v1"}));
  EXPECT_TRUE(tag_patterns(all, {}).empty());
  EXPECT_TRUE(tag_patterns({}, {}).empty());
}

}  // namespace
}  // namespace sous::source_git
