#pragma once

#include <unistd.h>

#include <string>

#include "base/result.h"
#include "base/unique_handle.h"

namespace sous::process_posix {

struct CloseFd {
  void operator()(int fd) const noexcept { ::close(fd); }
};

using Fd = UniqueHandle<int, -1, CloseFd>;

/// A failed system call as an Error of kind unavailable; reads errno.
Error system_error(const std::string& doing);

struct Pipe {
  Fd read_end;  // does not block
  Fd write_end;
};

/// Both ends are closed in programs started by others, and above the standard three.
Result<Pipe> make_pipe();
/// A file that holds `bytes`, positioned at its start; /dev/null when there are none.
Result<Fd> make_input(const std::string& bytes);
/// A counter that a thread can poll for and another can raise.
Result<Fd> make_wake_up();

}  // namespace sous::process_posix
