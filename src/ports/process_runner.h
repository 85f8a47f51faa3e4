#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/call.h"

namespace sous {

/// One program run. No shell is ever involved.
struct ProcessSpec {
  std::vector<std::string> argv;  // argv[0] is looked up in PATH
  std::string directory;          // empty: this process's own
  /// Added to this process's environment; an empty value removes the variable.
  std::map<std::string, std::string> environment;
  std::string input;
  std::uint64_t max_output = 64ULL << 20U;   // of stdout; more fails with invalid_data
  std::uint64_t kept_errors = 64ULL << 10U;  // the last bytes of stderr that are kept
  /// Called for each line of stdout and stderr as it comes; stdout is then not collected.
  std::function<void(std::string_view line)> on_line;
  /// For a program that a person talks to, as an editor: it stays in this process's group and has
  /// its standard input, output and error; `input` is not given and nothing is collected.
  bool on_terminal = false;
};

struct ProcessResult {
  int exit_code = 0;  // 128 + N when ended by signal N
  std::string out;
  std::string err;
};

/// Runs programs in their own session and process group, without a terminal; the deadline and a
/// stop end the whole group.
/// Thread-safe. Fails with unavailable when the program does not exist, timeout, cancelled. A
/// non-zero exit is no failure here.
class ProcessRunner {
 public:
  virtual ~ProcessRunner() = default;

  virtual Result<ProcessResult> run(const ProcessSpec& spec, const Call& call) = 0;
};

}  // namespace sous
