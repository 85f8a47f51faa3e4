#include <sys/ioctl.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "cli/run.h"
#include "signals.h"
#include "wiring.h"

namespace {

constexpr std::size_t kUsualWidth = 80;

std::size_t terminal_width() {
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
      return size.ws_col;
    }
  }
  return kUsualWidth;
}

sous::cli::Environment environment_of(int argc, char** argv) {
  sous::cli::Environment out;
  out.arguments.assign(argv + (argc > 0 ? 1 : 0), argv + argc);
  std::error_code ignored;  // a directory that is gone is told by whoever needs it
  out.directory = std::filesystem::current_path(ignored).string();
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (const auto equals = text.find('='); equals != std::string::npos) {
      out.variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  out.in_is_terminal = ::isatty(STDIN_FILENO) == 1;
  out.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  out.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  out.width = terminal_width();
  out.version = SOUS_VERSION;
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const auto environment = environment_of(argc, argv);
  const sous::apps::SignalStop signals;
  sous::apps::ProcessWiring wiring(environment);
  return sous::cli::run(environment, wiring, signals.token());
}
