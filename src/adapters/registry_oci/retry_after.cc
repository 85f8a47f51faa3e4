#include "adapters/registry_oci/retry_after.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "base/text.h"

namespace sous::registry_oci {
namespace {

constexpr std::uint64_t kLongestSeconds = 365ULL * 24 * 3600;
constexpr std::array<std::string_view, 12> kMonths{
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

Error malformed() { return {Code::invalid_data, "not an HTTP date"}; }

}  // namespace

Result<WallTime> parse_http_date(std::string_view text) {
  // Every field has its fixed place.
  constexpr std::string_view kShape = "Sun, 06 Nov 1994 08:49:37 GMT";
  if (text.size() != kShape.size() || !text.ends_with(" GMT") || text.substr(3, 2) != ", " ||
      text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':' ||
      std::ranges::find(kDays, text.substr(0, 3)) == kDays.end()) {
    return malformed();
  }
  const auto month = std::ranges::find(kMonths, text.substr(8, 3));
  const auto day = SOUS_TRY(parse_uint(text.substr(5, 2)));
  const auto year = SOUS_TRY(parse_uint(text.substr(12, 4)));
  const auto hour = SOUS_TRY(parse_uint(text.substr(17, 2)));
  const auto minute = SOUS_TRY(parse_uint(text.substr(20, 2)));
  const auto second = SOUS_TRY(parse_uint(text.substr(23, 2)));
  if (month == kMonths.end() || hour > 23 || minute > 59 || second > 60) {
    return malformed();
  }
  const std::chrono::year_month_day date{
      std::chrono::year(static_cast<int>(year)),
      std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
      std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) {
    return malformed();
  }
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second);
}

std::optional<Duration> parse_retry_after(std::string_view text, WallTime now) {
  text = trim(text);
  if (!text.empty() && std::ranges::all_of(text, is_digit)) {
    const auto seconds = parse_uint(text);
    return std::chrono::seconds(seconds.has_value() ? std::min(*seconds, kLongestSeconds)
                                                    : kLongestSeconds);
  }
  const auto date = parse_http_date(text);
  if (!date.has_value()) {
    return std::nullopt;
  }
  return std::clamp<Duration>(*date - now, Duration::zero(), std::chrono::seconds(kLongestSeconds));
}

}  // namespace sous::registry_oci
