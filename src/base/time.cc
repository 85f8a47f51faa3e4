#include "base/time.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <system_error>

#include <fmt/format.h>

#include "base/text.h"

namespace sous {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kMaxRfc3339Length = 64;
constexpr int kMaxFractionDigits = 9;
constexpr int kMicrosecondDigits = 6;

struct Civil {
  std::chrono::year_month_day date{};
  std::chrono::hh_mm_ss<Duration> clock;
};

Civil civil_of(WallTime time) {
  const auto day = std::chrono::floor<days>(time);
  return Civil{.date = std::chrono::year_month_day{day},
               .clock = std::chrono::hh_mm_ss<Duration>{time - day}};
}

std::string format_seconds(const Civil& civil, char delimiter) {
  return fmt::format("{:04}-{:02}-{:02}T{:02}{}{:02}{}{:02}",
                     static_cast<int>(civil.date.year()),
                     static_cast<unsigned>(civil.date.month()),
                     static_cast<unsigned>(civil.date.day()),
                     civil.clock.hours().count(),
                     delimiter,
                     civil.clock.minutes().count(),
                     delimiter,
                     civil.clock.seconds().count());
}

// Takes the parts of a timestamp off its front; the first part that does not fit fails the rest.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    int value = 0;
    if (rest_.size() < count ||
        !std::all_of(rest_.begin(), rest_.begin() + offset(count), is_digit)) {
      failed_ = true;
      return value;
    }
    std::from_chars(rest_.begin(), rest_.begin() + offset(count), value);
    rest_.remove_prefix(count);
    return value;
  }

  char one_of(std::string_view allowed) {
    if (rest_.empty() || allowed.find(rest_.front()) == std::string_view::npos) {
      failed_ = true;
      return '\0';
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }

  bool next_is_digit() const { return !rest_.empty() && is_digit(rest_.front()); }

  bool complete() const { return !failed_ && rest_.empty(); }

  void fail() { failed_ = true; }

 private:
  static std::ptrdiff_t offset(std::size_t count) { return static_cast<std::ptrdiff_t>(count); }

  std::string_view rest_;
  bool failed_ = false;
};

Duration read_fraction(Reader& reader) {
  if (!reader.next_is('.')) {
    return Duration::zero();
  }
  reader.one_of(".");
  std::int64_t micros = 0;
  int count = 0;
  while (reader.next_is_digit() && count < kMaxFractionDigits) {
    const int digit = reader.digits(1);
    if (count < kMicrosecondDigits) {
      micros = micros * 10 + digit;
    }
    ++count;
  }
  if (count == 0) {
    reader.fail();
  }
  for (; count < kMicrosecondDigits; ++count) {
    micros *= 10;
  }
  return Duration{micros};
}

minutes read_offset(Reader& reader) {
  const char sign = reader.one_of("Zz+-");
  if (sign != '+' && sign != '-') {
    return minutes::zero();
  }
  const int hour = reader.digits(2);
  reader.one_of(":");
  const int minute = reader.digits(2);
  if (hour > 23 || minute > 59) {
    reader.fail();
  }
  const minutes offset = hours{hour} + minutes{minute};
  return sign == '-' ? -offset : offset;
}

}  // namespace

std::string format_rfc3339(WallTime time) {
  const Civil civil = civil_of(time);
  return fmt::format("{}.{:06}Z", format_seconds(civil, ':'), civil.clock.subseconds().count());
}

std::string format_tag_time(WallTime time) { return format_seconds(civil_of(time), '.'); }

Result<WallTime> parse_rfc3339(std::string_view text) {
  const auto refuse = [&] {
    return Error(
        Code::invalid_data,
        fmt::format("{} is not a time as in RFC 3339, such as 2026-11-21T22:26:42Z", quote(text)));
  };
  if (text.size() > kMaxRfc3339Length) {
    return refuse();
  }
  Reader reader{text};
  const int year = reader.digits(4);
  reader.one_of("-");
  const int month = reader.digits(2);
  reader.one_of("-");
  const int day = reader.digits(2);
  reader.one_of("Tt");
  const int hour = reader.digits(2);
  reader.one_of(":");
  const int minute = reader.digits(2);
  reader.one_of(":");
  const int second = reader.digits(2);
  const Duration fraction = read_fraction(reader);
  const minutes offset = read_offset(reader);

  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  // A leap second (60) is read as the first moment after it, as POSIX clocks show it.
  if (!reader.complete() || !date.ok() || hour > 23 || minute > 59 || second > 60) {
    return refuse();
  }
  const WallTime time = std::chrono::sys_days{date} + hours{hour} + minutes{minute} +
                        seconds{second} + fraction - offset;
  // An offset may lead out of the four-digit years, which could then not be printed again.
  const int utc_year = static_cast<int>(civil_of(time).date.year());
  if (utc_year < 0 || utc_year > 9999) {
    return refuse();
  }
  return time;
}

std::string format_duration(Duration duration) {
  const bool negative = duration < Duration::zero();
  const std::string sign = negative ? "-" : "";
  // Unsigned, because the lowest value has no positive counterpart.
  const auto bits = static_cast<std::uint64_t>(duration.count());
  const std::uint64_t micros = negative ? ~bits + 1 : bits;
  if (micros < 1'000) {
    return fmt::format("{}{} us", sign, micros);
  }
  const std::uint64_t millis = micros / 1'000;
  if (millis < 1'000) {
    return fmt::format("{}{} ms", sign, millis);
  }
  const std::uint64_t whole_seconds = millis / 1'000;
  if (whole_seconds < 60) {
    return fmt::format("{}{}.{} s", sign, whole_seconds, millis % 1'000 / 100);
  }
  const std::uint64_t whole_minutes = whole_seconds / 60;
  if (whole_minutes < 60) {
    return fmt::format("{}{} min {} s", sign, whole_minutes, whole_seconds % 60);
  }
  const std::uint64_t whole_hours = whole_minutes / 60;
  if (whole_hours < 24) {
    return fmt::format("{}{} h {} min", sign, whole_hours, whole_minutes % 60);
  }
  return fmt::format("{}{} d {} h", sign, whole_hours / 24, whole_hours % 24);
}

std::optional<Duration> Deadline::left(MonoTime now) const {
  if (!at_) {
    return std::nullopt;
  }
  return std::max(*at_ - now, Duration::zero());
}

Deadline Deadline::trimmed(MonoTime other) const {
  return Deadline{at_ ? std::min(*at_, other) : other};
}

}  // namespace sous
