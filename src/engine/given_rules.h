#pragma once

#include "model/given.h"

namespace sous::engine {

/// The hold of a deployment, if it is in force; a hold with an end is none afterwards.
const Hold* active_hold(const GivenRecord* given, WallTime now);

/// What a rollback gives: the latest earlier entry that succeeded and is another version or another
/// image than the current one. Null when none is known.
const GivenEntry* rollback_target(const GivenRecord& given);

}  // namespace sous::engine
