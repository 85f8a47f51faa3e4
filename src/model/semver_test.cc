#include "model/semver.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sous {
namespace {

Version version(std::string_view text) { return Version::parse(text).value(); }

std::string error_of(std::string_view text) {
  const auto parsed = Version::parse(text);
  return parsed ? "accepted as " + parsed->str() : parsed.error().text();
}

TEST(SemverTest, prints_the_detail_given) {
  for (const std::string_view text : {"1", "1.2", "1.2.3", "1-beta", "1.2+abc", "1.2.3-pre+meta"}) {
    EXPECT_EQ(version(text).str(), text);
  }
}

TEST(SemverTest, missing_parts_are_zero) {
  EXPECT_EQ(version("1").canonical(), "1.0.0");
  EXPECT_EQ(version("1-beta+x").canonical(), "1.0.0-beta");
  EXPECT_EQ(version("1"), version("1.0.0"));
}

TEST(SemverTest, leading_zeros_are_not_printed) {
  EXPECT_EQ(version("01.2.3").str(), "1.2.3");
  EXPECT_EQ(version("1.0.0-007.00.0a").str(), "1.0.0-7.0.0a");
  EXPECT_EQ(version("1.0.0+007").str(), "1.0.0+007");
}

TEST(SemverTest, B8_a_bare_sign_at_the_end_is_not_printed) {
  EXPECT_EQ(version("1.2.3-").str(), "1.2.3");
  EXPECT_EQ(version("1.2.3+").str(), "1.2.3");
  EXPECT_EQ(version("1.2.3-pre+").str(), "1.2.3-pre");
}

TEST(SemverTest, names_what_was_unexpected) {
  EXPECT_EQ(error_of("1.2.3.4"), "unexpected character '.' at position 5");
  EXPECT_EQ(error_of("v1.2.3"), "unexpected character 'v' at position 0");
  EXPECT_EQ(error_of(" 1"), "unexpected character ' ' at position 0");
  EXPECT_EQ(error_of("1..2"), "unexpected zero-length minor component");
  EXPECT_EQ(error_of("1.2."), "unexpected zero-length patch component");
  EXPECT_EQ(error_of(""), "unexpected zero-length major component");
  EXPECT_EQ(error_of("1.2.3-a..b"), "unexpected zero-length pre-release component");
  EXPECT_EQ(error_of("1.2.3-a."), "unexpected zero-length pre-release component");
  EXPECT_EQ(error_of("1.2.3-+b"), "unexpected zero-length pre-release component");
  EXPECT_EQ(error_of("1.2.3+a..b"), "unexpected zero-length metadata component");
  EXPECT_EQ(error_of("1.2.3+a+b"), "unexpected character '+' at position 7");
  EXPECT_EQ(error_of(std::string_view("1\0", 2)), "unexpected character '\\x00' at position 1");
  EXPECT_EQ(Version::parse("x").error().code(), Code::invalid_data);
}

TEST(SemverTest, absurd_input_is_refused) {
  EXPECT_EQ(version("18446744073709551615").major(), 18446744073709551615U);
  EXPECT_EQ(error_of("18446744073709551616"), "major component 18446744073709551616 is too great");
  const std::string longest = "1.0.0-" + std::string(Version::kMaxLength - 6, 'a');
  EXPECT_EQ(version(longest).str(), longest);
  EXPECT_FALSE(Version::parse(longest + "a").has_value());
  // Short as given, but too long where minor and patch are written out.
  EXPECT_FALSE(Version::parse("1-" + std::string(Version::kMaxLength - 2, 'a')).has_value());
  EXPECT_TRUE(Version::parse("1-" + std::string(Version::kMaxLength - 6, 'a')).has_value());
}

TEST(SemverTest, B2_order_of_precedence) {
  const std::vector<std::string_view> ascending{"0.0.0-unversioned",
                                                "0.0.0",
                                                "1.0.0-0",
                                                "1.0.0-1",
                                                "1.0.0-99999999999999999999998",
                                                "1.0.0-99999999999999999999999",
                                                "1.0.0-100000000000000000000000",
                                                "1.0.0-alpha",
                                                "1.0.0-alpha.1",
                                                "1.0.0-alpha.beta",
                                                "1.0.0-beta",
                                                "1.0.0-beta.2",
                                                "1.0.0-beta.11",
                                                "1.0.0-rc.1",
                                                "1.0.0",
                                                "1.0.1-a",
                                                "1.0.1",
                                                "1.2.0",
                                                "1.10.0",
                                                "2"};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(version(ascending[i]) <=> version(ascending[j]), i <=> j)
          << ascending[i] << " and " << ascending[j];
    }
  }
}

TEST(SemverTest, B3_build_metadata_does_not_count) {
  EXPECT_EQ(version("1.2.3+a"), version("1.2.3+b"));
  EXPECT_EQ(version("1.2.3+a").canonical(), version("1.2.3+b").canonical());
  EXPECT_EQ(version("1.2.3+a") <=> version("1.2.3"), std::strong_ordering::equal);
  EXPECT_EQ(version("1.2.3-x+a").without_build().str(), "1.2.3-x");
  EXPECT_EQ(version("1.2.3-x+a").build(), "a");
}

TEST(SemverTest, B6_version_1_matches_1_0_0) {
  EXPECT_EQ(version("1"), version("1"));
  EXPECT_EQ(version("1"), version("1.0.0"));
}

TEST(SemverTest, none_is_zero_in_any_detail) {
  for (const std::string_view text : {"0", "0.0", "0.0.0", "0+x"}) {
    EXPECT_TRUE(version(text).is_none()) << text;
  }
  EXPECT_FALSE(version("0.0.0-unversioned").is_none());
  EXPECT_FALSE(version("0.0.1").is_none());
  EXPECT_TRUE(Version{}.is_none());
  EXPECT_EQ(Version{}.str(), "0.0.0");
}

TEST(SemverTest, unversioned_has_a_fixed_text) {
  EXPECT_EQ(Version::unversioned().str(), "0.0.0-unversioned");
  EXPECT_EQ(Version(1, 2, 3, "rc.1").str(), "1.2.3-rc.1");
}

}  // namespace
}  // namespace sous
