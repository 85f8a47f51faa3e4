#include "desk.h"

#include <stdexcept>

#include "adapters/process_posix/process_runner.h"
#include "adapters/system_posix/clock.h"

namespace sous::acceptance {
namespace {

Ran run(ProcessSpec spec) {
  system_posix::SystemClock clock;
  process_posix::PosixProcessRunner runner(clock);
  const Call call{Deadline::at(clock.now() + std::chrono::minutes(3)), {}};
  auto result = runner.run(spec, call);
  if (!result) {
    throw std::runtime_error(result.error().text());
  }
  return {result->exit_code, std::move(result->out), std::move(result->err)};
}

}  // namespace

Desk::Desk(const std::string& name, const std::string& gdm) {
  for (const auto* variable :
       {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"}) {
    environment_[variable] = directory_ / variable;
  }
  environment_["GIT_CONFIG_GLOBAL"] = "/dev/null";
  environment_["GIT_CONFIG_NOSYSTEM"] = "1";
  environment_["SOUS_USER"] = name + " <" + name.substr(0, name.find(' ')) + "@example.com>";
  environment_["NO_COLOR"] = "1";
  if (!gdm.empty()) {
    environment_["SOUS_GDM"] = gdm;
  }
}

Ran Desk::sous(const std::vector<std::string>& arguments, const std::string& input) const {
  ProcessSpec spec;
  spec.argv = {SOUS_TEST_BINARY};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.directory = directory_.path();
  spec.environment = environment_;
  spec.input = input;
  return run(std::move(spec));
}

codec::Json Desk::answer(std::vector<std::string> arguments, int exit_code) const {
  arguments.insert(arguments.end(), {"-o", "json"});
  const Ran result = sous(arguments);
  if (result.exit_code != exit_code) {
    throw std::runtime_error("exit status " + std::to_string(result.exit_code) + " instead of " +
                             std::to_string(exit_code) + ": " + result.out + result.err);
  }
  return result.json();
}

std::string Desk::git(const std::string& directory, std::vector<std::string> arguments) const {
  ProcessSpec spec;
  spec.argv = {"git",
               "-c",
               "user.name=Hand",
               "-c",
               "user.email=hand@example.com",
               "-c",
               "init.defaultBranch=main"};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.directory = directory;
  spec.environment = environment_;
  auto result = run(std::move(spec));
  if (result.exit_code != 0) {
    throw std::runtime_error("git failed: " + result.err);
  }
  if (result.out.ends_with('\n')) {
    result.out.pop_back();
  }
  return std::move(result.out);
}

}  // namespace sous::acceptance
