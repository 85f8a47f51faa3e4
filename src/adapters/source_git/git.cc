#include "adapters/source_git/git.h"

#include <array>
#include <iterator>
#include <utility>

#include "base/text.h"

namespace sous::source_git {
namespace {

constexpr std::uint64_t kMostOutput = 512ULL << 20U;

// They name another repository than the directory's, or the caller's place in it: set in git hooks.
constexpr std::array kForeign{"GIT_DIR",
                              "GIT_WORK_TREE",
                              "GIT_INDEX_FILE",
                              "GIT_OBJECT_DIRECTORY",
                              "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                              "GIT_COMMON_DIR",
                              "GIT_NAMESPACE",
                              "GIT_PREFIX",
                              "GIT_QUARANTINE_PATH",
                              "GIT_SHALLOW_FILE",
                              "GIT_GRAFT_FILE",
                              "GIT_LITERAL_PATHSPECS",
                              "GIT_TRACE",
                              "PWD"};

}  // namespace

Result<ProcessResult> Git::run(std::vector<std::string> arguments,
                               const Call& call,
                               std::string input) const {
  ProcessSpec spec;
  spec.argv = std::move(arguments);
  spec.argv.insert(spec.argv.begin(), "git");
  spec.directory = directory_;
  spec.input = std::move(input);
  spec.max_output = kMostOutput;
  for (const char* name : kForeign) {
    spec.environment[name] = "";
  }
  spec.environment["LC_ALL"] = "C";
  spec.environment["GIT_OPTIONAL_LOCKS"] = "0";
  spec.environment["GIT_TERMINAL_PROMPT"] = "0";
  // ssh asks an askpass program, which a desktop has, but never a terminal that nobody watches.
  spec.environment["SSH_ASKPASS_REQUIRE"] = "force";
  return processes_.run(spec, call);
}

Result<std::string> Git::output(std::vector<std::string> arguments,
                                const Call& call,
                                std::string input) const {
  const std::string command = arguments.front();
  ProcessResult result = SOUS_TRY(run(std::move(arguments), call, std::move(input)));
  if (result.exit_code != 0) {
    return failure(command, result);
  }
  return std::move(result.out);
}

Error failure(std::string_view command, const ProcessResult& result) {
  const std::string why = reason(result);
  if (why.find("not a git repository") != std::string::npos ||
      why.find("must be run in a work tree") != std::string::npos) {
    return Error(Code::not_found, "there is no git work tree here: " + why)
        .hinted("run the command inside a checkout, or name one");
  }
  if (why.find("dubious ownership") != std::string::npos) {
    return Error(Code::forbidden, "git does not trust this repository: " + why)
        .hinted("run `git config --global --add safe.directory <directory>`");
  }
  return {Code::failed, "git " + std::string(command) + " failed: " + why};
}

std::string reason(const ProcessResult& result) {
  std::string_view last;
  for (const std::string_view line : split(result.err, '\n')) {
    for (const std::string_view mark : {"fatal: ", "error: "}) {
      if (line.starts_with(mark)) {
        return std::string(line.substr(mark.size()));
      }
    }
    if (!trim(line).empty()) {
      last = line;
    }
  }
  return last.empty() ? "exit status " + std::to_string(result.exit_code) : std::string(last);
}

}  // namespace sous::source_git
