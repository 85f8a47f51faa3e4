#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/node.h"
#include "base/result.h"

namespace sous::cli {

class Settings;

/// Everything that a command line takes from the process it runs in. Nothing in cli reads any of it
/// by itself.
struct Environment {
  std::vector<std::string> arguments;  // without the program's own name
  std::string directory;               // where the process is; absolute
  std::map<std::string, std::string, std::less<>> variables;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  std::size_t width = 80;  // columns of the terminal
  std::string version;     // of this program

  /// A variable's value; absent when it is not set or empty.
  std::optional<std::string> variable(std::string_view name) const;
};

/// How much the program tells about its own doings.
enum class Verbosity : std::uint8_t { silent, quiet, normal, loud, debug };

/// What the program around the command line supplies; apps/sous implements it. Used by one thread.
class Wiring {
 public:
  virtual ~Wiring() = default;

  /// Write to standard output and standard error.
  virtual void out(std::string_view bytes) = 0;
  virtual void err(std::string_view bytes) = 0;

  /// Whether events of the parts are shown; called before anything else is made.
  virtual void set_verbosity(Verbosity verbosity) = 0;

  /// A file of the configuration; absent when it does not exist.
  virtual Result<std::optional<std::string>> read_file(const std::string& path) = 0;
  virtual Status write_file(const std::string& path, std::string_view text) = 0;

  /// All of standard input. Fails with invalid_data when it is longer than `max_bytes`.
  virtual Result<std::string> read_input(std::uint64_t max_bytes) = 0;
  /// One line of standard input, without its end; absent when there is no more.
  virtual std::optional<std::string> read_line() = 0;
  /// Runs a program that the user talks to, as an editor; its exit status. Fails with unavailable
  /// when there is no such program.
  virtual Result<int> run_on_terminal(const std::vector<std::string>& argv) = 0;

  /// Who git takes the user for, as `Name <email>`, where it knows.
  virtual std::optional<std::string> git_user() = 0;

  /// Makes the parts on the first call; later calls give the same ones, which live as long as this.
  /// Fails with usage for a setting that is not what it should be.
  virtual Result<app::Node*> node(const Settings& settings) = 0;
};

}  // namespace sous::cli
