#pragma once

#include <span>

#include "model/operation.h"
#include "model/plan.h"

namespace sous::cli {

/// The exit statuses that do not come from an Error (design.md section 12); base/error.cc has those
/// that do.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kChangesPending = 2;
inline constexpr int kBlocked = 3;
inline constexpr int kNotVerified = 4;
inline constexpr int kUndecided = 5;
inline constexpr int kConflict = 6;
inline constexpr int kUsage = 64;
inline constexpr int kInvalidData = 65;
inline constexpr int kUnavailable = 69;
inline constexpr int kInternal = 70;
inline constexpr int kNotPermitted = 77;

/// Of several statuses the one to exit with; kDone when there are none.
int combined(std::span<const int> statuses);

int status_of(const Operation& operation);
/// What `sous plan` says of an action; differences that only come from defaults do not count.
int status_of(const Action& action);

}  // namespace sous::cli
