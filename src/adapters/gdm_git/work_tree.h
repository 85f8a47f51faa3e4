#pragma once

#include <string>
#include <vector>

#include "adapters/gdm_git/git_command.h"

namespace sous::gdm_git {

/// Brings the index and the files of a checked-out directory from commit `from` (empty: nothing) to
/// commit `to`. A file with edits of a person is left as it is; the result names these.
/// Fails with unavailable when git cannot do it at all (a lock, a full disk).
Result<std::vector<std::string>> follow_commit(const GitCommand& git,
                                               const std::string& directory,
                                               const std::string& from,
                                               const std::string& to,
                                               const Call& call);

}  // namespace sous::gdm_git
