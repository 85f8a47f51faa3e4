#include "cli/table.h"

#include <gtest/gtest.h>

namespace sous::cli {
namespace {

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({"A", "LONGER"});
  table.add({"value", "x"});
  table.add({"", "y"});
  EXPECT_EQ(table.render({}), "A      LONGER\nvalue  x\n       y\n");
}

TEST(Table, FitsTheTerminalByLeavingOutMiddles) {
  Table table({"NAME", "VALUE"});
  table.add({"short", "0123456789abcdefghijklmnopqrstuvwxyz"});
  const std::string text = table.render({.width = 20});
  EXPECT_EQ(text, "NAME   VALUE\nshort  012345…uvwxyz\n");
}

TEST(Table, IsAsWideAsItGetsWhereThereIsNoTerminal) {
  Table table({"NAME"});
  table.add({std::string(500, 'x')});
  EXPECT_EQ(table.render({}), "NAME\n" + std::string(500, 'x') + "\n");
}

TEST(Table, NeverNarrowsAColumnToNothing) {
  Table table({"A", "B"});
  table.add({std::string(20, 'a'), std::string(20, 'b')});
  EXPECT_EQ(table.render({.width = 5}), "A         B\naaaa…aaa  bbbb…bbb\n");
}

TEST(Elided, CountsCharactersNotBytes) {
  EXPECT_EQ(elided("äöüäöüäöü", 5), "äö…öü");
  EXPECT_EQ(columns("äöü…"), 4U);
  EXPECT_EQ(elided("abc", 3), "abc");
  EXPECT_EQ(elided("abc", 2), "ab");
}

TEST(Style, PaintsOnlyWhereColorIsWanted) {
  EXPECT_EQ(Style{}.bad("x"), "x");
  EXPECT_EQ(Style{.color = true}.bad("x"), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(Style{.color = true}.bad(""), "");
}

}  // namespace
}  // namespace sous::cli
