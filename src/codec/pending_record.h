#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/pending_build.h"

namespace sous::codec {

/// The record of a build that waits for the GDM (docs/formats/pending.md). Fails with invalid_data,
/// naming every problem with its place in `path`.
Result<PendingBuild> decode_pending_build(const std::string& path, std::string_view text);
std::string encode_pending_build(const PendingBuild& pending);

}  // namespace sous::codec
