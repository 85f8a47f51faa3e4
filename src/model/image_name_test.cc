#include "model/image_name.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sous {
namespace {

SourceLocation location(std::string_view text) { return SourceLocation::parse(text).value(); }

std::string name(std::string_view text,
                 std::string_view kind = "",
                 std::string_view registry = "example.org") {
  return image_repository(RegistryBase::parse(registry).value(), location(text), kind)
      .value()
      .str();
}

std::string original_name(std::string_view text, std::string_view kind = "") {
  const auto repository = original_image_repository("example.org", location(text), kind);
  return repository ? repository->str() : "none";
}

TEST(ImageNameTest, E1_names_are_readable) {
  EXPECT_EQ(name("github.com/user1/repo1"), "example.org/github.com/user1/repo1");
  EXPECT_EQ(name("github.com/opentable/repo1"), "example.org/github.com/opentable/repo1");
  EXPECT_EQ(name("github.com/user1/repo1,dir1"),
            "example.org/github.com/user1/repo1/sous.offset/dir1");
  EXPECT_EQ(name("github.com/user1/repo1", "docker"),
            "example.org/github.com/user1/repo1/sous.kind/docker");
  EXPECT_EQ(name("github.com/user1/repo1,a/b", "docker", "localhost:5000/team"),
            "localhost:5000/team/github.com/user1/repo1/sous.offset/a/b/sous.kind/docker");
}

TEST(ImageNameTest, E1_what_no_plain_name_can_say_is_hashed) {
  EXPECT_EQ(name("github.com/User1/Repo1"),
            "example.org/github.com/user1/repo1/sous.hash/cb12fe6eba49f2318bf263f5e9a13558");
}

TEST(ImageNameTest, E1_names_of_the_original) {
  EXPECT_EQ(original_name("github.com/user1/repo1"), "example.org/user1/repo1");
  EXPECT_EQ(original_name("github.com/User1/Repo1"), "example.org/user1/repo1");
  EXPECT_EQ(original_name("github.com/opentable/repo1"), "example.org/repo1");
  EXPECT_EQ(original_name("github.com/opentable/repo1,dir1"), "example.org/repo1/dir1");
  EXPECT_EQ(original_name("github.com/user1/repo1,dir1"), "example.org/user1/repo1/dir1");
  EXPECT_EQ(original_name("github.com/user1/repo1", "docker"), "example.org/user1/repo1-docker");
  EXPECT_EQ(original_name("github.com/User1/Repo1", "docker"), "example.org/user1/repo1-docker");
  EXPECT_EQ(original_name("github.com/opentable/repo1", "docker"), "example.org/repo1-docker");
  EXPECT_EQ(original_name("github.com/opentable/repo1,dir1", "docker"),
            "example.org/repo1/dir1-docker");
  EXPECT_EQ(original_name("github.com/user1/repo1,dir1", "docker"),
            "example.org/user1/repo1/dir1-docker");
  EXPECT_EQ(original_name("github.com/opentable/sous,docker"), "example.org/sous/docker");
  EXPECT_EQ(original_name("github.com/opentable/sous,docker", "builder"),
            "example.org/sous/docker-builder");
}

TEST(ImageNameTest, E1_the_original_hashes_other_hosts) {
  // As `printf gitlab.com/a/b | sha1sum` prints.
  EXPECT_EQ(original_name("gitlab.com/a/b"),
            "example.org/60794081b76093426db33033c0161f70534d7156");
  EXPECT_EQ(original_name("gitlab.com/a/b,c", "builder"),
            "example.org/336bce93c6d7a443087a751f9b5431491a81d926-builder");
}

TEST(ImageNameTest, the_original_had_no_name_that_is_invalid) {
  EXPECT_EQ(original_name("github.com"), "none");
  EXPECT_EQ(original_name("github.com/opentable-x/y"), "none");
  EXPECT_EQ(original_name("github.com/user/a b"), "none");
}

// Everything that the original mixed up, and everything an image's name cannot hold.
TEST(ImageNameTest, E2_names_are_pairwise_distinct_and_valid) {
  const std::vector<std::pair<std::string, std::string>> products{
      {"gitlab.com/a/b", ""},
      {"gitlab.com/A/b", ""},
      {"gitlab.com/a/B", ""},
      {"gitlab.com/a/b,c", ""},
      {"gitlab.com/a/b,C", ""},
      {"gitlab.com/a/b/c", ""},
      {"gitlab.com/a,b/c", ""},
      {"gitlab.com/a/b,c", "docker"},
      {"gitlab.com/a/b", "docker"},
      {"gitlab.com/a/b-docker", ""},
      {"gitlab.com/a/b,docker", ""},
      {"gitlab.com/a/b,c/docker", ""},
      {"gitlab.com/a/b/sous.kind/docker", ""},
      {"gitlab.com/a/b/sous.offset/c", ""},
      {"gitlab.com/a/b/sous.hash/c", ""},
      {"gitlab.com/a/b,sous.kind/docker", ""},
      {"gitlab.com/a/b", "Docker"},
      {"gitlab.com/a/b", "sous.kind"},
      {"gitlab.com/a/b", "x/docker"},
      {"gitlab.com/a/b--c", ""},
      {"gitlab.com/a/b__c", ""},
      {"gitlab.com/a/b-c", ""},
      {"gitlab.com/a/b_c", ""},
      {"gitlab.com/a/b.c", ""},
      {"gitlab.com/a/b c", ""},
      {"gitlab.com/a/.b", ""},
      {"gitlab.com/a/-b", ""},
      {"gitlab.com/a/b+", ""},
      {"gitlab.com/\u00E9/b", ""},
      {"gitlab.com/\u00E8/b", ""},
      {"git+ssh://gitlab.com/a/b", ""},
      {"gitlab.com/a/" + std::string(300, 'b'), ""},
      {"gitlab.com/a/" + std::string(301, 'b'), ""},
  };
  std::vector<std::string> names;
  for (const auto& [source, kind] : products) {
    names.push_back(name(source, kind));
    EXPECT_TRUE(ImageRepository::parse(names.back()).has_value()) << names.back();
  }
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

TEST(ImageNameTest, a_name_never_exceeds_255_bytes) {
  const std::string long_repo = "github.com/user/" + std::string(500, 'r');
  EXPECT_LE(name(long_repo).size(), 255U);
  EXPECT_TRUE(name(long_repo).starts_with("example.org/github.com/user/rrr"));

  const std::string prefix = "example.org/" + std::string(255 - 12 - 43, 'p');
  EXPECT_TRUE(name(long_repo, "", prefix).starts_with(prefix + "/sous.hash/"));
  const auto too_long =
      image_repository(RegistryBase::parse(prefix + "p").value(), location(long_repo), "");
  ASSERT_FALSE(too_long.has_value());
  EXPECT_EQ(too_long.error().code(), Code::invalid_data);
}

TEST(ImageNameTest, a_version_tag_is_the_canonical_version) {
  EXPECT_EQ(version_tag(Version::parse("1-rc.1+meta").value()).value().str(), "1.0.0-rc.1");
  EXPECT_EQ(version_tag(Version::unversioned()).value().str(), "0.0.0-unversioned");
  EXPECT_FALSE(version_tag(Version::parse("1.0.0-" + std::string(200, 'a')).value()).has_value());
}

TEST(ImageNameTest, a_unique_tag_sorts_last_and_names_its_build) {
  const WallTime built_at = parse_rfc3339("1976-09-28T07:00:00.5Z").value();
  const Digest digest = Digest::sha256_of("abc");
  EXPECT_EQ(unique_tag(Revision::parse(std::string(40, 'd')).value(), built_at, digest).str(),
            "z" + std::string(40, 'd') + "-1976-09-28T07.00.00-ba7816bf8f01");
  EXPECT_EQ(unique_tag(Revision::parse(std::string(64, 'd')).value(), built_at, digest).str(),
            "z" + std::string(40, 'd') + "-1976-09-28T07.00.00-ba7816bf8f01");
}

}  // namespace
}  // namespace sous
