#pragma once

#include <string>
#include <string_view>

#include "model/decision.h"

namespace sous::cli {

/// Why a canonical choice came out as it did, in one sentence without a period.
std::string verdict_reason(const Decision& decision);
/// What a rule says, in words.
std::string_view rule_in_words(Rule rule);

}  // namespace sous::cli
