#pragma once

#include <optional>
#include <string>

#include "adapters/gdm_git/git_command.h"
#include "adapters/gdm_git/location.h"
#include "adapters/gdm_git/remote.h"
#include "ports/file_system.h"

namespace sous::gdm_git {

/// The repository of this machine that holds the GDM, or its clone.
struct Repository {
  std::string git_dir;
  std::string work_tree;  // empty: bare
};

/// The branch of the repository that is the GDM, as it is now.
struct BranchState {
  std::string local_ref;       // refs/heads/...; empty for the clone of a URL
  std::string local_revision;  // empty: no commit yet
  std::optional<Remote> remote;
  std::string tracked_revision;  // of remote->tracked_ref

  /// The newest revision that counts: with a remote, the one last seen there.
  const std::string& revision() const { return remote ? tracked_revision : local_revision; }
};

/// Finds the repository of a location. Absent when nothing is there yet. Fails with invalid_data
/// for a directory that holds something else.
Result<std::optional<Repository>> find_repository(FileSystem& files,
                                                  const Location& location,
                                                  const std::string& clones);

/// Makes it: a repository with a work tree for a path, a bare one for a URL. Harmless when somebody
/// else makes it at the same time.
Result<Repository> make_repository(ProcessRunner& processes,
                                   FileSystem& files,
                                   const Location& location,
                                   const std::string& clones,
                                   const Call& call);

/// Reads the branch: of a path the one checked out, with its upstream as remote where it has one.
Result<BranchState> read_branch(const GitCommand& git, const Location& location, const Call& call);

}  // namespace sous::gdm_git
