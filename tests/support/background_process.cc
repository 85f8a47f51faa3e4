#include "support/background_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>

#include "support/await.h"

namespace sous::support {
namespace {

constexpr int kLogMode = 0600;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) {
    out.push_back(text.data());
  }
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> merged_environment(std::map<std::string, std::string> wanted) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto equals = text.find('=');
    wanted.try_emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  std::vector<std::string> out;
  for (const auto& [name, value] : wanted) {
    out.push_back(name + "=" + value);
  }
  return out;
}

}  // namespace

BackgroundProcess::BackgroundProcess(const std::vector<std::string>& argv,
                                     const std::map<std::string, std::string>& environment,
                                     const std::string& log) {
  auto arguments = argv;
  auto variables = merged_environment(environment);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(
      &actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, kLogMode);
  ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  const int error = ::posix_spawnp(&pid_,
                                   argv.front().c_str(),
                                   &actions,
                                   &attributes,
                                   pointers(arguments).data(),
                                   pointers(variables).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    pid_ = 0;
    throw std::runtime_error("cannot start " + argv.front());
  }
}

BackgroundProcess::~BackgroundProcess() { end(); }

bool BackgroundProcess::reap(int options) {
  if (pid_ != 0 && ::waitpid(pid_, nullptr, options) == pid_) {
    ::kill(-pid_, SIGKILL);  // what it left in its group
    pid_ = 0;
  }
  return pid_ == 0;
}

bool BackgroundProcess::is_running() { return !reap(WNOHANG); }

void BackgroundProcess::end() {
  if (reap(WNOHANG)) {
    return;
  }
  ::kill(-pid_, SIGTERM);
  if (!await([this] { return reap(WNOHANG); }, std::chrono::seconds(5))) {
    ::kill(-pid_, SIGKILL);
    reap(0);
  }
}

}  // namespace sous::support
