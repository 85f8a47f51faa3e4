#pragma once

#include <unistd.h>

#include <string>

#include "base/result.h"
#include "base/unique_handle.h"

namespace sous::files_posix {

struct CloseFd {
  void operator()(int fd) const noexcept { ::close(fd); }
};

using Fd = UniqueHandle<int, -1, CloseFd>;

/// A failed system call on a path as an Error: the one place where errno becomes a Code.
Error file_error(const std::string& doing, const std::string& path, int number);

/// Fails with invalid_data unless the path is absolute and without zero bytes.
Status check_path(const std::string& path);

}  // namespace sous::files_posix
