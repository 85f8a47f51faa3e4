#include "base/text.h"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sous {
namespace {

using std::string_literals::operator""s;

TEST(TextTest, split_keeps_empty_parts) {
  EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""}));
  EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
}

TEST(TextTest, join_puts_the_delimiter_between) {
  EXPECT_EQ(join(std::vector<std::string>{"a", "", "b"}, ", "), "a, , b");
  EXPECT_EQ(join({}, ","), "");
}

TEST(TextTest, trim_drops_surrounding_space) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
}

TEST(TextTest, lower_case_touches_ascii_only) { EXPECT_EQ(to_lower_ascii("AbZ-É"), "abz-É"); }

TEST(TextTest, parse_uint_takes_whole_numbers_only) {
  EXPECT_EQ(parse_uint("0").value(), 0U);
  EXPECT_EQ(parse_uint("0042").value(), 42U);
  EXPECT_EQ(parse_uint("18446744073709551615").value(), std::numeric_limits<std::uint64_t>::max());
  for (const std::string_view text : {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "1e3", "a"}) {
    EXPECT_FALSE(parse_uint(text).has_value()) << text;
  }
  EXPECT_EQ(parse_uint("18446744073709551616").error().code(), Code::invalid_data);
}

TEST(TextTest, hex_is_lower_case) {
  EXPECT_EQ(to_hex(std::vector<std::uint8_t>{0x00, 0xAB, 0xFF}), "00abff");
}

TEST(TextTest, utf8_is_checked_strictly) {
  EXPECT_TRUE(is_valid_utf8("aé€😀"));
  EXPECT_TRUE(is_valid_utf8("a\0b"s));
  EXPECT_FALSE(is_valid_utf8("\xC3"));              // cut off
  EXPECT_FALSE(is_valid_utf8("\xC0\xAF"));          // overlong
  EXPECT_FALSE(is_valid_utf8("\xED\xA0\x80"));      // surrogate
  EXPECT_FALSE(is_valid_utf8("\xF4\x90\x80\x80"));  // beyond U+10FFFF
}

TEST(TextTest, nfc_composes) {
  EXPECT_EQ(to_nfc("e\u0301").value(), "\u00E9");
  EXPECT_EQ(to_nfc("\u212B").value(), "\u00C5");
  EXPECT_EQ(to_nfc("plain").value(), "plain");
  EXPECT_EQ(to_nfc("").value(), "");
}

TEST(TextTest, nfc_names_the_byte_that_is_no_utf8) {
  const auto composed = to_nfc("ab\xFF");
  ASSERT_FALSE(composed.has_value());
  EXPECT_EQ(composed.error().message(), R"("ab\xff" is not UTF-8: byte 0xff at position 2)");
}

TEST(TextTest, quoted_shows_what_is_hidden) {
  EXPECT_EQ(quote("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(quote("\x1b[31m\0\xFF"s),
            R"("\x1b[31m)"
            "\\x00\\xff\"");
  EXPECT_EQ(quote("\u202E"), R"("\xe2\x80\xae")");
  EXPECT_EQ(quote("é"), "\"é\"");
}

TEST(TextTest, quoted_cuts_between_characters) {
  EXPECT_EQ(quote("abcdef", 3), "\"abc\"...");
  EXPECT_EQ(quote("abé", 3), "\"ab\"...");
  EXPECT_EQ(quote("abc", 3), "\"abc\"");
}

TEST(TextTest, plain_text_has_nothing_hidden) {
  EXPECT_TRUE(is_plain_text(""));
  EXPECT_TRUE(is_plain_text("a b~é日本"));
  for (const std::string& text :
       {"a\0b"s, "\n"s, "\x7F"s, "\u0085"s, "\u2028"s, "\u200B"s, "\uFEFF"s, "\u202E"s, "\xFF"s}) {
    EXPECT_FALSE(is_plain_text(text)) << quote(text);
  }
}

TEST(TextTest, space_of_any_script_is_found) {
  EXPECT_TRUE(has_space("a b"));
  EXPECT_TRUE(has_space("a\u00A0b"));
  EXPECT_TRUE(has_space("\u3000"));
  EXPECT_FALSE(has_space("aéb"));
}

TEST(TextTest, edit_distance_counts_edits) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("same", "same"), 0U);
}

TEST(TextTest, nearest_suggests_only_what_is_near) {
  const std::vector<std::string> commands{"build", "deploy", "plan", "scan"};
  EXPECT_EQ(nearest("biuld", commands), "build");
  EXPECT_EQ(nearest("deplyo", commands), "deploy");
  EXPECT_EQ(nearest("plab", commands), "plan");
  EXPECT_EQ(nearest("xyz", commands), "");
  EXPECT_EQ(nearest("", commands), "");
}

}  // namespace
}  // namespace sous
