#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/boxed.h"
#include "base/shared_text.h"

namespace sous {
namespace {

TEST(BoxedTest, is_used_as_an_optional_is) {
  Boxed<std::string> none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none.value_or("other"), "other");
  Boxed<std::string> some = std::string("text");
  ASSERT_TRUE(some.has_value());
  EXPECT_EQ(*some, "text");
  EXPECT_EQ(some->size(), 4U);
  EXPECT_EQ(some, std::string("text"));
  EXPECT_FALSE(some == none);
  EXPECT_EQ(none, Boxed<std::string>(std::optional<std::string>{}));
  EXPECT_EQ(some, Boxed<std::string>(std::optional<std::string>("text")));
}

TEST(BoxedTest, an_absent_optional_is_absent_here_too) {
  const std::optional<std::string> absent;
  const std::optional<std::string> text = "text";
  const Boxed<std::string> none;
  const Boxed<std::string> some = std::string("text");
  EXPECT_TRUE(none == absent);
  EXPECT_TRUE(absent == none);
  EXPECT_TRUE(some == text);
  EXPECT_TRUE(text != none);
  EXPECT_TRUE(some != absent);
}

TEST(BoxedTest, a_copy_is_a_value_of_its_own) {
  Boxed<std::string> one = std::string("text");
  Boxed<std::string> other = one;
  *other += "!";
  EXPECT_EQ(*one, "text");
  one = other;
  EXPECT_EQ(*one, "text!");
  other.reset();
  EXPECT_EQ(*one, "text!");
  const Boxed<std::string> moved = std::move(one);
  EXPECT_EQ(*moved, "text!");
}

TEST(SharedTextTest, copies_share_one_text) {
  const SharedText one("a text that no small string holds");
  const SharedText copy = one;  // NOLINT(performance-unnecessary-copy-initialization): the subject
  EXPECT_EQ(&one.str(), &copy.str());
  EXPECT_EQ(copy, SharedText("a text that no small string holds"));
  SharedText moved = copy;
  SharedText target("other");
  target = std::move(moved);
  EXPECT_EQ(target, one);
  target = SharedText();
  EXPECT_EQ(one.str(), "a text that no small string holds");
}

TEST(SharedTextTest, is_ordered_as_its_text_and_empty_by_default) {
  EXPECT_TRUE(SharedText().empty());
  EXPECT_EQ(SharedText().str(), "");
  EXPECT_EQ(SharedText(), SharedText(""));
  EXPECT_LT(SharedText(), SharedText("a"));
  EXPECT_LT(SharedText("a"), SharedText("b"));
}

}  // namespace
}  // namespace sous
