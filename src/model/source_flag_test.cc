#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/remote_url.h"

namespace sous {
namespace {

std::string parsed(std::string_view text) {
  const auto found = parse_source_flag(text);
  return found ? found->first + " | " + found->second : found.error().text();
}

TEST(SourceFlagTest, A24_what_is_no_repository_of_a_host) {
  for (const std::string text : {"",
                                 "hello",
                                 "github.com123",
                                 "http://github.com/u/r",
                                 "git@github.com:u/r",
                                 "ssh://git@github.com:u/r",
                                 "git://github.com:u/r"}) {
    EXPECT_TRUE(parsed(text).starts_with("\"" + text + "\" does not begin with \"github.com/\""))
        << parsed(text);
  }
}

TEST(SourceFlagTest, A24_illegal_users) {
  EXPECT_EQ(parsed("github.com/some:user/r"),
            "username \"some:user\" contains illegal character ':'");
  EXPECT_EQ(parsed("github.com/some_user/r"),
            "username \"some_user\" contains illegal character '_'");
  EXPECT_EQ(parsed("github.com/some~user/r"),
            "username \"some~user\" contains illegal character '~'");
  EXPECT_EQ(parsed("github.com/-user/r"), "username \"-user\" contains illegal character '-'");
  EXPECT_EQ(parsed("github.com/user-/r"), "username \"user-\" contains illegal character '-'");
}

TEST(SourceFlagTest, A24_illegal_repositories) {
  EXPECT_EQ(parsed("github.com/u/some:repo"),
            "repository name \"some:repo\" contains illegal character ':'");
  EXPECT_EQ(parsed("github.com/u/some~repo"),
            "repository name \"some~repo\" contains illegal character '~'");
}

TEST(SourceFlagTest, A24_illegal_offsets) {
  EXPECT_EQ(parsed("github.com/u/r/offset:dir"),
            "offset directory \"offset:dir\" contains illegal character ':'");
  EXPECT_EQ(parsed("github.com/u/r,offset,dir"),
            "offset directory \"offset,dir\" contains illegal character ','");
  EXPECT_EQ(parsed("github.com/u/r/offset~dir"),
            "offset directory \"offset~dir\" contains illegal character '~'");
}

TEST(SourceFlagTest, A24_no_repository) {
  EXPECT_EQ(parsed("github.com/u"), "\"github.com/u\" does not identify a repository");
  EXPECT_EQ(parsed("github.com/u/"), "\"github.com/u/\" does not identify a repository");
  EXPECT_EQ(parsed("github.com/u,off"), "\"github.com/u\" does not identify a repository");
  EXPECT_EQ(parsed("github.com/"), "\"github.com/\" does not identify a repository");
}

TEST(SourceFlagTest, A24_repository_only) {
  EXPECT_EQ(parsed("github.com/u/r"), "github.com/u/r | ");
  EXPECT_EQ(parsed("github.com/u/some_repo"), "github.com/u/some_repo | ");
  EXPECT_EQ(parsed("github.com/u/some.repo"), "github.com/u/some.repo | ");
}

TEST(SourceFlagTest, A24_repository_and_offset) {
  EXPECT_EQ(parsed("github.com/u/r,off"), "github.com/u/r | off");
  EXPECT_EQ(parsed("github.com/u/r,a/b"), "github.com/u/r | a/b");
  EXPECT_EQ(parsed("github.com/u/r/off"), "github.com/u/r | off");
  EXPECT_EQ(parsed("github.com/u/r/a/b"), "github.com/u/r | a/b");
}

TEST(SourceFlagTest, any_host_with_the_offset_behind_a_comma) {
  EXPECT_EQ(parsed("gitlab.example.com/group/team/x,a/b"), "gitlab.example.com/group/team/x | a/b");
  EXPECT_EQ(parsed("localhost/srv/git/x"), "localhost/srv/git/x | ");
  EXPECT_FALSE(parse_source_flag("gitlab.example.com/").has_value());
  EXPECT_FALSE(parse_source_flag("gitlab.example.com/,a").has_value());
  EXPECT_FALSE(parse_source_flag("gitlab.example.com/a,1.0.0,b").has_value());
  EXPECT_FALSE(parse_source_flag("gitlab.example.com:8080/a").has_value());
  EXPECT_FALSE(parse_source_flag("/a/b").has_value());
}

TEST(SourceFlagTest, absurd_input_is_refused) {
  EXPECT_FALSE(parse_source_flag("github.com/u/r/../x").has_value());
  EXPECT_FALSE(parse_source_flag("github.com/u/r\n").has_value());
  EXPECT_FALSE(parse_source_flag("host.example/a\x1b").has_value());
  EXPECT_FALSE(parse_source_flag("github.com/u/" + std::string(1'000'000, 'r')).has_value());
}

}  // namespace
}  // namespace sous
