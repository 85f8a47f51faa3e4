#pragma once

#include <string>

#include "base/result.h"
#include "ports/file_system.h"
#include "ports/rng.h"

namespace sous::system_posix {

/// What tells this machine from others: 32 hex digits, from `system_path` (normally
/// /etc/machine-id), else from `own_path`, where an id is made and kept when there is none.
/// Fails as the file system does, and with invalid_data when `own_path` holds no id.
Result<std::string> machine_id(FileSystem& files,
                               Rng& rng,
                               const std::string& system_path,
                               const std::string& own_path);

}  // namespace sous::system_posix
