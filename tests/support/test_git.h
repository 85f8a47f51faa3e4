#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "ports/process_runner.h"

namespace sous::support {

/// A runner that hides the user's and the machine's git configuration from a test, and counts.
class TestGit final : public ProcessRunner {
 public:
  explicit TestGit(ProcessRunner& runner) : runner_(runner) {}

  Result<ProcessResult> run(const ProcessSpec& spec, const Call& call) override {
    ++runs_;
    return runner_.run(isolated(spec), call);
  }

  /// Runs `git ARGUMENTS` in a directory, as a person would; its standard output without the last
  /// newline, or the error output of a failure.
  Result<std::string> git(const std::string& directory, std::vector<std::string> arguments) {
    ProcessSpec spec;
    spec.argv = {"git",
                 "-c",
                 "user.name=Pat Person",
                 "-c",
                 "user.email=pat@example.com",
                 "-c",
                 "protocol.file.allow=always"};
    spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
    spec.directory = directory;
    auto result = SOUS_TRY(runner_.run(isolated(spec), Call{}));
    if (result.exit_code != 0) {
      return Error(Code::failed, result.err);
    }
    if (result.out.ends_with('\n')) {
      result.out.pop_back();
    }
    return std::move(result.out);
  }

  int runs() const { return runs_; }

 private:
  static ProcessSpec isolated(ProcessSpec spec) {
    spec.environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
    spec.environment["GIT_CONFIG_NOSYSTEM"] = "1";
    return spec;
  }

  ProcessRunner& runner_;
  std::atomic<int> runs_ = 0;
};

}  // namespace sous::support
