#include "model/git_tag.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sous {
namespace {

std::string tag_error(std::string_view tag) {
  const auto parsed = parse_version_tag(tag);
  return parsed ? "accepted as " + parsed->version.str() : parsed.error().text();
}

struct Accepted {
  std::string_view tag;
  std::string_view prefix;
  std::string_view version;
  std::string_view canonical;
};

TEST(GitTagTest, B1_tags_that_are_versions) {
  for (const Accepted& row : std::vector<Accepted>{
           {"1", "", "1", "1.0.0"},
           {"1.2", "", "1.2", "1.2.0"},
           {"1.2.3", "", "1.2.3", "1.2.3"},
           {"1.2.3-pre1", "", "1.2.3-pre1", "1.2.3-pre1"},
           {"1.2.3-pre1+meta1", "", "1.2.3-pre1+meta1", "1.2.3-pre1"},
           {"prefix.a-1.2.3-pre1+meta1", "prefix.a-", "1.2.3-pre1+meta1", "1.2.3-pre1"},
           {"v1.2.3", "v", "1.2.3", "1.2.3"}}) {
    const auto parsed = parse_version_tag(row.tag);
    ASSERT_TRUE(parsed.has_value()) << row.tag;
    EXPECT_EQ(parsed->prefix, row.prefix);
    EXPECT_EQ(parsed->version.str(), row.version);
    EXPECT_EQ(parsed->version.canonical(), row.canonical);
  }
}

TEST(GitTagTest, B1_tags_that_are_no_versions) {
  EXPECT_EQ(tag_error("1_"),
            "parsing semver version tag \"1_\": unexpected character '_' at position 1");
  EXPECT_EQ(tag_error("1.2-bad_pre"),
            "parsing semver version tag \"1.2-bad_pre\": unexpected character '_' at position 7");
  EXPECT_EQ(tag_error("1.2_3"),
            "parsing semver version tag \"1.2_3\": unexpected character '_' at position 3");
  EXPECT_EQ(tag_error("1.2.3-pre1§"),
            "parsing semver version tag \"1.2.3-pre1§\": unexpected character '§' at position 10");
  EXPECT_EQ(
      tag_error("1.2.3-pre1+bad_meta1"),
      "parsing semver version tag \"1.2.3-pre1+bad_meta1\": unexpected character '_' at position "
      "14");
  EXPECT_EQ(tag_error("prefix.a-1.2.3-pre_1+meta1"),
            "parsing semver version tag \"1.2.3-pre_1+meta1\" (ignoring the prefix \"prefix.a-\"): "
            "unexpected character '_' at position 9");
}

TEST(GitTagTest, B4_a_prefix_is_dropped) {
  EXPECT_EQ(parse_version_tag("release-1.2.3").value().version.str(), "1.2.3");
}

TEST(GitTagTest, B5_a_prerelease_is_kept) {
  EXPECT_EQ(parse_version_tag("1.2.3-rc1").value().version.canonical(), "1.2.3-rc1");
}

TEST(GitTagTest, absurd_tags_are_refused) {
  EXPECT_FALSE(parse_version_tag("").has_value());
  EXPECT_FALSE(parse_version_tag("latest").has_value());
  EXPECT_FALSE(parse_version_tag("v\n1").has_value());
  EXPECT_FALSE(parse_version_tag(std::string(1'000'000, 'v') + "1").has_value());
}

// Answers `version` or `own version`, or `none`.
std::string of_tag(std::string_view tag,
                   std::string_view offset,
                   const std::vector<std::string>& directories = {}) {
  const auto found = version_of_tag(tag, offset, [&](std::string_view name) {
    return std::ranges::any_of(directories, [&](const std::string& path) {
      return path == name || path.ends_with("/" + std::string(name));
    });
  });
  if (!found) {
    return "none";
  }
  return (found->own_prefix ? "own " : "") + found->version.str();
}

TEST(VersionOfTagTest, B7_each_offset_has_its_own_tags) {
  const std::vector<std::string> tree{"service-a", "service-b"};
  EXPECT_EQ(of_tag("service-a-1.0.0", "service-a", tree), "own 1.0.0");
  EXPECT_EQ(of_tag("service-b-2.0.0", "service-a", tree), "none");
  EXPECT_EQ(of_tag("service-a-1.0.0", "service-b", tree), "none");
  EXPECT_EQ(of_tag("service-b-2.0.0", "service-b", tree), "own 2.0.0");
  EXPECT_EQ(of_tag("service-b-2.0.0", "", tree), "none");
}

TEST(VersionOfTagTest, every_separator_and_an_optional_v) {
  for (const std::string_view tag :
       {"a/b-1.2.3", "a/b/1.2.3", "a/b_1.2.3", "a/b@1.2.3", "a/b/v1.2.3", "b-1.2.3", "b/v1.2.3"}) {
    EXPECT_EQ(of_tag(tag, "a/b"), "own 1.2.3") << tag;
  }
  EXPECT_EQ(of_tag("b.1.2.3", "a/b"), "1.2.3");
  EXPECT_EQ(of_tag("ab-1.2.3", "a/b"), "1.2.3");
}

TEST(VersionOfTagTest, a_digit_in_the_own_prefix_is_no_version) {
  EXPECT_EQ(of_tag("s3-proxy-1.2.3", "s3-proxy"), "own 1.2.3");
  EXPECT_EQ(of_tag("s3-proxy-1.2.3", "infra/s3-proxy"), "own 1.2.3");
  EXPECT_EQ(of_tag("s3-proxy-1.2.3", "other", {"s3-proxy"}), "none");
  EXPECT_EQ(of_tag("s3-proxy-1.2.3", "other"), "3-proxy-1.2.3");  // as the original reads it
}

TEST(VersionOfTagTest, tags_of_the_whole_repository_serve_every_offset) {
  const std::vector<std::string> tree{"a", "1.2.3"};
  EXPECT_EQ(of_tag("v1.2.3", "a", tree), "1.2.3");
  EXPECT_EQ(of_tag("1.2.3-4", "a", tree), "1.2.3-4");
  EXPECT_EQ(of_tag("release-1.2.3", "a", tree), "1.2.3");
  EXPECT_EQ(of_tag("release-1.2.3", "", tree), "1.2.3");
}

TEST(VersionOfTagTest, a_longer_name_of_another_directory_wins) {
  EXPECT_EQ(of_tag("web-2-1.0.0", "web", {"web", "web-2"}), "none");
  EXPECT_EQ(of_tag("web-2-1.0.0", "web-2", {"web", "web-2"}), "own 1.0.0");
  EXPECT_EQ(of_tag("web-2-1.0.0", "web", {"web"}), "own 2-1.0.0");
}

TEST(VersionOfTagTest, a_sibling_is_tagged_by_its_last_name) {
  const std::vector<std::string> tree{"services", "services/a", "services/b"};
  EXPECT_EQ(of_tag("b-2.0.0", "services/a", tree), "none");
  EXPECT_EQ(of_tag("services/b-2.0.0", "services/a", tree), "none");
  EXPECT_EQ(of_tag("b-2.0.0", "services/b", tree), "own 2.0.0");
  EXPECT_EQ(of_tag("services-2.0.0", "services/a", tree), "none");
}

TEST(VersionOfTagTest, a_directory_further_down_has_its_own_tags) {
  const std::vector<std::string> tree{"services", "services/b", "services/s3-proxy"};
  EXPECT_EQ(of_tag("b-2.0.0", "", tree), "none");
  EXPECT_EQ(of_tag("s3-proxy-1.2.0", "", tree), "none");
  EXPECT_EQ(of_tag("s3-proxy-1.2.0", "other", tree), "none");
  EXPECT_EQ(of_tag("c-2.0.0", "", tree), "2.0.0");
}

TEST(LiteralPrefixesTest, are_what_a_directory_may_be_called) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(literal_prefixes("service-a-1.0.0"), Texts{"service-a"});
  EXPECT_EQ(literal_prefixes("service-a/v1.0.0"), Texts{"service-a"});
  EXPECT_EQ(literal_prefixes("s3-proxy@1.2.0"), Texts{"s3-proxy"});
  EXPECT_EQ(literal_prefixes("web-2-1.0.0"), Texts({"web", "web-2"}));
  EXPECT_EQ(literal_prefixes("v1.0.0"), Texts{});
  EXPECT_EQ(literal_prefixes("1.0.0-rc-2"), Texts{});
  EXPECT_EQ(literal_prefixes("dev1.0.0"), Texts{});
  EXPECT_EQ(literal_prefixes("-1.0.0"), Texts{});
  EXPECT_EQ(literal_prefixes("a-latest"), Texts{});
}

TEST(VersionOfTagTest, no_version_no_answer) {
  EXPECT_EQ(of_tag("latest", ""), "none");
  EXPECT_EQ(of_tag("a-latest", "a"), "none");
  EXPECT_EQ(of_tag("", "a"), "none");
}

}  // namespace
}  // namespace sous
