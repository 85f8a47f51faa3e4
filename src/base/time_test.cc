#include "base/time.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace sous {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kMoment =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + 22h + 26min + 42s + 1us;

TEST(TimeTest, prints_rfc3339_with_microseconds) {
  EXPECT_EQ(format_rfc3339(kMoment), "2026-11-21T22:26:42.000001Z");
  EXPECT_EQ(format_rfc3339(WallTime{-1us}), "1969-12-31T23:59:59.999999Z");
}

TEST(TimeTest, prints_the_time_of_a_tag) {
  EXPECT_EQ(format_tag_time(kMoment), "2026-11-21T22.26.42");
  EXPECT_EQ(format_tag_time(WallTime{-1us}), "1969-12-31T23.59.59");
}

TEST(TimeTest, reads_offsets_and_fractions) {
  for (const std::string_view text : {"2026-11-21T22:26:42.000001Z",
                                      "2026-11-21t22:26:42.000001z",
                                      "2026-11-21T22:26:42.000001999Z",
                                      "2026-11-22T00:26:42.000001+02:00",
                                      "2026-11-21T16:56:42.000001-05:30",
                                      "2026-11-21T22:26:42.000001-00:00"}) {
    const auto time = parse_rfc3339(text);
    ASSERT_TRUE(time.has_value()) << text;
    EXPECT_EQ(*time, kMoment) << text;
  }
  EXPECT_EQ(parse_rfc3339("2026-11-21T22:26:42Z").value(), kMoment - 1us);
  EXPECT_EQ(parse_rfc3339("2026-11-21T22:26:42.1Z").value(), kMoment - 1us + 100ms);
  EXPECT_EQ(parse_rfc3339("0001-01-01T00:00:00Z").value(),
            (std::chrono::sys_days{std::chrono::year{1} / 1 / 1}));
}

TEST(TimeTest, reads_leap_days_and_leap_seconds) {
  EXPECT_TRUE(parse_rfc3339("2024-02-29T00:00:00Z").has_value());
  EXPECT_FALSE(parse_rfc3339("2023-02-29T00:00:00Z").has_value());
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z").value(),
            parse_rfc3339("2017-01-01T00:00:00Z").value());
}

TEST(TimeTest, refuses_what_is_no_rfc3339) {
  for (const std::string_view text : {"",
                                      "2026-11-21",
                                      "2026-11-21T22:26Z",
                                      "2026-11-21 22:26:42Z",
                                      "2026-11-21T22:26:42",
                                      "2026-11-21T22:26:42.Z",
                                      "2026-11-21T22:26:42.0123456789Z",
                                      "2026-11-21T22:26:42+0200",
                                      "2026-11-21T22:26:42+24:00",
                                      "2026-11-21T22:26:42Z ",
                                      "2026-13-21T22:26:42Z",
                                      "2026-00-21T22:26:42Z",
                                      "2026-11-31T22:26:42Z",
                                      "2026-11-21T24:00:00Z",
                                      "2026-11-21T22:60:42Z",
                                      "2026-11-21T22:26:61Z",
                                      "26-11-21T22:26:42Z",
                                      "+2026-11-21T22:26:42Z",
                                      "-026-11-21T22:26:42Z",
                                      "0000-01-01T00:00:00+00:01",
                                      "9999-12-31T23:59:59-00:01"}) {
    const auto time = parse_rfc3339(text);
    ASSERT_FALSE(time.has_value()) << text;
    EXPECT_EQ(time.error().code(), Code::invalid_data);
  }
  EXPECT_FALSE(parse_rfc3339(std::string(1'000'000, '9')).has_value());
}

TEST(TimeTest, durations_are_printed_for_people) {
  EXPECT_EQ(format_duration(0us), "0 us");
  EXPECT_EQ(format_duration(999us), "999 us");
  EXPECT_EQ(format_duration(850ms), "850 ms");
  EXPECT_EQ(format_duration(4290ms), "4.2 s");
  EXPECT_EQ(format_duration(3min + 5s), "3 min 5 s");
  EXPECT_EQ(format_duration(2h + 7min + 9s), "2 h 7 min");
  EXPECT_EQ(format_duration(50h), "2 d 2 h");
  EXPECT_EQ(format_duration(-850ms), "-850 ms");
  EXPECT_EQ(format_duration(Duration::min()).front(), '-');
}

TEST(DeadlineTest, never_has_no_end) {
  const Deadline never = Deadline::never();
  EXPECT_FALSE(never.passed(MonoTime::max()));
  EXPECT_EQ(never.left(MonoTime{}), std::nullopt);
  EXPECT_EQ(never.trimmed(MonoTime{5s}).time(), MonoTime{5s});
}

TEST(DeadlineTest, has_passed_from_its_moment_on) {
  const Deadline deadline = Deadline::at(MonoTime{10s});
  EXPECT_FALSE(deadline.passed(MonoTime{10s - 1us}));
  EXPECT_TRUE(deadline.passed(MonoTime{10s}));
  EXPECT_EQ(deadline.left(MonoTime{7s}), 3s);
  EXPECT_EQ(deadline.left(MonoTime{12s}), 0s);
}

TEST(DeadlineTest, trimming_never_extends) {
  const Deadline deadline = Deadline::at(MonoTime{10s});
  EXPECT_EQ(deadline.trimmed(MonoTime{4s}).time(), MonoTime{4s});
  EXPECT_EQ(deadline.trimmed(MonoTime{40s}).time(), MonoTime{10s});
}

}  // namespace
}  // namespace sous
