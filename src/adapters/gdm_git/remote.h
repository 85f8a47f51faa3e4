#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/gdm_git/git_command.h"
#include "ports/file_system.h"

namespace sous::gdm_git {

/// A branch of another repository and where its last known commit is kept here.
struct Remote {
  std::string place;        // a URL, or the name of a remote in the repository's configuration
  std::string branch;       // refs/heads/...; empty: whatever the remote's HEAD names
  std::string tracked_ref;  // our ref for what was last fetched
};

/// What a remote said of the branch just now.
struct RemoteState {
  std::string branch;    // refs/heads/...
  std::string revision;  // empty: the remote has no branches at all
};

/// Asks for the branch's name and commit. Fails with unavailable or unauthorized (nothing was
/// learned), not_found (there are other branches, but not this one), and as the call ends.
Result<RemoteState> ask_remote(ProcessRunner& processes,
                               FileSystem& files,
                               const GitCommand& git,
                               const Remote& remote,
                               const Call& call);

enum class Fetched : std::uint8_t { done, no_such_branch };

/// Brings the branch's commit and everything below it here. Fails as ask_remote.
Result<Fetched> fetch(const GitCommand& git, const Remote& remote, const Call& call);

enum class PushOutcome : std::uint8_t {
  done,
  conflict,     ///< the remote's branch is not at the expected commit
  refused,      ///< by a rule of the remote
  unreachable,  ///< nothing was sent
  unknown,      ///< the connection broke on the way
};

struct PushResult {
  PushOutcome outcome = PushOutcome::unknown;
  std::string reason;
};

/// Reads the end of `git push --porcelain`.
PushResult read_push(const ProcessResult& result);

/// Moves `branch` of the remote from `base` (empty: it must not exist) to `revision`.
Result<PushResult> push(const GitCommand& git,
                        const std::string& place,
                        const std::string& branch,
                        const std::string& base,
                        const std::string& revision,
                        const Call& call);

/// An answer of git that means the remote could not be reached, as an error.
Error unreachable(const Remote& remote, const ProcessResult& result);

}  // namespace sous::gdm_git
