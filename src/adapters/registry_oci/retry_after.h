#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace sous::registry_oci {

/// An HTTP date in the form that RFC 9110 tells senders to use: `Sun, 06 Nov 1994 08:49:37 GMT`.
Result<WallTime> parse_http_date(std::string_view text);

/// How long a Retry-After header (seconds or a date) asks to wait at `now`, never negative and at
/// most a year; nothing when it cannot be read.
std::optional<Duration> parse_retry_after(std::string_view text, WallTime now);

}  // namespace sous::registry_oci
