#include "adapters/process_posix/child.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot to declare its functions as C
}

#include <array>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace sous::process_posix {
namespace {

constexpr int kSignalledBase = 128;

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }

  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }

  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  // Non-zero is an errno value; they only fail for lack of memory or a bad descriptor.
  int set(const ProcessSpec& spec, int input, int output, int errors) {
    if (!spec.directory.empty()) {
      if (const int e = posix_spawn_file_actions_addchdir_np(&actions_, spec.directory.c_str())) {
        return e;
      }
    }
    if (spec.on_terminal) {
      return posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
    }
    const std::array<int, 3> standard{input, output, errors};
    for (int target = 0; target < 3; ++target) {
      const int source = standard[static_cast<std::size_t>(target)];
      if (const int e = posix_spawn_file_actions_adddup2(&actions_, source, target)) {
        return e;
      }
    }
    return posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
  }

  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class Attributes {
 public:
  Attributes() { posix_spawnattr_init(&attributes_); }

  ~Attributes() { posix_spawnattr_destroy(&attributes_); }

  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  // No blocked signal, and default actions for those this process may ignore. Besides, unless it is
  // to talk on the terminal, an own session, and with it an own group: a program without a terminal
  // that wants to ask for a password (ssh, git) fails at once, where it would wait for ever in the
  // background of one.
  int set(bool on_terminal) {
    sigset_t none;
    sigset_t defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (const int number : {SIGPIPE, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD}) {
      sigaddset(&defaults, number);
    }
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    const int session = on_terminal ? 0 : POSIX_SPAWN_SETSID;
    return posix_spawnattr_setflags(
        &attributes_, static_cast<short>(session | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  }

  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

// This process's environment with the additions of `spec`, as `NAME=value`.
std::vector<std::string> environment_of(const ProcessSpec& spec) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!spec.environment.contains(std::string(text.substr(0, text.find('='))))) {
      out.emplace_back(text);
    }
  }
  for (const auto& [name, value] : spec.environment) {
    if (!value.empty()) {
      out.push_back(std::string(name).append("=").append(value));
    }
  }
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (auto& text : texts) {
    out.push_back(text.data());
  }
  out.push_back(nullptr);
  return out;
}

Status check(const ProcessSpec& spec) {
  if (spec.argv.empty() || spec.argv[0].empty()) {
    return Error(Code::invalid_data, "no program to run was given");
  }
  for (const auto& argument : spec.argv) {
    if (argument.find('\0') != std::string::npos) {
      return Error(Code::invalid_data,
                   "an argument for `" + spec.argv[0] + "` contains a zero byte");
    }
  }
  return ok();
}

Error spawn_error(const ProcessSpec& spec, int number) {
  const std::string program = "`" + spec.argv[0] + "`";
  struct stat info{};
  const bool directory_is_there =
      spec.directory.empty() ||
      (::stat(spec.directory.c_str(), &info) == 0 && S_ISDIR(info.st_mode));
  if (!directory_is_there) {
    return Error(Code::not_found,
                 "cannot run " + program + ": there is no directory " + spec.directory);
  }
  switch (number) {
    case ENOENT:
      return Error(Code::unavailable, "cannot run " + program + ": no such program")
          .hinted("install " + program + ", or put it into PATH");
    case EACCES:
    case EPERM:
      return Error(Code::forbidden, "cannot run " + program + ": it may not be executed");
    case E2BIG:
      return Error(Code::invalid_data, "cannot run " + program + ": its arguments are too long");
    default:
      return Error(Code::unavailable,
                   "cannot run " + program + ": " + std::generic_category().message(number));
  }
}

}  // namespace

Result<Child> Child::spawn(const ProcessSpec& spec, int input, int output, int errors) {
  SOUS_TRY_VOID(check(spec));
  FileActions actions;
  Attributes attributes;
  if (const int e = actions.set(spec, input, output, errors)) {
    return spawn_error(spec, e);
  }
  if (const int e = attributes.set(spec.on_terminal)) {
    return spawn_error(spec, e);
  }
  std::vector<std::string> arguments = spec.argv;
  std::vector<std::string> environment = environment_of(spec);
  pid_t pid = 0;
  const int e = posix_spawnp(&pid,
                             arguments[0].c_str(),
                             actions.get(),
                             attributes.get(),
                             pointers(arguments).data(),
                             pointers(environment).data());
  if (e != 0) {
    return spawn_error(spec, e);
  }
  Child child(pid, Fd(::pidfd_open(pid, 0)), spec.on_terminal);
  if (!child.pidfd_) {
    return system_error("cannot watch `" + spec.argv[0] + "`");
  }
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), pidfd_(std::move(other.pidfd_)), alone_(other.alone_) {}

Child::~Child() {
  if (pid_ != 0) {
    signal_group(SIGKILL);
    reap();
  }
}

void Child::signal_group(int number) const noexcept { ::kill(alone_ ? pid_ : -pid_, number); }

int Child::reap() noexcept {
  const auto id = static_cast<id_t>(std::exchange(pid_, 0));
  siginfo_t info{};
  while (::waitid(P_PID, id, &info, WEXITED) != 0 && errno == EINTR) {
  }
  return info.si_code == CLD_EXITED ? info.si_status : kSignalledBase + info.si_status;
}

}  // namespace sous::process_posix
