#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/call.h"
#include "ports/process_runner.h"

namespace sous::source_git {

/// The `git` program in one directory: of that directory's repository whatever GIT_DIR says, in
/// English, never asking anybody, taking no lock only to speed itself up later. The user's own
/// configuration and credentials count. Thread-safe.
class Git {
 public:
  Git(ProcessRunner& processes, std::string directory)
      : processes_(processes), directory_(std::move(directory)) {}

  /// The result whatever its exit code.
  Result<ProcessResult> run(std::vector<std::string> arguments,
                            const Call& call,
                            std::string input = {}) const;
  /// Standard output; a non-zero exit fails as `failure` says.
  Result<std::string> output(std::vector<std::string> arguments,
                             const Call& call,
                             std::string input = {}) const;

 private:
  ProcessRunner& processes_;
  std::string directory_;
};

/// What a git command that should have succeeded says: not_found where there is no work tree,
/// forbidden where git mistrusts the owner, else failed.
Error failure(std::string_view command, const ProcessResult& result);

/// The line of git's error output that names the reason.
std::string reason(const ProcessResult& result);

}  // namespace sous::source_git
