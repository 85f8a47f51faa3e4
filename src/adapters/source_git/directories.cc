#include "adapters/source_git/directories.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/source_git/parse.h"

namespace sous::source_git {
namespace {

constexpr std::string_view kEmptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
constexpr std::string_view kEmptyTreeSha256 =
    "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";

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

// The distinct tags asked about, by name, each with its tree where it has one.
Result<std::map<std::string, std::string>> trees_of(const Git& git,
                                                    std::span<const TaggedName> names,
                                                    const Call& call) {
  std::set<std::string> tags;
  for (const auto& name : names) {
    tags.insert(name.tag);
  }
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
  std::map<std::string, std::string> trees;
  auto object = objects.begin();
  for (const auto& tag : tags) {
    if (*object) {
      trees.emplace(tag, **object);
    }
    ++object;
  }
  return trees;
}

Result<std::string> differences(const Git& git,
                                const std::map<std::string, std::string>& trees,
                                const Call& call) {
  std::string pairs;
  std::string_view before =
      trees.begin()->second.size() == kEmptyTree.size() ? kEmptyTree : kEmptyTreeSha256;
  for (const auto& [tag, tree] : trees) {
    pairs += std::string(before) + " " + tree + "\n";
    before = tree;
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
  std::multimap<std::string, std::size_t> questions;
  for (std::size_t i = 0; i < names.size(); ++i) {
    questions.emplace(names[i].tag, i);
  }
  const std::string text = SOUS_TRY(differences(git, trees, call));
  Directories directories;
  auto tree = trees.begin();
  bool begun = false;
  const auto answer = [&] {
    const auto [first, last] = questions.equal_range(tree->first);
    std::for_each(first, last, [&](const auto& question) {
      answers[question.second] = directories.names(names[question.second].name);
    });
  };
  // A pair of trees ends where the next begins.
  const auto next_pair = [&] {
    if (std::exchange(begun, true) && tree != trees.end()) {
      answer();
      ++tree;
    }
  };
  SOUS_TRY_VOID(parse_tree_diffs(
      text, next_pair, [&](const DirectoryChange& change) { directories.apply(change); }));
  next_pair();
  if (tree != trees.end()) {
    return Error(Code::invalid_data, "git did not compare every tree");
  }
  return answers;
}

}  // namespace sous::source_git
