#include "adapters/gdm_git/work_tree.h"

#include <set>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace sous::gdm_git {
namespace {

using Names = std::vector<std::string>;
using NameSet = std::set<std::string, std::less<>>;

// Git commands that stand in the work tree.
class InTree {
 public:
  InTree(const GitCommand& git, const std::string& directory, const Call& call)
      : git_(git), directory_(directory), call_(call) {
    input_.environment["GIT_WORK_TREE"] = directory;
  }

  Result<ProcessResult> run(Names arguments) const {
    arguments.insert(arguments.begin(), {"-C", directory_});
    return git_.run(arguments, call_, input_);
  }

  Status change(Names arguments, const NameSet& paths) const {
    if (paths.empty()) {
      return ok();
    }
    SOUS_TRY(on_paths(std::move(arguments), paths));
    return ok();
  }

  Result<NameSet> names(Names arguments, const NameSet& paths) const {
    const auto out = SOUS_TRY(on_paths(std::move(arguments), paths));
    NameSet found;
    for (const auto name : split(out, '\0')) {
      if (!name.empty()) {
        found.emplace(name);
      }
    }
    return found;
  }

 private:
  Result<std::string> on_paths(Names arguments, const NameSet& paths) const {
    const auto what = arguments.front();
    arguments.emplace_back("--");
    arguments.insert(arguments.end(), paths.begin(), paths.end());
    auto result = SOUS_TRY(run(std::move(arguments)));
    if (result.exit_code != 0) {
      return git_failed(what, result);
    }
    return std::move(result.out);
  }

  const GitCommand& git_;
  const std::string& directory_;
  const Call& call_;
  GitInput input_;
};

// What a person did to the changed paths since `from`.
struct Edits {
  NameSet in_file;   // the file differs from the index, or one that git does not know is there
  NameSet in_index;  // the index differs from the commit
};

Result<NameSet> changed_paths(const InTree& tree, const std::string& from, const std::string& to) {
  if (from.empty()) {
    return tree.names({"ls-tree", "-r", "-z", "--name-only", "--full-tree", to}, {});
  }
  return tree.names({"diff-tree", "-r", "-z", "--name-only", "--no-renames", from, to}, {});
}

Result<Edits> find_edits(const InTree& tree, const std::string& from, const NameSet& paths) {
  Edits edits;
  edits.in_file = SOUS_TRY(tree.names({"diff-files", "-z", "--name-only", "--no-renames"}, paths));
  edits.in_file.merge(SOUS_TRY(tree.names({"ls-files", "-z", "--others"}, paths)));
  edits.in_index = SOUS_TRY(tree.names(
      from.empty() ? Names{"ls-files", "-z", "--cached"}
                   : Names{"diff-index", "-z", "--name-only", "--no-renames", "--cached", from},
      paths));
  return edits;
}

// An edited file stays as it is. Its index entry takes the new record, so that `git diff` shows the
// person's edit on top of it and a commit of other files cannot undo it; unless the person has
// staged something there, which is an edit too.
Result<Names> follow_one_by_one(const InTree& tree,
                                const std::string& from,
                                const std::string& to) {
  const auto changed = SOUS_TRY(changed_paths(tree, from, to));
  if (changed.empty()) {
    return Names{};
  }
  const auto edits = SOUS_TRY(find_edits(tree, from, changed));
  NameSet clean;
  NameSet only_file;
  Names left;
  for (const auto& path : changed) {
    const bool in_index = edits.in_index.contains(path);
    if (!in_index && !edits.in_file.contains(path)) {
      clean.insert(path);
      continue;
    }
    left.push_back(path);
    if (!in_index) {
      only_file.insert(path);
    }
  }
  const auto source = "--source=" + to;
  SOUS_TRY_VOID(tree.change({"restore", "-q", source, "--staged", "--worktree"}, clean));
  SOUS_TRY_VOID(tree.change({"restore", "-q", source, "--staged"}, only_file));
  return left;
}

// False: some of the files, or what is staged, do not look like `from`.
Result<bool> moves(const InTree& tree, const std::string& from, const std::string& to) {
  return SOUS_TRY(tree.run({"read-tree", "-m", "-u", from, to})).exit_code == 0;
}

}  // namespace

Result<std::vector<std::string>> follow_commit(const GitCommand& git,
                                               const std::string& directory,
                                               const std::string& from,
                                               const std::string& to,
                                               const Call& call) {
  const InTree tree(git, directory, call);
  if (!from.empty() && SOUS_TRY(moves(tree, from, to))) {
    return Names{};
  }
  // Files that were only touched must not look edited. The exit status says whether some are.
  SOUS_TRY(tree.run({"update-index", "-q", "--refresh"}));
  if (!from.empty() && SOUS_TRY(moves(tree, from, to))) {
    return Names{};
  }
  return follow_one_by_one(tree, from, to);
}

}  // namespace sous::gdm_git
