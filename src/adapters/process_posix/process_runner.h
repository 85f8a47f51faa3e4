#pragma once

#include "ports/clock.h"
#include "ports/process_runner.h"

namespace sous::process_posix {

/// ProcessRunner by posix_spawn: never a fork of this process, never a shell. A program gets its
/// own process group, default signals, no descriptor but the standard three, and its input as a
/// file. At the deadline, a stop request or too much output the group gets SIGTERM, and SIGKILL two
/// seconds later. Output that a program's own children write after it has ended is not waited for.
class PosixProcessRunner final : public ProcessRunner {
 public:
  /// `clock` is the one that made the deadlines; it must outlive this object.
  explicit PosixProcessRunner(Clock& clock) : clock_(clock) {}

  Result<ProcessResult> run(const ProcessSpec& spec, const Call& call) override;

 private:
  Clock& clock_;
};

}  // namespace sous::process_posix
