#include "adapters/source_git/directories.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/source_git/parse.h"
#include "base/text.h"

namespace sous::source_git {
namespace {

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// The directories of one tree.
class Directories {
 public:
  void apply(const DirectoryChange& change) {
    if (change.added) {
      paths_.emplace(change.path);
      ++last_parts_[std::string(last_part(change.path))];
      return;
    }
    if (const auto path = paths_.find(change.path); path != paths_.end()) {
      paths_.erase(path);
      const auto part = last_parts_.find(last_part(change.path));
      if (--part->second == 0) {
        last_parts_.erase(part);
      }
    }
  }

  bool names(const std::string& name) const {
    return paths_.contains(name) || last_parts_.contains(name);
  }

 private:
  std::set<std::string, std::less<>> paths_;
  std::map<std::string, std::size_t, std::less<>> last_parts_;
};

Result<std::vector<TaggedTree>> trees_behind(const Git& git,
                                             const std::vector<std::string>& tags,
                                             const Call& call) {
  std::string questions;
  for (const auto& tag : tags) {
    questions += "refs/tags/" + tag + "^{tree}\n";
  }
  const std::string text =
      SOUS_TRY(git.output({"cat-file", "--batch-check=%(objectname)"}, call, std::move(questions)));
  const auto objects = SOUS_TRY(parse_object_names(text));
  if (objects.size() != tags.size()) {
    return Error(Code::invalid_data, "git did not answer for every tag");
  }
  std::vector<TaggedTree> trees;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (objects[i]) {
      trees.push_back({tags[i], *objects[i]});
    }
  }
  return trees;
}

// The trees of the tags asked about, in the order of their making, so that neighbours differ
// little.
Result<std::vector<TaggedTree>> trees_of(const Git& git,
                                         std::span<const TaggedName> names,
                                         const Call& call) {
  std::set<std::string_view> asked;
  for (const auto& name : names) {
    asked.insert(name.tag);
  }
  const std::string text = SOUS_TRY(git.output(
      {"for-each-ref", "--sort=creatordate", "--format=" + std::string(kTreeFormat), "refs/tags"},
      call));
  auto trees = SOUS_TRY(parse_trees(text));
  std::erase_if(trees, [&](const TaggedTree& tree) { return !asked.contains(tree.tag); });
  // Tags of tags, and of trees.
  std::vector<std::string> others;
  for (const auto& tree : trees) {
    if (tree.tree.empty()) {
      others.push_back(tree.tag);
    }
  }
  if (!others.empty()) {
    std::erase_if(trees, [](const TaggedTree& tree) { return tree.tree.empty(); });
    const auto more = SOUS_TRY(trees_behind(git, others, call));
    trees.insert(trees.end(), more.begin(), more.end());
  }
  return trees;
}

Result<Directories> read_directories(const Git& git, const std::string& tree, const Call& call) {
  const std::string text =
      SOUS_TRY(git.output({"ls-tree", "-r", "-d", "-z", "--name-only", tree}, call));
  Directories directories;
  for (const std::string_view path : split(text, '\0')) {
    if (!path.empty()) {
      directories.apply({.added = true, .path = path});
    }
  }
  return directories;
}

Result<std::string> differences(const Git& git,
                                std::span<const TaggedTree> trees,
                                const Call& call) {
  std::string pairs;
  for (std::size_t i = 1; i < trees.size(); ++i) {
    pairs += trees[i - 1].tree + " " + trees[i].tree + "\n";
  }
  return git.output({"diff-tree", "--stdin", "-r", "-t", "-z", "--no-renames", "--diff-filter=ADT"},
                    call,
                    std::move(pairs));
}

}  // namespace

Result<std::vector<bool>> names_directory(const Git& git,
                                          std::span<const TaggedName> names,
                                          const Call& call) {
  std::vector<bool> answers(names.size(), false);
  if (names.empty()) {
    return answers;
  }
  const auto trees = SOUS_TRY(trees_of(git, names, call));
  if (trees.empty()) {
    return answers;
  }
  std::multimap<std::string_view, std::size_t> questions;
  for (std::size_t i = 0; i < names.size(); ++i) {
    questions.emplace(names[i].tag, i);
  }
  Directories directories = SOUS_TRY(read_directories(git, trees.front().tree, call));
  const std::string text = SOUS_TRY(differences(git, trees, call));
  auto tree = trees.begin();
  const auto answer = [&] {
    if (tree == trees.end()) {
      return;
    }
    const auto [first, last] = questions.equal_range(tree->tag);
    std::for_each(first, last, [&](const auto& question) {
      answers[question.second] = directories.names(names[question.second].name);
    });
    ++tree;
  };
  // A tree is complete where the difference to the next one begins.
  SOUS_TRY_VOID(parse_tree_diffs(
      text, answer, [&](const DirectoryChange& change) { directories.apply(change); }));
  answer();
  if (tree != trees.end()) {
    return Error(Code::invalid_data, "git did not compare every tree");
  }
  return answers;
}

}  // namespace sous::source_git
