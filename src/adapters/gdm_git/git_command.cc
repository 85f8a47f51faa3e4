#include "adapters/gdm_git/git_command.h"

#include <chrono>
#include <utility>

#include "adapters/gdm_git/location.h"
#include "base/text.h"

namespace sous::gdm_git {
namespace {

constexpr int kLockTries = 4;
constexpr Duration kFirstLockWait = std::chrono::milliseconds(100);

// Set when Sous runs inside a git hook, and then naming another repository than ours.
constexpr const char* kForeignVariables[] = {"GIT_DIR",
                                             "GIT_WORK_TREE",
                                             "GIT_INDEX_FILE",
                                             "GIT_OBJECT_DIRECTORY",
                                             "GIT_COMMON_DIR",
                                             "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                                             "GIT_NAMESPACE",
                                             "GIT_CONFIG_PARAMETERS",
                                             "GIT_CONFIG_COUNT",
                                             "GIT_PREFIX",
                                             "GIT_QUARANTINE_PATH",
                                             "GIT_GLOB_PATHSPECS",
                                             "GIT_ICASE_PATHSPECS",
                                             "GIT_EXTERNAL_DIFF",
                                             "GIT_TRACE"};

ProcessSpec make_spec(std::vector<std::string> arguments) {
  ProcessSpec spec;
  spec.argv = {"git",
               "-c",
               "core.hooksPath=/dev/null",
               "-c",
               // What was acknowledged must outlive a power failure: git's own default syncs
               // neither loose objects nor refs.
               "core.fsync=committed,loose-object,reference",
               "-c",
               "core.filesRefLockTimeout=500",
               "-c",
               "core.packedRefsTimeout=1000",
               "-c",
               "gc.autoDetach=false",
               "-c",
               "maintenance.autoDetach=false",
               "-c",
               "advice.detachedHead=false"};
  spec.argv.insert(spec.argv.end(),
                   std::make_move_iterator(arguments.begin()),
                   std::make_move_iterator(arguments.end()));
  for (const char* name : kForeignVariables) {
    spec.environment[name] = "";
  }
  spec.environment["GIT_TERMINAL_PROMPT"] = "0";
  spec.environment["GIT_LITERAL_PATHSPECS"] = "1";
  spec.environment["GIT_OPTIONAL_LOCKS"] = "0";
  spec.environment["LC_ALL"] = "C";
  return spec;
}

bool is_lock_busy(const ProcessResult& result) {
  return result.exit_code != 0 && result.err.contains(".lock': File exists");
}

Result<ProcessResult> run_spec(ProcessRunner& processes,
                               const ProcessSpec& spec,
                               const Call& call) {
  auto result = processes.run(spec, call);
  if (!result && result.error().code() == Code::unavailable && result.error().hint().empty()) {
    return std::move(result.error()).hinted("install git 2.31 or newer and put it in PATH");
  }
  return result;
}

}  // namespace

GitCommand::GitCommand(ProcessRunner& processes, Clock& clock, std::string git_dir)
    : processes_(&processes), clock_(&clock), git_dir_(std::move(git_dir)) {}

Result<ProcessResult> GitCommand::run(const std::vector<std::string>& arguments,
                                      const Call& call,
                                      const GitInput& input) const {
  auto spec = make_spec(arguments);
  spec.directory = git_dir_;
  spec.input = input.text;
  spec.max_output = input.max_output;
  spec.environment["GIT_DIR"] = git_dir_;
  for (const auto& [name, value] : input.environment) {
    spec.environment[name] = value;
  }
  auto wait = kFirstLockWait;
  for (int attempt = 1;; ++attempt) {
    auto result = SOUS_TRY(run_spec(*processes_, spec, call));
    if (!is_lock_busy(result) || attempt == kLockTries) {
      return result;
    }
    SOUS_TRY_VOID(clock_->sleep(wait, call));
    wait *= 2;
  }
}

Result<std::string> GitCommand::output(const std::vector<std::string>& arguments,
                                       const Call& call,
                                       const GitInput& input) const {
  auto result = SOUS_TRY(run(arguments, call, input));
  if (result.exit_code != 0) {
    return git_failed(arguments.front(), result);
  }
  return std::move(result.out);
}

Result<ProcessResult> run_git(ProcessRunner& processes,
                              std::vector<std::string> arguments,
                              const Call& call) {
  return run_spec(processes, make_spec(std::move(arguments)), call);
}

std::string reason_of(const ProcessResult& result) {
  std::string_view last;
  std::string_view fatal;
  for (auto line : split(result.err, '\n')) {
    line = trim(line);
    if (line.empty() || line.starts_with("hint:")) {
      continue;
    }
    last = line;
    if (fatal.empty() && (line.starts_with("fatal: ") || line.starts_with("error: "))) {
      fatal = line.substr(7);
    }
  }
  const auto reason = fatal.empty() ? last : fatal;
  if (reason.empty()) {
    return "git ended with status " + std::to_string(result.exit_code);
  }
  return without_credentials(reason);
}

Error git_failed(std::string_view command, const ProcessResult& result) {
  Error error(Code::unavailable, "git " + std::string(command) + " failed: " + reason_of(result));
  if (is_lock_busy(result)) {
    return std::move(error).hinted(
        "another git holds a lock; if none is running any more, remove the .lock file");
  }
  return error;
}

}  // namespace sous::gdm_git
