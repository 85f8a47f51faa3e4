#include "adapters/gdm_git/remote.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "adapters/gdm_git/location.h"
#include "base/text.h"

namespace sous::gdm_git {
namespace {

constexpr std::string_view kHeads = "refs/heads/";
constexpr int kFetchTries = 5;

// What git or ssh says when the remote asked who we are and did not like the answer.
constexpr std::array<std::string_view, 6> kUnauthorized{"Authentication failed",
                                                        "could not read Username",
                                                        "could not read Password",
                                                        "Permission denied (publickey",
                                                        "HTTP 401",
                                                        "Invalid username or password"};

// Said before the first byte of a change is sent: the connection was never made.
constexpr std::array<std::string_view, 8> kNeverConnected{"Could not read from remote repository",
                                                          "does not appear to be a git repository",
                                                          "unable to access '",
                                                          "unable to connect to",
                                                          "Could not resolve host",
                                                          "Connection refused",
                                                          "unable to look up",
                                                          "repository not found"};

bool contains_any(std::string_view text, std::span<const std::string_view> needles) {
  return std::ranges::any_of(needles, [&](std::string_view n) { return text.contains(n); });
}

bool is_unauthorized(std::string_view err) { return contains_any(err, kUnauthorized); }

// All branches of the remote, for a message.
Result<std::vector<std::string>> branches_of(const GitCommand& git,
                                             const Remote& remote,
                                             const Call& call) {
  const auto result = SOUS_TRY(git.run({"ls-remote", "--heads", "--", remote.place}, call));
  if (result.exit_code != 0) {
    return unreachable(remote, result);
  }
  std::vector<std::string> names;
  for (const auto line : split(result.out, '\n')) {
    const auto tab = line.find('\t');
    if (tab != std::string_view::npos && line.substr(tab + 1).starts_with(kHeads)) {
      names.emplace_back(line.substr(tab + 1 + kHeads.size()));
    }
  }
  return names;
}

// The branch that an empty repository's HEAD names: only a clone is told.
Result<std::string> unborn_head(ProcessRunner& processes,
                                FileSystem& files,
                                const Remote& remote,
                                const Call& call) {
  const auto room = SOUS_TRY(files.make_temporary("sous-gdm"));
  const auto into = room + "/clone";
  auto cloned = run_git(
      processes, {"clone", "--quiet", "--bare", "--template=", "--", remote.place, into}, call);
  auto head = run_git(processes, {"--git-dir=" + into, "symbolic-ref", "HEAD"}, call);
  SOUS_TRY_VOID(files.remove_tree(room));
  if (!cloned || !head) {
    return cloned ? std::move(head.error()) : std::move(cloned.error());
  }
  if (cloned->exit_code != 0 || head->exit_code != 0) {
    return unreachable(remote, cloned->exit_code != 0 ? *cloned : *head);
  }
  return std::string(trim(head->out));
}

// What the remote says of the branch; both empty when it says nothing.
Result<RemoteState> ask_branch(const GitCommand& git, const Remote& remote, const Call& call) {
  const auto wanted = remote.branch.empty() ? std::string("HEAD") : remote.branch;
  const auto result =
      SOUS_TRY(git.run({"ls-remote", "--symref", "--", remote.place, wanted}, call));
  if (result.exit_code != 0) {
    return unreachable(remote, result);
  }
  RemoteState state{.branch = remote.branch, .revision = {}};
  for (const auto line : split(result.out, '\n')) {
    const auto tab = line.find('\t');
    if (tab == std::string_view::npos || line.substr(tab + 1) != wanted) {
      continue;
    }
    if (line.starts_with("ref: ")) {
      state.branch = line.substr(5, tab - 5);
    } else {
      state.revision = line.substr(0, tab);
    }
  }
  return state;
}

Error no_branch(const Remote& remote, const std::vector<std::string>& others) {
  return Error(Code::not_found,
               "the GDM's remote has no branch " + (remote.branch.empty()
                                                        ? "that its HEAD names"
                                                        : remote.branch.substr(kHeads.size())))
      .hinted("it has " + join(others, ", ") + "; name one as `#branch` behind the URL");
}

}  // namespace

Error unreachable(const Remote& remote, const ProcessResult& result) {
  const auto place = without_credentials(remote.place);
  Error error(is_unauthorized(result.err) ? Code::unauthorized : Code::unavailable,
              "the GDM's remote " + place + " cannot be used: " + reason_of(result));
  return std::move(error).hinted("try `git ls-remote " + place + "`");
}

Result<RemoteState> ask_remote(ProcessRunner& processes,
                               FileSystem& files,
                               const GitCommand& git,
                               const Remote& remote,
                               const Call& call) {
  auto state = SOUS_TRY(ask_branch(git, remote, call));
  if (state.revision.empty()) {
    const auto others = SOUS_TRY(branches_of(git, remote, call));
    if (!others.empty()) {
      // The first commit may have come between the two questions.
      state = SOUS_TRY(ask_branch(git, remote, call));
      if (state.revision.empty()) {
        return no_branch(remote, others);
      }
    }
  }
  if (!state.branch.empty()) {
    return state;
  }
  if (!state.revision.empty()) {
    return Error(Code::invalid_data, "HEAD of the GDM's remote names no branch")
        .hinted("add `#branch` to the URL of the GDM");
  }
  state.branch = SOUS_TRY(unborn_head(processes, files, remote, call));
  return state;
}

Result<Fetched> fetch(const GitCommand& git, const Remote& remote, const Call& call) {
  const auto source = remote.branch.empty() ? std::string("HEAD") : remote.branch;
  for (int attempt = 1;; ++attempt) {
    const auto result = SOUS_TRY(git.run({"fetch",
                                          "--quiet",
                                          "--no-tags",
                                          "--no-write-fetch-head",
                                          "--no-recurse-submodules",
                                          "--",
                                          remote.place,
                                          "+" + source + ":" + remote.tracked_ref},
                                         call));
    if (result.exit_code == 0) {
      return Fetched::done;
    }
    if (result.err.contains("couldn't find remote ref")) {
      return Fetched::no_such_branch;
    }
    // Another process fetched at the same moment and moved our ref first.
    const bool overtaken =
        result.err.contains("but expected") || result.err.contains("reference already exists");
    if (!overtaken || attempt == kFetchTries) {
      return unreachable(remote, result);
    }
  }
}

PushResult read_push(const ProcessResult& result) {
  PushResult push;
  for (const auto line : split(result.out, '\n')) {
    const auto fields = split(line, '\t');
    if (fields.size() < 3 || fields[0].size() != 1) {
      continue;
    }
    if (fields[0] != "!") {
      push.outcome = PushOutcome::done;
      return push;
    }
    const auto why = fields[2];
    push.reason = without_credentials(why);
    if (why.starts_with("[rejected]") || why.contains("incorrect old value") ||
        why.contains("but expected") || why.contains("reference already exists")) {
      push.outcome = PushOutcome::conflict;
    } else if (why.contains("failed to update ref") || why.contains("cannot lock ref") ||
               why.contains("failed to lock") || !why.starts_with("[remote rejected]")) {
      push.outcome = PushOutcome::unknown;
    } else {
      push.outcome = PushOutcome::refused;
    }
    return push;
  }
  push.reason = reason_of(result);
  push.outcome = contains_any(result.err, kNeverConnected) || is_unauthorized(result.err)
                     ? PushOutcome::unreachable
                     : PushOutcome::unknown;
  return push;
}

Result<PushResult> push(const GitCommand& git,
                        const std::string& place,
                        const std::string& branch,
                        const std::string& base,
                        const std::string& revision,
                        const Call& call) {
  const auto result = SOUS_TRY(git.run({"push",
                                        "--porcelain",
                                        "--no-follow-tags",
                                        "--recurse-submodules=no",
                                        "--no-signed",
                                        "--force-with-lease=" + branch + ":" + base,
                                        "--",
                                        place,
                                        revision + ":" + branch},
                                       call));
  return read_push(result);
}

}  // namespace sous::gdm_git
