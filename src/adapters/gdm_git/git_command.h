#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/clock.h"
#include "ports/process_runner.h"

namespace sous::gdm_git {

/// What one git command is given beside its arguments.
struct GitInput {
  std::string text = {};
  std::map<std::string, std::string> environment = {};
  std::uint64_t max_output = 64ULL << 20U;
};

/// The `git` program on one repository, with an environment in which nothing but the user's own git
/// configuration can steer it: no hooks, no prompts, no repository named by the caller's
/// environment. A lock that another git holds is waited for. Thread-safe.
class GitCommand {
 public:
  GitCommand(ProcessRunner& processes, Clock& clock, std::string git_dir);

  /// The result whatever the exit status is.
  Result<ProcessResult> run(const std::vector<std::string>& arguments,
                            const Call& call,
                            const GitInput& input = {}) const;
  /// Standard output; fails with unavailable on a non-zero exit status.
  Result<std::string> output(const std::vector<std::string>& arguments,
                             const Call& call,
                             const GitInput& input = {}) const;

  const std::string& git_dir() const noexcept { return git_dir_; }

 private:
  ProcessRunner* processes_;
  Clock* clock_;
  std::string git_dir_;
};

/// Runs git outside any repository.
Result<ProcessResult> run_git(ProcessRunner& processes,
                              std::vector<std::string> arguments,
                              const Call& call);

/// The line of git's error output that says why, without credentials.
std::string reason_of(const ProcessResult& result);

/// An error of a command that should not have failed.
Error git_failed(std::string_view command, const ProcessResult& result);

}  // namespace sous::gdm_git
