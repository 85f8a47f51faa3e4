#include "model/source_id.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sous {
namespace {

using std::string_literals::operator""s;

SourceId source_id(std::string_view text) { return SourceId::parse(text).value(); }

SourceLocation location(std::string_view text) { return SourceLocation::parse(text).value(); }

std::string id_error(std::string_view text) {
  const auto parsed = SourceId::parse(text);
  return parsed ? "accepted as " + parsed->str() : parsed.error().text();
}

std::string location_error(std::string_view text) {
  const auto parsed = SourceLocation::parse(text);
  return parsed ? "accepted as " + parsed->str() : parsed.error().text();
}

void expect_parts(std::string_view text,
                  std::string_view repo,
                  std::string_view version,
                  std::string_view offset) {
  const auto parsed = SourceId::parse(text);
  ASSERT_TRUE(parsed.has_value()) << text << ": " << parsed.error().text();
  EXPECT_EQ(parsed->location.repo(), repo);
  EXPECT_EQ(parsed->version.str(), version);
  EXPECT_EQ(parsed->location.offset(), offset);
}

TEST(SourceIdTest, A1_an_empty_offset_is_harmless) {
  expect_parts("github.com/opentable/sous,1,", "github.com/opentable/sous", "1", "");
}

TEST(SourceIdTest, A2_the_first_character_may_name_the_delimiter) {
  expect_parts(":github.com/opentable/sous:1:", "github.com/opentable/sous", "1", "");
}

TEST(SourceIdTest, A3_the_offset_may_be_absent) {
  expect_parts("github.com/opentable/sous,1", "github.com/opentable/sous", "1", "");
}

TEST(SourceIdTest, A4_a_comma_may_name_itself) {
  expect_parts(",github.com/opentable/sous,1,util", "github.com/opentable/sous", "1", "util");
}

TEST(SourceIdTest, A5_offset) {
  expect_parts("github.com/opentable/sous,1,util", "github.com/opentable/sous", "1", "util");
  expect_parts(":github.com/opentable/sous:1:util", "github.com/opentable/sous", "1", "util");
}

constexpr std::string_view kWithScheme =
    "git+ssh://github.com/opentable/sous,1.0.0-pre+4f850e9030224f528cfdb085d558f8508d06a6d3,sous";

TEST(SourceIdTest, A6_a_repository_keeps_its_scheme) {
  expect_parts(kWithScheme,
               "git+ssh://github.com/opentable/sous",
               "1.0.0-pre+4f850e9030224f528cfdb085d558f8508d06a6d3",
               "sous");
  EXPECT_EQ(source_id(kWithScheme).version.prerelease(), "pre");
  EXPECT_EQ(source_id(kWithScheme).version.build(), "4f850e9030224f528cfdb085d558f8508d06a6d3");
}

TEST(SourceIdTest, A7_prints) {
  EXPECT_EQ(source_id("github.com/opentable/sous,1,").str(), "github.com/opentable/sous,1");
  EXPECT_EQ(source_id(",github.com/opentable/sous,1,util").str(),
            "github.com/opentable/sous,1,util");
  EXPECT_EQ(source_id(kWithScheme).str(), kWithScheme);
}

TEST(SourceIdTest, A8_errors) {
  EXPECT_EQ(id_error(""), "invalid source ID \"\"");
  EXPECT_EQ(id_error("x"), "parsing: No version found in \"x\" (did find repo: \"x\")");
  EXPECT_EQ(id_error("x,y"), "invalid version \"y\": unexpected character 'y' at position 0");
}

TEST(SourceIdTest, A9_an_empty_repository_is_refused) {
  EXPECT_NE(id_error(",,1").find("no repository found"), std::string::npos) << id_error(",,1");
}

TEST(SourceIdTest, A10_a_fourth_part_is_refused) {
  EXPECT_NE(id_error("a,1,b,c").find("more than"), std::string::npos) << id_error("a,1,b,c");
}

TEST(SourceIdTest, A11_any_mark_is_a_delimiter) { expect_parts("|a|1|b", "a", "1", "b"); }

TEST(SourceIdTest, A26_decomposed_text_equals_composed_text) {
  EXPECT_EQ(source_id("cafe\u0301.example/a,1,e\u0301"), source_id("caf\u00E9.example/a,1,\u00E9"));
  EXPECT_EQ(source_id("cafe\u0301.example/a,1").str(), "caf\u00E9.example/a,1");
}

TEST(SourceIdTest, equality_ignores_build_metadata) {
  EXPECT_EQ(source_id("a,1.0.0+x"), source_id("a,1.0.0+y"));
  EXPECT_NE(source_id("a,1.0.0"), source_id("a,1.0.0,b"));
}

TEST(SourceLocationTest, A12_repository_only) {
  EXPECT_EQ(location("github.com/opentable/sous,").str(), "github.com/opentable/sous");
  EXPECT_EQ(location(":github.com/opentable/sous").str(), "github.com/opentable/sous");
}

TEST(SourceLocationTest, A13_repository_and_offset) {
  EXPECT_EQ(location(",github.com/opentable/sous,util").offset(), "util");
  EXPECT_EQ(location(":github.com/opentable/sous:util").str(), "github.com/opentable/sous,util");
}

TEST(SourceLocationTest, A14_scheme_and_offset) {
  EXPECT_EQ(location("git+ssh://github.com/opentable/sous,sous").repo(),
            "git+ssh://github.com/opentable/sous");
  EXPECT_EQ(location("git+ssh://github.com/opentable/sous,sous").offset(), "sous");
}

TEST(SourceLocationTest, A15_three_parts_are_refused) {
  EXPECT_NE(location_error("a,b,c").find("three parts"), std::string::npos);
}

TEST(SourceLocationTest, A16_short_name) {
  EXPECT_EQ(location("fake.tld/org/project,down/here").short_name().value(), "project");
}

TEST(SourceLocationTest, A17_short_name_needs_three_parts) {
  EXPECT_FALSE(location("NotaURLproject").short_name().has_value());
  EXPECT_FALSE(location("host/project").short_name().has_value());
}

TEST(SourceLocationTest, an_offset_has_one_spelling) {
  EXPECT_EQ(location("a,b/"), location("a,b"));
  EXPECT_EQ(location("a,/b//c/./d"), location("a,b/c/d"));
  EXPECT_EQ(location("a,."), location("a"));
  EXPECT_EQ(location("a/b/"), location("a/b"));
}

TEST(SourceLocationTest, nothing_leads_out_of_its_place) {
  for (const std::string_view text :
       {"a,../b", "a,b/..", "../a", "a/../b", "a/./b", "a//b", "/a", "a:/b", "ssh:///a"}) {
    EXPECT_FALSE(SourceLocation::parse(text).has_value()) << text;
  }
}

TEST(SourceLocationTest, separators_of_identifiers_are_kept_free) {
  for (const std::string_view text : {":a,b:c", ":a:b,c", "a~b", "a,b~c", "a,~b", ":a/b~"}) {
    EXPECT_FALSE(SourceLocation::parse(text).has_value()) << text;
  }
  EXPECT_EQ(location("git.sr.ht/~user/repo,a/~b").str(), "git.sr.ht/~user/repo,a/~b");
}

TEST(SourceLocationTest, what_would_be_read_as_a_delimiter_begins_no_repository) {
  EXPECT_FALSE(SourceLocation::make("_a", "").has_value());
  EXPECT_FALSE(SourceLocation::make("\u00E9", "").has_value());
  EXPECT_TRUE(SourceLocation::make(".a", "").has_value());
}

TEST(SourceLocationTest, absurd_input_is_refused) {
  for (const std::string& text : std::vector<std::string>{
           "", ",", "a\0b"s, "a\nb", "a\x1b[31m", "a,\x7F", "a\u202Eb", "a\xFF", "\0a\0b"s}) {
    const auto parsed = SourceLocation::parse(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code(), Code::invalid_data);
  }
  const std::string longest(SourceLocation::kMaxLength - 1, 'a');
  EXPECT_EQ(location(longest).str(), longest);
  EXPECT_FALSE(SourceLocation::parse(longest + "aa").has_value());
  EXPECT_FALSE(SourceLocation::parse(longest + ",a").has_value());
  EXPECT_FALSE(SourceLocation::parse(std::string(10'000'000, 'a')).has_value());
  // 342 times three bytes in, nine bytes each when composed.
  std::string growing = "a";
  for (int i = 0; i < 300; ++i) {
    growing += "\U0001D160";
  }
  EXPECT_FALSE(SourceLocation::parse(growing).has_value());
  EXPECT_FALSE(SourceId::parse(std::string(10'000'000, ',')).has_value());
}

TEST(RevisionTest, is_a_full_lower_case_hash) {
  const std::string sha1(40, 'a');
  const std::string sha256(64, '0');
  EXPECT_EQ(Revision::parse(sha1).value().str(), sha1);
  EXPECT_EQ(Revision::parse(sha256).value().short_hex(), "000000000000");
  for (const std::string& text : std::vector<std::string>{"",
                                                          "abcdef0",
                                                          std::string(39, 'a'),
                                                          std::string(41, 'a'),
                                                          std::string(40, 'A'),
                                                          std::string(40, 'g'),
                                                          std::string(64, '\0')}) {
    EXPECT_FALSE(Revision::parse(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace sous
