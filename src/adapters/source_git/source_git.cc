#include "adapters/source_git/source_git.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>
#include <utility>

#include "adapters/source_git/directories.h"
#include "adapters/source_git/git.h"
#include "adapters/source_git/parse.h"
#include "adapters/source_git/tag_patterns.h"
#include "base/text.h"
#include "model/remote_url.h"

namespace sous::source_git {
namespace {

Error without_git(Error error) {
  if (error.code() == Code::unavailable) {
    return std::move(error).hinted("install git 2.31 or newer and put it into PATH");
  }
  return error;
}

Result<Place> find_place(const Git& git, const Call& call) {
  auto text = git.output(
      {"rev-parse", "--is-shallow-repository", "--show-toplevel", "--show-prefix"}, call);
  if (!text.has_value()) {
    return without_git(std::move(text.error()));
  }
  return parse_place(*text);
}

Result<TreeStatus> read_status(const Git& git, const Call& call) {
  const std::string text = SOUS_TRY(git.output({"status",
                                                "--porcelain=v2",
                                                "-z",
                                                "--branch",
                                                "--no-ahead-behind",
                                                "--no-renames",
                                                "--untracked-files=all",
                                                "--ignore-submodules=none"},
                                               call));
  return parse_status(text);
}

// By name. Peeled from what git keeps beside packed references, without reading an object.
Result<std::vector<GitTag>> read_tags(const Git& git, const Call& call) {
  const ProcessResult result = SOUS_TRY(git.run({"show-ref", "--tags", "--dereference"}, call));
  constexpr int kNone = 1;
  if (result.exit_code == kNone && result.out.empty() && result.err.empty()) {
    return std::vector<GitTag>();
  }
  if (result.exit_code != 0) {
    return failure("show-ref", result);
  }
  return parse_tags(result.out, ' ');
}

Result<WallTime> commit_time(const Git& git, const Revision& commit, const Call& call) {
  const std::string text = SOUS_TRY(
      git.output({"log", "-1", "--no-show-signature", "--format=%ct", commit.str()}, call));
  const std::uint64_t seconds = SOUS_TRY(parse_uint(trim(text)));
  constexpr std::uint64_t kLatest = 253'402'300'799;  // the end of the year 9999
  return WallTime(std::chrono::seconds(std::min(seconds, kLatest)));
}

// One walk from all remote-tracking branches together, only as far back as the commit is old.
Result<bool> is_on_remote(const Git& git, const Revision& commit, const Call& call) {
  const std::string unpushed =
      SOUS_TRY(git.output({"rev-list", "--max-count=1", commit.str(), "--not", "--remotes"}, call));
  return trim(unpushed).empty();
}

Result<std::string> read_configured_repo(const Git& git, const Call& call) {
  const ProcessResult result = SOUS_TRY(git.run({"config", "--local", "--get", "sous.repo"}, call));
  constexpr int kNotSet = 1;
  if (result.exit_code == kNotSet) {
    return std::string();
  }
  if (result.exit_code != 0) {
    return failure("config", result);
  }
  return std::string(trim(result.out));
}

// A failed conversation with a remote; git's words may repeat the URL.
Error remote_failure(std::string_view what, const std::string& url, const ProcessResult& result) {
  std::string why = reason(result);
  const std::string shown = without_credentials(url);
  for (std::size_t at = why.find(url); !url.empty() && at != std::string::npos && shown != url;
       at = why.find(url, at + shown.size())) {
    why.replace(at, url.size(), shown);
  }
  return Error(Code::unavailable, std::string(what) + " " + shown + " failed: " + why)
      .hinted("check the address and your access with `git ls-remote " + shown + "`");
}

Status check_argument(std::string_view what, const std::string& text) {
  if (text.empty() || text.starts_with('-') || text.find('\n') != std::string::npos) {
    return Error(Code::invalid_data, quote(text) + " is no " + std::string(what));
  }
  return ok();
}

struct History {
  bool shallow = false;
  std::optional<Revision> head;  // absent: no commit yet
};

Result<History> read_history(const Git& git, const Call& call) {
  const ProcessResult result =
      SOUS_TRY(git.run({"rev-parse", "--is-shallow-repository", "HEAD^{commit}"}, call));
  const auto lines = split(result.out, '\n');
  if (lines.front() != "true" && lines.front() != "false") {
    return failure("rev-parse", result);
  }
  History history{.shallow = lines.front() == "true", .head = {}};
  if (result.exit_code == 0 && lines.size() > 1) {
    history.head = SOUS_TRY(Revision::parse(lines[1]));
  }
  return history;
}

Error history_missing(const std::string& what) {
  return Error(Code::undecided, "this is a shallow clone, so " + what + " cannot be told")
      .hinted("run `git fetch --unshallow --tags`");
}

Result<std::optional<Revision>> find_commit(const Git& git,
                                            const std::string& name,
                                            const Call& call) {
  const ProcessResult result =
      SOUS_TRY(git.run({"rev-parse", "--verify", "--end-of-options", name + "^{commit}"}, call));
  if (result.exit_code == 0) {
    return std::optional(SOUS_TRY(Revision::parse(trim(result.out))));
  }
  if (result.err.find("is ambiguous") != std::string::npos) {
    return Error(Code::invalid_data, quote(name) + " is the beginning of several revisions")
        .hinted("give more digits");
  }
  return std::optional<Revision>();
}

std::vector<std::string> names_of(const std::vector<GitTag>& tags) {
  std::vector<std::string> names;
  names.reserve(tags.size());
  std::ranges::transform(tags, std::back_inserter(names), &GitTag::name);
  return names;
}

// Those of `asked` that exist.
std::set<std::string> names_among(const std::vector<GitTag>& existing,
                                  std::span<const std::string> asked) {
  const std::set<std::string> wanted(asked.begin(), asked.end());
  std::set<std::string> found;
  for (const auto& tag : existing) {
    if (wanted.contains(tag.name)) {
      found.insert(tag.name);
    }
  }
  return found;
}

// An annotated tag that was renamed is described by the name it was made with; the one it has now
// stands only in a warning.
std::string described_tag(const ProcessResult& described) {
  constexpr std::string_view kBegin = "warning: tag '";
  constexpr std::string_view kEnd = "' is externally known as '";
  const std::string_view warnings = described.err;
  const std::size_t begin = warnings.find(kBegin);
  const std::size_t end = warnings.find(kEnd);
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) {
    return std::string(trim(described.out));
  }
  const std::size_t name = begin + kBegin.size();
  return std::string(warnings.substr(name, end - name));
}

}  // namespace

