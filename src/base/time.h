#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sous {

using Duration = std::chrono::microseconds;

/// A moment in civil time, UTC. For people and records, never for measuring or ordering decisions.
using WallTime = std::chrono::sys_time<Duration>;

/// The clock behind MonoTime. It cannot be read here: only the port Clock knows "now".
struct MonoClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonoClock>;
  static constexpr bool is_steady = true;
};

/// A moment on the monotonic clock of this process. For deadlines and intervals.
using MonoTime = MonoClock::time_point;

/// Prints RFC 3339 in UTC with microseconds: `2026-11-21T22:26:42.000001Z`.
std::string format_rfc3339(WallTime time);
/// Reads RFC 3339 with any offset and up to nine fraction digits (cut to microseconds).
/// Fails with invalid_data.
Result<WallTime> parse_rfc3339(std::string_view text);
/// The UTC time as it stands in a unique image tag: `2026-11-21T22.26.42`.
std::string format_tag_time(WallTime time);

/// Prints a duration for people: `850 ms`, `4.2 s`, `3 min 5 s`.
std::string format_duration(Duration duration);

/// The moment at which waiting ends; or never.
class Deadline {
 public:
  static Deadline never() { return Deadline{}; }

  static Deadline at(MonoTime time) { return Deadline{time}; }

  bool passed(MonoTime now) const { return at_ && now >= *at_; }

  std::optional<MonoTime> time() const { return at_; }

  /// What is left at `now`, never negative; nothing when there is no end.
  std::optional<Duration> left(MonoTime now) const;
  /// The earlier of the two.
  Deadline trimmed(MonoTime other) const;

 private:
  Deadline() = default;

  explicit Deadline(MonoTime at) : at_(at) {}

  std::optional<MonoTime> at_;
};

}  // namespace sous
