#include "codec/yaml_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sous::codec {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kText =
    "# who owns it\n"
    "Source: github.com/team/project\n"
    "Deployments:\n"
    "  left:  # the small one\n"
    "    NumInstances: 1\n"
    "    Version: \"1.0.0\"   # last week\n"
    "    Env: {A: \"1\"}\n"
    "  right:\n"
    "    NumInstances: 2\n"
    "Owners:\n"
    "- ann\n";

std::vector<std::string> told(const std::vector<YamlChange>& changes) {
  std::vector<std::string> out;
  for (const auto& change : changes) {
    out.push_back(change.field() + ": " + shown(change.from) + " -> " + shown(change.to));
  }
  return out;
}

std::vector<std::string> told(std::string_view from, std::string_view to) {
  return told(yaml_changes(from, to).value());
}

std::string with(std::string text, std::string_view from, std::string_view to) {
  return text.replace(text.find(from), from.size(), to);
}

std::string with(std::string_view from, std::string_view to) {
  return with(std::string(kText), from, to);
}

TEST(YamlChanges, LayoutIsNoChange) {
  EXPECT_THAT(told("a: 1\nb: {c: x}\n", "# new\nb:\n  c: 'x'\na:   1\n"), IsEmpty());
  EXPECT_THAT(told("a: {}\n", "a:\n"), IsEmpty());
}

TEST(YamlChanges, TellsValuesByTheirPath) {
  EXPECT_THAT(told("a: 1\nb: {c: x, d: y}\nl: [1, 2]\n", "a: 2\nb: {c: x, e: z}\nl: [2]\n"),
              ElementsAre("a: 1 -> 2", "b.d: y -> ", "b.e:  -> z", "l: [1, 2] -> [2]"));
  EXPECT_THAT(told("a: ''\n", "b: ''\n"), ElementsAre("a:  -> ", "b:  -> "));
  EXPECT_THAT(told("", "a: {b: 1}\n"), ElementsAre("a:  -> {b: 1}"));
}

TEST(YamlChanges, MakesChangesOfOthersTextsInPlace) {
  const auto changes = yaml_changes(kText, with("NumInstances: 2", "NumInstances: 3")).value();
  const auto theirs = with("\"1.0.0\"", "\"1.1.0\"");
  const auto merged = apply_yaml_changes(theirs, changes).value();
  EXPECT_THAT(merged.conflicts, IsEmpty());
  EXPECT_EQ(merged.text, with(theirs, "NumInstances: 2", "NumInstances: 3"));
}

TEST(YamlChanges, WhatIsThereAlreadyIsNoConflict) {
  const auto now = with("NumInstances: 2", "NumInstances: 3");
  const auto merged = apply_yaml_changes(now, yaml_changes(kText, now).value()).value();
  EXPECT_THAT(merged.conflicts, IsEmpty());
  EXPECT_EQ(merged.text, now);
}

TEST(YamlChanges, OneValueChangedTwiceIsAConflict) {
  const auto changes = yaml_changes(kText, with("NumInstances: 2", "NumInstances: 3")).value();
  const auto theirs = with("NumInstances: 2", "NumInstances: 4");
  const auto merged = apply_yaml_changes(theirs, changes).value();
  EXPECT_THAT(told(merged.conflicts), ElementsAre("Deployments.right.NumInstances: 2 -> 3"));
  EXPECT_EQ(merged.text, theirs);
}

TEST(YamlChanges, NothingIsPutIntoWhatWasTakenAway) {
  const auto changes = yaml_changes(kText, with("{A: \"1\"}", "{A: \"1\", B: \"2\"}")).value();
  ASSERT_THAT(told(changes), ElementsAre("Deployments.left.Env.B:  -> 2"));
  const auto without = yaml_remove(kText, {"Deployments", "left"}).value();
  const auto merged = apply_yaml_changes(without, changes).value();
  EXPECT_EQ(merged.conflicts.size(), 1U);
  EXPECT_EQ(merged.text, without);
}

TEST(YamlChanges, ARemovalOfWhatOthersChangedIsAConflict) {
  const auto without = yaml_remove(kText, {"Deployments", "left"}).value();
  const auto theirs = with("\"1.0.0\"", "\"1.1.0\"");
  const auto merged = apply_yaml_changes(theirs, yaml_changes(kText, without).value()).value();
  EXPECT_EQ(merged.conflicts.size(), 1U);
  EXPECT_EQ(merged.text, theirs);
}

TEST(YamlChanges, TwoMayAddToTheSameNewMapping) {
  const auto ours = yaml_set(kText, {"Deployments", "right", "Env", "X"}, YamlValue::of("1"));
  const auto theirs = yaml_set(kText, {"Deployments", "right", "Env", "Y"}, YamlValue::of("2"));
  const auto merged = apply_yaml_changes(*theirs, yaml_changes(kText, *ours).value()).value();
  EXPECT_THAT(merged.conflicts, IsEmpty());
  EXPECT_THAT(told(*theirs, merged.text), ElementsAre("Deployments.right.Env.X:  -> 1"));
}

TEST(YamlChanges, AListGrowsInPlace) {
  const auto merged =
      apply_yaml_changes(kText, yaml_changes(kText, with("- ann\n", "- ann\n- bob\n")).value());
  EXPECT_EQ(merged->text, std::string(kText) + "- bob\n");
  const auto other =
      apply_yaml_changes(kText, yaml_changes(kText, with("- ann\n", "- bob\n")).value()).value();
  EXPECT_THAT(told(kText, other.text), ElementsAre("Owners: [ann] -> [bob]"));
}

TEST(YamlChanges, FindsComments) {
  EXPECT_TRUE(has_yaml_comments(kText).value());
  EXPECT_TRUE(has_yaml_comments("a: 1\n# b\n").value());
  EXPECT_FALSE(has_yaml_comments("a: b#c\nd: \"x # y\"\ne: |\n  # no\n").value());
  EXPECT_FALSE(has_yaml_comments("").value());
}

}  // namespace
}  // namespace sous::codec