Result<SourceFacts> GitSourceInspector::inspect(const std::string& directory, const Call& call) {
  const Git git(processes_, directory);
  Place place = SOUS_TRY(find_place(git, call));
  TreeStatus status = SOUS_TRY(read_status(git, call));
  SourceFacts facts;
  facts.root = std::move(place.root);
  facts.offset = std::move(place.offset);
  facts.shallow = place.shallow;
  facts.head = std::move(status.head);
  facts.branch = std::move(status.branch);
  facts.changed_count = status.changed_count;
  facts.changed_files = std::move(status.changed_files);
  if (facts.head) {
    facts.head_time = SOUS_TRY(commit_time(git, *facts.head, call));
    facts.head_on_remote = SOUS_TRY(is_on_remote(git, *facts.head, call));
  }
  const std::string remotes = SOUS_TRY(git.output({"remote", "-v"}, call));
  facts.remotes = SOUS_TRY(parse_remotes(remotes));
  facts.configured_repo = SOUS_TRY(read_configured_repo(git, call));
  facts.tags = SOUS_TRY(read_tags(git, call));
  return facts;
}

Result<RemoteTags> GitSourceInspector::remote_tags(const std::string& root,
                                                   const std::string& remote_url,
                                                   const Call& call) {
  SOUS_TRY_VOID(check_argument("address of a remote", remote_url));
  const Git git(processes_, root);
  const ProcessResult result = SOUS_TRY(git.run({"ls-remote", "--tags", "--", remote_url}, call));
  if (result.exit_code != 0) {
    return remote_failure("asking", remote_url, result);
  }
  auto tags = SOUS_TRY(parse_tags(result.out, '\t'));
  return RemoteTags{.url = without_credentials(remote_url), .tags = std::move(tags)};
}

