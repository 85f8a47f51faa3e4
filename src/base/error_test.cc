#include "base/error.h"

#include <gtest/gtest.h>

#include "base/result.h"

namespace sous {
namespace {

TEST(ErrorTest, text_lists_the_contexts_outermost_first) {
  const Error error = Error(Code::not_found, "no such tag").with("reading tags").with("building");
  EXPECT_EQ(error.text(), "building: reading tags: no such tag");
  EXPECT_EQ(error.message(), "no such tag");
}

TEST(ErrorTest, carries_hint_details_and_code) {
  const Error error = Error(Code::failed, "two flaws")
                          .hinted("mend both")
                          .detailed({"one", "other"})
                          .as(Code::invalid_data);
  EXPECT_EQ(error.hint(), "mend both");
  EXPECT_EQ(error.details(), (std::vector<std::string>{"one", "other"}));
  EXPECT_EQ(error.code(), Code::invalid_data);
}

TEST(ErrorTest, a_change_does_not_show_in_a_copy) {
  const Error first(Code::failed, "it");
  Error second = first;
  second = std::move(second).with("while").hinted("try");
  EXPECT_EQ(first.text(), "it");
  EXPECT_EQ(first.hint(), "");
  EXPECT_EQ(second.text(), "while: it");
}

TEST(ErrorTest, exit_status_of_each_code) {
  EXPECT_EQ(exit_status(Code::usage), 64);
  EXPECT_EQ(exit_status(Code::invalid_data), 65);
  EXPECT_EQ(exit_status(Code::not_found), 1);
  EXPECT_EQ(exit_status(Code::already_exists), 1);
  EXPECT_EQ(exit_status(Code::failed), 1);
  EXPECT_EQ(exit_status(Code::blocked), 3);
  EXPECT_EQ(exit_status(Code::unverified), 4);
  EXPECT_EQ(exit_status(Code::undecided), 5);
  EXPECT_EQ(exit_status(Code::conflict), 6);
  EXPECT_EQ(exit_status(Code::unavailable), 69);
  EXPECT_EQ(exit_status(Code::rate_limited), 69);
  EXPECT_EQ(exit_status(Code::timeout), 69);
  EXPECT_EQ(exit_status(Code::unauthorized), 77);
  EXPECT_EQ(exit_status(Code::forbidden), 77);
  EXPECT_EQ(exit_status(Code::internal), 70);
}

TEST(ErrorTest, a_code_has_a_stable_name) {
  EXPECT_EQ(code_name(Code::not_found), "not_found");
  EXPECT_EQ(code_name(Code::internal), "internal");
}

TEST(ErrorTest, only_outages_are_transient) {
  EXPECT_TRUE(is_transient(Code::unavailable));
  EXPECT_TRUE(is_transient(Code::timeout));
  EXPECT_FALSE(is_transient(Code::conflict));
  EXPECT_FALSE(is_transient(Code::blocked));
}

Result<int> half(int number) {
  if (number % 2 != 0) {
    return Error(Code::invalid_data, "odd");
  }
  return number / 2;
}

Result<int> quarter(int number) {
  const int halved = SOUS_TRY(half(number).with("halving"));
  return SOUS_TRY(half(halved).with([] { return "halving again"; }));
}

TEST(ResultTest, try_hands_on_the_value_or_the_error) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(3).error().text(), "halving: odd");
  EXPECT_EQ(quarter(6).error().text(), "halving again: odd");
}

TEST(ResultTest, a_context_is_made_only_when_needed) {
  bool made = false;
  const auto context = [&] {
    made = true;
    return "context";
  };
  EXPECT_TRUE(half(2).with(context).has_value());
  EXPECT_FALSE(made);
  EXPECT_FALSE(half(1).with(context).has_value());
  EXPECT_TRUE(made);
}

}  // namespace
}  // namespace sous
