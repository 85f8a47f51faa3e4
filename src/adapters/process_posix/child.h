#pragma once

#include <sys/types.h>

#include "adapters/process_posix/fd.h"
#include "ports/process_runner.h"

namespace sous::process_posix {

/// A started program and its process group. Destroying one that was not reaped kills the group and
/// waits for the program.
class Child {
 public:
  /// Fails with unavailable (no such program, no resources), forbidden (may not be executed),
  /// not_found (no such directory), invalid_data (an empty or impossible argument).
  static Result<Child> spawn(const ProcessSpec& spec, int input, int output, int errors);

  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  /// Becomes readable when the program has ended.
  int pidfd() const noexcept { return pidfd_.get(); }

  /// To every process of the group; to the program alone where it shares ours. Only before reap():
  /// until then the group's number is not reused.
  void signal_group(int number) const noexcept;
  /// Waits for the end; the exit code, or 128 + the number of the signal that ended it.
  int reap() noexcept;

 private:
  Child(pid_t pid, Fd pidfd, bool alone) : pid_(pid), pidfd_(std::move(pidfd)), alone_(alone) {}

  pid_t pid_;
  Fd pidfd_;
  bool alone_;  // in this process's own group
};

}  // namespace sous::process_posix
