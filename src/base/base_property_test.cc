#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/digest.h"
#include "base/text.h"
#include "base/time.h"

namespace sous {
namespace {

RC_GTEST_PROP(BaseProperty, rfc3339_round_trips, ()) {
  // The years 0000 to 9999.
  const auto micros =
      *rc::gen::inRange<std::int64_t>(-62'167'219'200'000'000, 253'402'300'800'000'000);
  const WallTime time{Duration{micros}};
  RC_ASSERT(parse_rfc3339(format_rfc3339(time)).value() == time);
}

RC_GTEST_PROP(BaseProperty, tag_time_is_the_start_of_rfc3339, (std::int32_t seconds)) {
  const WallTime time{std::chrono::seconds{seconds}};
  std::string expected = format_rfc3339(time).substr(0, 19);
  std::ranges::replace(expected, ':', '.');
  RC_ASSERT(format_tag_time(time) == expected);
}

RC_GTEST_PROP(BaseProperty, digest_round_trips, (const std::string& bytes)) {
  const Digest digest = Digest::sha256_of(bytes);
  RC_ASSERT(Digest::parse(digest.str()).value() == digest);
}

RC_GTEST_PROP(BaseProperty,
              digest_of_pieces_is_that_of_the_whole,
              (const std::vector<std::string>& pieces)) {
  Hasher hasher;
  for (const std::string& piece : pieces) {
    hasher.update(piece);
  }
  RC_ASSERT(hasher.finish() == Digest::sha256_of(join(pieces, "")));
}

RC_GTEST_PROP(BaseProperty, split_undoes_join, (const std::vector<std::uint16_t>& numbers)) {
  RC_PRE(!numbers.empty());
  std::vector<std::string> parts;
  for (const auto number : numbers) {
    parts.push_back(std::to_string(number));
  }
  const std::string joined = join(parts, ",");
  RC_ASSERT(std::ranges::equal(split(joined, ','), parts));
}

RC_GTEST_PROP(BaseProperty, quoted_is_always_plain_text, (const std::string& bytes)) {
  RC_ASSERT(is_plain_text(quote(bytes)));
  RC_ASSERT(is_plain_text(shown_character(bytes)));
}

std::string utf8_of(std::uint32_t codepoint) {
  std::string out;
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
  if (codepoint < 0x80) {
    byte(codepoint);
  } else if (codepoint < 0x800) {
    byte(0xC0U | codepoint >> 6U);
    byte(0x80U | (codepoint & 0x3FU));
  } else if (codepoint < 0x10000) {
    byte(0xE0U | codepoint >> 12U);
    byte(0x80U | (codepoint >> 6U & 0x3FU));
    byte(0x80U | (codepoint & 0x3FU));
  } else {
    byte(0xF0U | codepoint >> 18U);
    byte(0x80U | (codepoint >> 12U & 0x3FU));
    byte(0x80U | (codepoint >> 6U & 0x3FU));
    byte(0x80U | (codepoint & 0x3FU));
  }
  return out;
}

// Latin letters, combining marks and jamo often; anything else sometimes.
std::string arbitrary_text() {
  const auto codepoints = *rc::gen::container<std::vector<std::uint32_t>>(
      rc::gen::oneOf(rc::gen::inRange<std::uint32_t>('A', 'z'),
                     rc::gen::inRange<std::uint32_t>(0x300, 0x345),
                     rc::gen::inRange<std::uint32_t>(0x1100, 0x11C3),
                     rc::gen::inRange<std::uint32_t>(0xE000, 0x110000)));
  std::string text;
  for (const auto codepoint : codepoints) {
    text += utf8_of(codepoint);
  }
  return text;
}

RC_GTEST_PROP(BaseProperty, nfc_is_idempotent, ()) {
  const std::string once = to_nfc(arbitrary_text()).value();
  RC_ASSERT(to_nfc(once).value() == once);
}

RC_GTEST_PROP(BaseProperty, nfc_fails_exactly_for_what_is_no_utf8, (const std::string& bytes)) {
  RC_ASSERT(to_nfc(bytes).has_value() == is_valid_utf8(bytes));
}

RC_GTEST_PROP(BaseProperty,
              edit_distance_is_a_distance,
              (const std::string& a, const std::string& b, const std::string& c)) {
  RC_ASSERT((edit_distance(a, b) == 0) == (a == b));
  RC_ASSERT(edit_distance(a, b) == edit_distance(b, a));
  RC_ASSERT(edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c));
}

}  // namespace
}  // namespace sous
