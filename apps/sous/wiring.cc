#include "wiring.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "adapters/files_posix/file_system.h"
#include "adapters/process_posix/process_runner.h"
#include "adapters/system_posix/clock.h"
#include "base/text.h"

namespace sous::apps {
namespace {

constexpr std::uint64_t kMaxConfigBytes = 1ULL << 20U;
constexpr Duration kGitLimit = std::chrono::seconds(10);

/// Whoever read the answer may have gone away; then there is nobody to tell.
void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) {
      return;
    }
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }
}

/// The system's files for the configuration, which is read before any part is made.
struct ConfigFiles {
  system_posix::SystemClock clock;
  files_posix::PosixFileSystem files{clock, "/tmp"};
};

std::optional<std::string> git_config(ProcessRunner& processes,
                                      const std::string& directory,
                                      const std::string& key,
                                      const Call& call) {
  const auto answer =
      processes.run({.argv = {"git", "config", "--get", key}, .directory = directory}, call);
  if (!answer || answer->exit_code != 0) {
    return std::nullopt;
  }
  const std::string value(trim(answer->out));
  return value.empty() ? std::nullopt : std::optional{value};
}

Level lowest_of(cli::Verbosity verbosity) {
  switch (verbosity) {
    case cli::Verbosity::silent:
    case cli::Verbosity::quiet:
      return Level::error;
    case cli::Verbosity::normal:
      return Level::warning;
    case cli::Verbosity::loud:
      return Level::info;
    case cli::Verbosity::debug:
      return Level::debug;
  }
  return Level::warning;
}

}  // namespace

void ProcessWiring::out(std::string_view bytes) { write_all(STDOUT_FILENO, bytes); }

void ProcessWiring::err(std::string_view bytes) { write_all(STDERR_FILENO, bytes); }

void ProcessWiring::set_verbosity(cli::Verbosity verbosity) {
  events_.show_from(lowest_of(verbosity));
}

Result<std::optional<std::string>> ProcessWiring::read_file(const std::string& path) {
  ConfigFiles own;
  auto text = own.files.read(path, kMaxConfigBytes);
  if (!text && text.error().code() == Code::not_found) {
    return std::optional<std::string>{};
  }
  return std::optional{SOUS_TRY(std::move(text))};
}

Status ProcessWiring::write_file(const std::string& path, std::string_view text) {
  ConfigFiles own;
  return own.files.write(path, text, 0600);
}

Result<std::string> ProcessWiring::read_input(std::uint64_t max_bytes) {
  std::string out;
  std::array<char, std::size_t{64} << 10U> buffer{};
  while (true) {
    const auto count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count == 0) {
      return out;
    }
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return Error(Code::unavailable, "standard input cannot be read");
    }
    out.append(buffer.data(), static_cast<std::size_t>(count));
    if (out.size() > max_bytes) {
      return Error(
          Code::invalid_data,
          "standard input has more than the " + std::to_string(max_bytes) + " bytes that are read");
    }
  }
}

std::optional<std::string> ProcessWiring::read_line() {
  std::string out;
  char c = 0;
  while (true) {
    const auto count = ::read(STDIN_FILENO, &c, 1);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return out.empty() ? std::nullopt : std::optional{std::move(out)};
    }
    if (c == '\n') {
      return out;
    }
    out += c;
  }
}

Result<int> ProcessWiring::run_on_terminal(const std::vector<std::string>& argv) {
  system_posix::SystemClock clock;
  process_posix::PosixProcessRunner processes(clock);
  // Whoever edits takes the time they need, and keys like Ctrl-C are the editor's.
  return SOUS_TRY(processes.run({.argv = argv, .on_terminal = true}, Call{})).exit_code;
}

std::optional<std::string> ProcessWiring::git_user() {
  system_posix::SystemClock clock;
  process_posix::PosixProcessRunner processes(clock);
  const Call call{Deadline::at(clock.now() + kGitLimit), {}};
  const auto name = git_config(processes, environment_.directory, "user.name", call);
  const auto email = git_config(processes, environment_.directory, "user.email", call);
  return name && email ? std::optional{*name + " <" + *email + ">"} : std::nullopt;
}

Result<app::Node*> ProcessWiring::node(const cli::Settings& settings) {
  if (parts_ == nullptr) {
    parts_ = SOUS_TRY(Parts::make(environment_, settings, events_));
  }
  return &parts_->node();
}

}  // namespace sous::apps
