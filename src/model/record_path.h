#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sous {

/// The longest record that is read or written: the stores and the codec share this one limit, so
/// that nothing can be stored that cannot be read back.
inline constexpr std::uint64_t kMaxRecordBytes = 4ULL << 20U;
/// Why a longer one is refused.
inline constexpr std::string_view kTooLong = "it is longer than 4 MiB";

/// Whether a path inside the GDM is one that Sous reads: `sous.yaml`, `defs.yaml`, or anything
/// below `manifests/`, `locks/` or `given/` (design.md section 9). Other files are nobody's
/// business.
bool is_record_path(std::string_view path);

/// Whether a store may write a record under this path: is_record_path, UTF-8, no empty,
/// `.`, `..` or `.git` part, no control character, at most 1024 bytes. Fails with invalid_data.
Status check_record_path(std::string_view path);

/// Whether a store may write this text: at most kMaxRecordBytes of UTF-8. Fails with invalid_data.
Status check_record_text(std::string_view path, std::string_view text);

/// No record may be a directory of another one: a tree of files cannot hold both. Fails with
/// invalid_data, naming the two.
Status check_record_clashes(const std::set<std::string, std::less<>>& paths);

}  // namespace sous
