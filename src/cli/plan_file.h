#pragma once

#include <string_view>
#include <vector>

#include "app/apply.h"
#include "base/result.h"

namespace sous::cli {

/// Reads what `sous plan -o json` wrote. Fails with invalid_data, naming the action and the member.
Result<std::vector<app::SavedAction>> parse_plan(std::string_view text);

}  // namespace sous::cli
