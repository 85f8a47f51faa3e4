#include "adapters/gdm_git/repository.h"

#include <map>
#include <utility>

#include "base/text.h"

namespace sous::gdm_git {
namespace {

constexpr std::string_view kNewestRef = "refs/sous/newest";
constexpr std::string_view kHeads = "refs/heads/";
constexpr const char* kRefFormat =
    "--format=%(HEAD)%00%(objectname)%00%(refname)%00%(upstream:remotename)%00"
    "%(upstream:remoteref)%00%(upstream)";

Result<bool> exists(FileSystem& files, const std::string& path) {
  return SOUS_TRY(files.info(path)).has_value();
}

// Of what makes a repository, git makes the objects' directory last: without it the making was cut
// off.
Result<bool> is_whole(FileSystem& files, const std::string& git_dir) {
  return SOUS_TRY(exists(files, git_dir + "/HEAD")) &&
         SOUS_TRY(exists(files, git_dir + "/objects"));
}

// One line of list_refs.
struct RefLine {
  bool is_head = false;
  std::string revision;
  std::string name;
  std::string remote_name;
  std::string remote_ref;
  std::string upstream;
};

Result<std::map<std::string, RefLine, std::less<>>> list_refs(const GitCommand& git,
                                                              const Call& call) {
  const auto out = SOUS_TRY(git.output(
      {"for-each-ref", kRefFormat, "refs/heads/", "refs/remotes/", "refs/sous/newest"}, call));
  std::map<std::string, RefLine, std::less<>> refs;
  for (const auto line : split(out, '\n')) {
    const auto fields = split(line, '\0');
    if (fields.size() != 6) {
      continue;
    }
    RefLine ref{.is_head = fields[0] == "*",
                .revision = std::string(fields[1]),
                .name = std::string(fields[2]),
                .remote_name = std::string(fields[3]),
                .remote_ref = std::string(fields[4]),
                .upstream = std::string(fields[5])};
    auto name = ref.name;
    refs.emplace(std::move(name), std::move(ref));
  }
  return refs;
}

Result<std::string> head_branch(const GitCommand& git, const Call& call) {
  const auto head = SOUS_TRY(git.run({"symbolic-ref", "-q", "HEAD"}, call));
  if (head.exit_code != 0) {
    return Error(Code::invalid_data, "the GDM's repository has no branch checked out")
        .hinted("run `git -C " + git.git_dir() + " switch BRANCH`");
  }
  return std::string(trim(head.out));
}

// The upstream of a branch without commits, as `git clone` of an empty repository configures it: no
// ref tells it.
Result<std::optional<Remote>> unborn_upstream(const GitCommand& git,
                                              const std::string& branch,
                                              const Call& call) {
  const auto key = "branch." + branch.substr(kHeads.size());
  const auto place = SOUS_TRY(git.run({"config", "--get", key + ".remote"}, call));
  const auto merge = SOUS_TRY(git.run({"config", "--get", key + ".merge"}, call));
  const auto name = std::string(trim(place.out));
  const auto ref = std::string(trim(merge.out));
  if (name.empty() || name == "." || !ref.starts_with(kHeads)) {
    return std::optional<Remote>();
  }
  return Remote{.place = name,
                .branch = ref,
                .tracked_ref = "refs/remotes/" + name + "/" + ref.substr(kHeads.size())};
}

}  // namespace

Result<std::optional<Repository>> find_repository(FileSystem& files,
                                                  const Location& location,
                                                  const std::string& clones) {
  if (location.is_url()) {
    const auto directory = clones + "/" + clone_name(location);
    if (!SOUS_TRY(is_whole(files, directory))) {
      return std::optional<Repository>();
    }
    return Repository{.git_dir = directory, .work_tree = {}};
  }
  if (!SOUS_TRY(exists(files, location.path))) {
    return std::optional<Repository>();
  }
  const auto path = SOUS_TRY(files.canonical(location.path));
  const auto inner = SOUS_TRY(files.info(path + "/.git"));
  if (inner && (inner->type != FileInfo::Type::directory ||  // a file in linked work trees
                SOUS_TRY(is_whole(files, path + "/.git")))) {
    return Repository{.git_dir = path + "/.git", .work_tree = path};
  }
  if (inner) {
    return std::optional<Repository>();
  }
  if (SOUS_TRY(is_whole(files, path))) {
    return Repository{.git_dir = path, .work_tree = {}};
  }
  const auto info = SOUS_TRY(files.info(path));
  if (info && info->type == FileInfo::Type::directory && SOUS_TRY(files.list(path)).empty()) {
    return std::optional<Repository>();
  }
  return Error(Code::invalid_data, "`" + location.path + "` is no git repository and not empty")
      .hinted("name another place for the GDM, or run `git init` there if it is the right one");
}

Result<Repository> make_repository(ProcessRunner& processes,
                                   FileSystem& files,
                                   const Location& location,
                                   const std::string& clones,
                                   const Call& call) {
  const auto directory = location.is_url() ? clones + "/" + clone_name(location) : location.path;
  SOUS_TRY_VOID(files.make_directories(directory));
  std::vector<std::string> arguments{"init", "--quiet", "--template=", "-b", "main"};
  if (location.is_url()) {
    arguments.emplace_back("--bare");
  }
  arguments.insert(arguments.end(), {"--", directory});
  SOUS_TRY_VOID(files.make_directories(clones));
  const auto lock = SOUS_TRY(files.lock(clones + "/" + clone_name(location) + ".lock", call));
  auto found = SOUS_TRY(find_repository(files, location, clones));
  if (found) {
    return std::move(*found);
  }
  const auto made = SOUS_TRY(run_git(processes, arguments, call));
  if (made.exit_code != 0) {
    return git_failed("init", made);
  }
  found = SOUS_TRY(find_repository(files, location, clones));
  if (!found) {
    return Error(Code::internal, "git init made no repository in `" + directory + "`");
  }
  return std::move(*found);
}

Result<BranchState> read_branch(const GitCommand& git, const Location& location, const Call& call) {
  const auto refs = SOUS_TRY(list_refs(git, call));
  const auto revision_of = [&](std::string_view name) {
    const auto found = refs.find(name);
    return found == refs.end() ? std::string() : found->second.revision;
  };
  BranchState state;
  if (location.is_url()) {
    state.remote =
        Remote{.place = location.url,
               .branch = location.branch.empty() ? std::string() : "refs/heads/" + location.branch,
               .tracked_ref = std::string(kNewestRef)};
    state.tracked_revision = revision_of(kNewestRef);
    return state;
  }
  for (const auto& [name, ref] : refs) {
    if (!ref.is_head) {
      continue;
    }
    state.local_ref = name;
    state.local_revision = ref.revision;
    // `.` is another branch of the same repository, which is no remote.
    if (!ref.remote_name.empty() && ref.remote_name != "." && !ref.remote_ref.empty() &&
        ref.upstream.starts_with("refs/remotes/")) {
      state.remote =
          Remote{.place = ref.remote_name, .branch = ref.remote_ref, .tracked_ref = ref.upstream};
      state.tracked_revision = revision_of(ref.upstream);
    }
    return state;
  }
  state.local_ref = SOUS_TRY(head_branch(git, call));
  state.remote = SOUS_TRY(unborn_upstream(git, state.local_ref, call));
  if (state.remote) {
    state.tracked_revision = revision_of(state.remote->tracked_ref);
  }
  return state;
}

}  // namespace sous::gdm_git