Result<std::vector<bool>> GitSourceInspector::names_directory(const std::string& root,
                                                              std::span<const TaggedName> names,
                                                              const Call& call) {
  for (const auto& name : names) {
    SOUS_TRY_VOID(check_argument("tag", name.tag));
  }
  return source_git::names_directory(Git(processes_, root), names, call);
}

Result<std::optional<NearestTag>> GitSourceInspector::nearest_tag(const std::string& root,
                                                                  std::span<const std::string> tags,
                                                                  const Call& call) {
  const Git git(processes_, root);
  const History history = SOUS_TRY(read_history(git, call));
  const auto existing = SOUS_TRY(read_tags(git, call));
  const auto wanted = names_among(existing, tags);
  if (wanted.empty() || !history.head) {
    return std::optional<NearestTag>();
  }
  std::vector<std::string> command{"describe", "--tags", "--abbrev=0", "--always"};
  for (const auto& pattern : tag_patterns(names_of(existing), wanted)) {
    command.push_back("--match=" + pattern);
  }
  const ProcessResult described = SOUS_TRY(git.run(std::move(command), call));
  if (described.exit_code != 0) {
    return failure("describe", described);
  }
  const std::string name = described_tag(described);
  const auto found = std::ranges::find(existing, name, &GitTag::name);
  const bool is_tag = found != existing.end() && wanted.contains(name);
  // Where history is cut off, a nearer tag may be among what is missing.
  if (history.shallow && (!is_tag || found->commit != *history.head)) {
    return history_missing("the nearest tag");
  }
  if (!is_tag) {
    return std::optional<NearestTag>();
  }
  return std::optional(NearestTag{found->name, found->commit});
}

Result<std::optional<Revision>> GitSourceInspector::resolve(const std::string& root,
                                                            const std::string& name,
                                                            const Call& call) {
  SOUS_TRY_VOID(check_argument("revision", name));
  const Git git(processes_, root);
  auto found = SOUS_TRY(find_commit(git, name, call));
  if (!found && SOUS_TRY(read_history(git, call)).shallow) {
    return history_missing("revision " + quote(name));
  }
  return found;
}

Status GitSourceInspector::clone_at(const std::string& url,
                                    const std::string& revision,
                                    const std::string& into,
                                    const Call& call) {
  SOUS_TRY_VOID(check_argument("address of a remote", url));
  SOUS_TRY_VOID(check_argument("revision", revision));
  const Git git(processes_, into);
  const ProcessResult cloned = SOUS_TRY(git.run({"-c",
                                                 "submodule.recurse=false",
                                                 "clone",
                                                 "--quiet",
                                                 "--no-checkout",
                                                 "--no-recurse-submodules",
                                                 "--",
                                                 url,
                                                 "."},
                                                call));
  if (cloned.exit_code != 0) {
    return remote_failure("cloning", url, cloned);
  }
  auto commit = SOUS_TRY(find_commit(git, revision, call));
  if (!commit) {
    // Some hosts keep commits that no branch or tag leads to, and give them when asked by hash.
    const ProcessResult fetched = SOUS_TRY(git.run({"fetch", "--quiet", "origin", revision}, call));
    commit = fetched.exit_code == 0 ? SOUS_TRY(find_commit(git, revision, call)) : commit;
  }
  if (!commit) {
    return Error(Code::not_found, without_credentials(url) + " has no revision " + quote(revision));
  }
  SOUS_TRY(git.output(
      {"-c", "submodule.recurse=false", "checkout", "--quiet", "--detach", commit->str()}, call));
  return ok();
}

Status GitSourceInspector::set_configured_repo(const std::string& root,
                                               const std::string& repo,
                                               const Call& call) {
  SOUS_TRY_VOID(check_argument("repository", repo));
  SOUS_TRY(Git(processes_, root).output({"config", "--local", "sous.repo", repo}, call));
  return ok();
}

}  // namespace sous::source_git
