#include "adapters/source_git/parse.h"

#include <string>

#include <gtest/gtest.h>

namespace sous::source_git {
namespace {

using std::string_literals::operator""s;

const std::string kOne(40, '1');
const std::string kTwo(40, '2');

TEST(ParsePlace, reads_three_lines) {
  const auto place = parse_place("false\n/a/b\nc/d/\n");
  ASSERT_TRUE(place.has_value());
  EXPECT_FALSE(place->shallow);
  EXPECT_EQ(place->root, "/a/b");
  EXPECT_EQ(place->offset, "c/d");
  EXPECT_TRUE(parse_place("true\n/\n\n")->shallow);
}

TEST(ParsePlace, refuses_anything_else) {
  for (const auto* text : {"",
                           "false\n",
                           "false\n/a\n",
                           "maybe\n/a\n\n",
                           "false\na\n\n",
                           "false\n/a\nb\nc/\n",
                           "false\n/a\nb/"}) {
    EXPECT_FALSE(parse_place(text).has_value()) << text;
  }
}

TEST(ParseStatus, reads_every_kind_of_record) {
  const std::string text = "# branch.oid " + kOne + "\0# branch.head main\0"s +
                           "# branch.upstream origin/main\0"s + "1 .M N... 100644 100644 100644 " +
                           kOne + " " + kOne + " a b\0"s + "2 R. N... 100644 100644 100644 " +
                           kOne + " " + kOne + " R100 new\0old\0"s +
                           "u UU N... 100644 100644 100644 100644 " + kOne + " " + kOne + " " +
                           kOne + " both\0? untracked\0"s;
  const auto status = parse_status(text);
  ASSERT_TRUE(status.has_value()) << status.error().text();
  EXPECT_EQ(status->head->str(), kOne);
  EXPECT_EQ(status->branch, "main");
  EXPECT_EQ(status->changed_files, (std::vector<std::string>{"a b", "new", "both", "untracked"}));
}

TEST(ParseStatus, refuses_what_it_does_not_know) {
  for (const std::string& text :
       {"x what\0"s, "1 .M N...\0"s, "?\0"s, "? \0"s, "\0"s, "# branch.oid short\0"s}) {
    EXPECT_FALSE(parse_status(text).has_value()) << text;
  }
}

TEST(ParseRemotes, takes_fetch_urls_with_odd_ones) {
  const auto remotes = parse_remotes(
      "a\thttps://h/x (fetch) [blob:none]\na\thttps://h/x (push)\n"
      "b\t/path with (push) in it (fetch)\nb\t/p (push)\nempty\n");
  ASSERT_TRUE(remotes.has_value()) << remotes.error().text();
  EXPECT_EQ(*remotes,
            (std::vector<GitRemote>{{"a", "https://h/x"}, {"b", "/path with (push) in it"}}));
  EXPECT_FALSE(parse_remotes("a\tb\n").has_value());
}

TEST(ParseTags, takes_the_peeled_commit) {
  const auto tags = parse_tags(
      kOne + "\trefs/tags/a\n" + kTwo + "\trefs/tags/a^{}\n" + kOne + "\trefs/tags/b c\n", '\t');
  ASSERT_TRUE(tags.has_value());
  ASSERT_EQ(tags->size(), 2U);
  EXPECT_EQ((*tags)[0].name, "a");
  EXPECT_EQ((*tags)[0].commit.str(), kTwo);
  EXPECT_EQ((*tags)[1].name, "b c");
  EXPECT_EQ((*tags)[1].commit.str(), kOne);
  EXPECT_EQ(parse_tags(kOne + " refs/tags/x\n", ' ')->size(), 1U);
}

TEST(ParseTags, refuses_what_a_remote_must_not_send) {
  EXPECT_FALSE(parse_tags(kOne + "\trefs/heads/a\n", '\t').has_value());
  EXPECT_FALSE(parse_tags(kOne + "\trefs/tags/a^{}\n", '\t').has_value());
  EXPECT_FALSE(
      parse_tags(kTwo + "\trefs/tags/b\n" + kOne + "\trefs/tags/a^{}\n", '\t').has_value());
  EXPECT_FALSE(parse_tags("abc\trefs/tags/a\n", '\t').has_value());
  EXPECT_FALSE(parse_tags(kOne, '\t').has_value());
}

TEST(ParseTrees, reads_tags_with_and_without_tree) {
  const auto trees = parse_trees(kOne + " a\n b\n");
  ASSERT_TRUE(trees.has_value());
  ASSERT_EQ(trees->size(), 2U);
  EXPECT_EQ((*trees)[0].tree, kOne);
  EXPECT_EQ((*trees)[1].tag, "b");
  EXPECT_EQ((*trees)[1].tree, "");
  EXPECT_FALSE(parse_trees(kOne + "\n").has_value());
  EXPECT_FALSE(parse_trees("abc a\n").has_value());
}

TEST(ParseTreeDiffs, refuses_cut_off_text) {
  const auto nothing = [] {};
  const auto no_change = [](const DirectoryChange&) {};
  EXPECT_TRUE(parse_tree_diffs("", nothing, no_change).has_value());
  EXPECT_FALSE(parse_tree_diffs(":100644", nothing, no_change).has_value());
  EXPECT_FALSE(parse_tree_diffs(":000000 040000 a b A\0"s, nothing, no_change).has_value());
}

}  // namespace
}  // namespace sous::source_git
