#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/decision.h"
#include "model/lock.h"

namespace sous::cli {

/// Why a canonical choice came out as it did, in one sentence without a period.
std::string verdict_reason(const Decision& decision);
/// What a rule says, in words.
std::string_view rule_in_words(Rule rule);
/// What would make the choice come out differently, and how to bring it about; each a sentence.
std::vector<std::string> what_would_change(const Decision& decision, const LockFile* file);
/// `2026-11-21 22:26:42 UTC`.
std::string moment(WallTime time);
/// `2026-11-21 22:26`, for tables.
std::string short_moment(WallTime time);

}  // namespace sous::cli
