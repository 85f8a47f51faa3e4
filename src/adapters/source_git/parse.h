#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/source_facts.h"

namespace sous::source_git {

/// Readers of what git prints. All fail with invalid_data on anything else.

struct Place {
  bool shallow = false;
  std::string root;
  std::string offset;
};

/// `git rev-parse --is-shallow-repository --show-toplevel --show-prefix`.
Result<Place> parse_place(std::string_view text);

struct TreeStatus {
  static constexpr std::size_t kNamedFiles = 100;

  std::optional<Revision> head;
  std::string branch;  // empty when detached
  std::uint64_t changed_count = 0;
  std::vector<std::string> changed_files;  // the first kNamedFiles
};

/// `git status --porcelain=v2 -z --branch`.
Result<TreeStatus> parse_status(std::string_view text);

/// `git remote -v`: the fetch URLs.
Result<std::vector<GitRemote>> parse_remotes(std::string_view text);

/// Tags and what they stand for: `git show-ref --tags --dereference` (parts divided by a space) and
/// `git ls-remote --tags` (by a tab). Git tells tags of trees and blobs the same way.
Result<std::vector<GitTag>> parse_tags(std::string_view text, char divider);

/// The format of the `git for-each-ref` that parse_trees reads.
constexpr std::string_view kTreeFormat = "%(tree)%(*tree) %(refname:lstrip=2)";

struct TaggedTree {
  std::string tag;
  std::string tree;  // empty: not the tag of a commit
};

Result<std::vector<TaggedTree>> parse_trees(std::string_view text);

/// One line of `git cat-file --batch-check=%(objectname)` per name asked for; absent where missing.
Result<std::vector<std::optional<std::string>>> parse_object_names(std::string_view text);

/// A directory that is in one of two trees only.
struct DirectoryChange {
  bool added = false;
  std::string_view path;
};

/// `git diff-tree --stdin -r -t -z` of pairs of trees: calls `next_pair` at each pair and `change`
/// for each directory that was added or removed.
Status parse_tree_diffs(std::string_view text,
                        const std::function<void()>& next_pair,
                        const std::function<void(const DirectoryChange&)>& change);

}  // namespace sous::source_git
