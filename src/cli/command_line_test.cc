#include "cli/command_line.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

namespace sous::cli {
namespace {

Result<ParsedLine> parse(const std::vector<std::string>& words) {
  return parse_command_line(all_commands(), global_flags(), words);
}

std::string path_of(const Result<ParsedLine>& line) {
  return line && line->command != nullptr ? line->command->path : "";
}

TEST(CommandLine, AFlagMayBeWrittenInEveryWay) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"deploy", "-tag", "1.2.3"},
                                                                 {"deploy", "--tag", "1.2.3"},
                                                                 {"deploy", "-tag=1.2.3"},
                                                                 {"deploy", "--tag=1.2.3"},
                                                                 {"-tag", "1.2.3", "deploy"}}) {
    const auto line = parse(words);
    ASSERT_TRUE(line) << line.error().text();
    EXPECT_EQ(path_of(line), "deploy");
    EXPECT_EQ(line->arguments.value("tag"), "1.2.3");
  }
}

TEST(CommandLine, ShortFlagsStayShort) {
  const auto line = parse({"-q", "version", "-o", "json", "-v", "-d", "-s"});
  ASSERT_TRUE(line) << line.error().text();
  for (const auto* flag : {"quiet", "verbose", "debug", "silent"}) {
    EXPECT_TRUE(line->arguments.has(flag)) << flag;
  }
  EXPECT_EQ(line->arguments.value("output"), "json");
}

TEST(CommandLine, ValuesMayLookLikeFlagsOrBeEmpty) {
  const auto line = parse({"deploy", "-flavor", "", "-tag", "-tag", "-cluster=-x"});
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_EQ(line->arguments.value("flavor"), "");
  EXPECT_EQ(line->arguments.value("tag"), "-tag");
  EXPECT_EQ(line->arguments.value("cluster"), "-x");
}

TEST(CommandLine, FlagsStandAnywhereAroundWordsAndGroups) {
  const auto line = parse({"lock", "-repo", "list", "supersede", "-to", "abc"});
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_EQ(path_of(line), "lock supersede");
  EXPECT_EQ(line->arguments.value("repo"), "list");
  const auto build = parse({"build", "-dev", "some/path"});
  ASSERT_TRUE(build) << build.error().text();
  EXPECT_EQ(build->arguments.word(0), "some/path");
}

TEST(CommandLine, TwoDashesEndFlags) {
  const auto line = parse({"build", "--", "-path"});
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_EQ(line->arguments.word(0), "-path");
}

TEST(CommandLine, RepeatableFlagsCollectOthersAreRefusedTwice) {
  const auto line = parse({"deploy", "-cluster", "left", "-cluster=right"});
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_EQ(line->arguments.values("cluster"), (std::vector<std::string>{"left", "right"}));
  EXPECT_FALSE(parse({"deploy", "-tag", "1", "-tag", "2"}));
}

TEST(CommandLine, HelpIsAskedForAnywhere) {
  for (const auto* flag : {"-h", "-help", "--help"}) {
    const auto line = parse({"artifact", "withdraw", flag});
    ASSERT_TRUE(line) << line.error().text();
    EXPECT_TRUE(line->help);
    EXPECT_EQ(path_of(line), "artifact withdraw");
  }
}

TEST(CommandLine, NothingAndAGroupNameNoCommand) {
  const auto bare = parse({});
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->command, nullptr);
  EXPECT_EQ(bare->group, "");
  const auto group = parse({"query"});
  ASSERT_TRUE(group);
  EXPECT_EQ(group->command, nullptr);
  EXPECT_EQ(group->group, "query");
}

struct Refused {
  std::vector<std::string> words;
  std::string message;
  std::string hint;
};

class Refuses : public testing::TestWithParam<Refused> {};

TEST_P(Refuses, WithAReasonAndAWayOut) {
  const auto line = parse(GetParam().words);
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().code(), Code::usage);
  EXPECT_EQ(line.error().text(), GetParam().message);
  EXPECT_EQ(line.error().hint(), GetParam().hint);
}

INSTANTIATE_TEST_SUITE_P(
    Lines,
    Refuses,
    testing::Values(
        Refused{{"depoy"}, "there is no command \"depoy\"", "did you mean `sous deploy`?"},
        Refused{{"lock", "shwo"},
                "there is no command \"lock shwo\"",
                "did you mean `sous lock show`?"},
        Refused{{"xyzzy-nothing"},
                "there is no command \"xyzzy-nothing\"",
                "`sous help` lists the commands"},
        Refused{{"deploy", "--tagg", "1"}, "there is no flag \"--tagg\"", "did you mean -tag?"},
        Refused{{"deploy", "-cluster"}, "flag -cluster needs a value: -cluster CLUSTER", ""},
        Refused{{"deploy", "-force=1"}, "flag -force takes no value", ""},
        Refused{{"version", "-o", "xml"},
                "flag -output cannot be \"xml\"",
                "it is one of: table, json, yaml"},
        Refused{{"artifact", "withdraw"},
                "`sous artifact withdraw` needs DIGEST",
                "see `sous help artifact withdraw`"},
        Refused{{"version", "please"},
                "`sous version` does not take \"please\"",
                "see `sous help version`"}));

// The parser steps over flags before it knows the command, so a name must mean one thing.
TEST(Commands, AFlagTakesAValueInAllCommandsOrInNone) {
  std::map<std::string, bool> takes_value;
  const auto check = [&](const FlagSpec& flag) {
    const auto [at, is_new] = takes_value.emplace(flag.name, !flag.value.empty());
    EXPECT_EQ(at->second, !flag.value.empty()) << flag.name;
  };
  for (const auto& flag : global_flags()) {
    check(flag);
  }
  for (const auto& command : all_commands()) {
    for (const auto& flag : command.flags) {
      check(flag);
    }
  }
}

TEST(Commands, EveryOneIsExplainedAndRuns) {
  std::set<std::string> paths;
  for (const auto& command : all_commands()) {
    EXPECT_TRUE(paths.insert(command.path).second) << command.path;
    EXPECT_FALSE(command.summary.empty()) << command.path;
    EXPECT_FALSE(command.summary.ends_with('.')) << command.path;
    EXPECT_FALSE(command.description.empty()) << command.path;
    EXPECT_TRUE(command.run) << command.path;
    std::set<std::string> flags;
    for (const auto& flag : global_flags()) {
      flags.insert(flag.name);
    }
    for (const auto& flag : command.flags) {
      EXPECT_TRUE(flags.insert(flag.name).second) << command.path << " -" << flag.name;
      EXPECT_FALSE(flag.help.empty()) << command.path << " -" << flag.name;
    }
  }
}

}  // namespace
}  // namespace sous::cli
