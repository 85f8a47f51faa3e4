#pragma once

#include <set>
#include <string>
#include <vector>

namespace sous::source_git {

/// The fewest patterns `prefix*` or `name` that match all of `wanted` and nothing else of `all`
/// (sorted, without repetition; `wanted` is a subset). They keep `git describe --match` fast and
/// its command line short: 2,000 patterns against 2,000 tags would take it longer than all else.
/// Names of tags contain none of the characters that mean something in a pattern.
std::vector<std::string> tag_patterns(const std::vector<std::string>& all,
                                      const std::set<std::string>& wanted);

}  // namespace sous::source_git
