#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/lock.h"

namespace sous::codec {

/// A lock file as text (docs/formats/lock.md). `path` names the text in messages. Fails with
/// invalid_data, every problem a detail; also where the laws of LockFile do not hold, or where the
/// format is a newer one.
Result<LockFile> decode_lock_file(const std::string& path, std::string_view text);
std::string encode_lock_file(const LockFile& file);

}  // namespace sous::codec
