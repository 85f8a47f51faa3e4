#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sous::files_posix {

/// Replaces the file at `path` as a whole; durable on return. Its directory must exist. A symlink
/// at the path itself is replaced, not followed.
Status durable_write(const std::string& path, std::string_view bytes, std::uint32_t mode);

/// Makes missing directories (0700), each durable in its parent.
Status durable_directories(const std::string& path);

}  // namespace sous::files_posix
