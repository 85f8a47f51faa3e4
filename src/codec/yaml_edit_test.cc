#include "codec/yaml_edit.h"

#include <string>

#include <gtest/gtest.h>

namespace sous::codec {
namespace {

std::string set(std::string_view text, const YamlPath& path, const YamlValue& value) {
  const auto out = yaml_set(text, path, value);
  return out ? *out : "error: " + out.error().text();
}

std::string set(std::string_view text, const YamlPath& path, std::string_view value) {
  return set(text, path, YamlValue::of(value));
}

std::string append(std::string_view text, const YamlPath& path, std::string_view value) {
  const auto out = yaml_append(text, path, YamlValue::of(value));
  return out ? *out : "error: " + out.error().text();
}

std::string removed(std::string_view text, const YamlPath& path) {
  const auto out = yaml_remove(text, path);
  return out ? *out : "error: " + out.error().text();
}

YamlValue sample_mapping() {
  YamlValue out = YamlValue::mapping();
  out.add("x", YamlValue::of("1")).add("k", YamlValue::of("z"));
  return out;
}

TEST(YamlSet, ReplacesAScalarAndNothingElse) {
  EXPECT_EQ(set("a: 1 # why\nb:   2\n", {"a"}, "two"), "a: two # why\nb:   2\n");
  EXPECT_EQ(set("a: 'x'\n", {"a"}, "it's"), "a: 'it''s'\n");
  EXPECT_EQ(set("a: \"x\"\n", {"a"}, "y"), "a: \"y\"\n");
  EXPECT_EQ(set("a: {b: 1, c: 2} # d\n", {"a", "b"}, "x, y"), "a: {b: \"x, y\", c: 2} # d\n");
  EXPECT_EQ(set("a: |\n  one\n  two\n# c\nb: 1\n", {"a"}, "x"), "a: x\n# c\nb: 1\n");
  EXPECT_EQ(set("a: # none\nb: 1\n", {"a"}, "x"), "a: x # none\nb: 1\n");
  EXPECT_EQ(set("a: ~\n", {"a"}, YamlValue::number(3)), "a: 3\n");
  EXPECT_EQ(set("\xc3\xa4: \xc3\xb6 # \xc3\xbc\r\nb: 1\r\n", {"\xc3\xa4"}, "o"),
            "\xc3\xa4: o # \xc3\xbc\r\nb: 1\r\n");
}

TEST(YamlSet, AddsAKeyAtTheEndOfItsMapping) {
  EXPECT_EQ(set("a:\n    b: 1 # x\n\n# next\nc: 2\n", {"a", "d"}, "3"),
            "a:\n    b: 1 # x\n    d: \"3\"\n\n# next\nc: 2\n");
  EXPECT_EQ(set("a: 1", {"b"}, "x"), "a: 1\nb: x");
  EXPECT_EQ(set("a: 1\r\n", {"b"}, "x"), "a: 1\r\nb: x\r\n");
  EXPECT_EQ(set("a:\n  b:\n", {"a", "c"}, "x"), "a:\n  b:\n  c: x\n");
  EXPECT_EQ(set("l:\n- a: 1\n", {"m"}, "x"), "l:\n- a: 1\nm: x\n");
  EXPECT_EQ(set("a: {b: 1} # c\n", {"a", "d"}, "x"), "a: {b: 1, d: x} # c\n");
  EXPECT_EQ(set("a: {b: 1,\n    c: 2, } # c\n", {"a", "d"}, "x"),
            "a: {b: 1,\n    c: 2, d: x, } # c\n");
  EXPECT_EQ(set("", {"a", "b"}, "x"), "a:\n  b: x\n");
  EXPECT_EQ(set("# only\n", {"a"}, "x"), "# only\na: x\n");
}

TEST(YamlSet, MakesTheMappingsOnTheWay) {
  EXPECT_EQ(set("a: {} # none yet\nb: 1\n", {"a", "c", "d"}, "x"),
            "a: # none yet\n  c:\n    d: x\nb: 1\n");
  EXPECT_EQ(set("a: # none yet\nb: 1\n", {"a", "c"}, "x"), "a: # none yet\n  c: x\nb: 1\n");
  EXPECT_EQ(set("l: {a: {}}\n", {"l", "a", "b"}, "x"), "l: {a: {b: x}}\n");
  EXPECT_EQ(set("a: null\n", {"a"}, sample_mapping()), "a: {x: \"1\", k: z}\n");
  EXPECT_EQ(set("a:\n  b: 1\n", {"a", "c"}, sample_mapping()),
            "a:\n  b: 1\n  c:\n    x: \"1\"\n    k: z\n");
}

TEST(YamlSet, KeepsBlockScalarsBeforeANewKey) {
  EXPECT_EQ(set("a:\n  b: |\n    one\n\n\nc: 1\n", {"a", "d"}, "x"),
            "a:\n  b: |\n    one\n  d: x\n\n\nc: 1\n");
  EXPECT_EQ(set("a:\n  b: |+\n    one\n\n\nc: 1\n", {"a", "d"}, "x"),
            "a:\n  b: |+\n    one\n\n\n  d: x\nc: 1\n");
}

TEST(YamlSet, RefusesToChangeABlockScalarByTheWay) {
  // Without a newline at the end of the file the value is "one"; with a line after it, "one\n".
  EXPECT_FALSE(yaml_set("a: |\n  one", {"b"}, YamlValue::of("x")));
}

TEST(YamlSet, RefusesWhatItCannotDoInPlace) {
  const auto refused = [](std::string_view text, const YamlPath& path) {
    const auto out = yaml_set(text, path, YamlValue::of("x"));
    return !out && out.error().code() == Code::unsupported;
  };
  EXPECT_TRUE(refused("a: &b 1\nc: *b\n", {"a"}));
  EXPECT_TRUE(refused("a: &b 1\nc: *b\n", {"c"}));
  EXPECT_TRUE(refused("a: &b {x: 1}\nc:\n  <<: *b\n", {"c", "x"}));
  EXPECT_TRUE(refused("a: {b: 1}\n", {"a"}));
  EXPECT_TRUE(refused("a: 1\n", {"a", "b"}));
  EXPECT_TRUE(refused("a: !!str 1\n", {"a"}));
  EXPECT_EQ(yaml_set("a: [\n", {"a"}, YamlValue::of("x")).error().code(), Code::invalid_data);
}

TEST(YamlAppend, AddsToAListInItsOwnStyle) {
  EXPECT_EQ(append("l:\n- a # x\n- b\n# end\nm: 1\n", {"l"}, "c"),
            "l:\n- a # x\n- b\n- c\n# end\nm: 1\n");
  EXPECT_EQ(append("l:\n  - a\n", {"l"}, "c"), "l:\n  - a\n  - c\n");
  EXPECT_EQ(append("l: [a, b] # x\n", {"l"}, "c, d"), "l: [a, b, \"c, d\"] # x\n");
  EXPECT_EQ(append("l: []\n", {"l"}, "c"), "l:\n- c\n");
  EXPECT_EQ(append("l: # none\n", {"l"}, "c"), "l: # none\n- c\n");
  EXPECT_EQ(append("m: 1\n", {"l"}, "c"), "m: 1\nl:\n- c\n");
}

TEST(YamlRemove, TakesTheLinesOfAKey) {
  EXPECT_EQ(removed("a: 1\n# about b\nb: 2 # x\nc: 3\n", {"b"}), "a: 1\n# about b\nc: 3\n");
  EXPECT_EQ(removed("a:\n  b:\n    c: 1\n  d: 2\n", {"a", "b"}), "a:\n  d: 2\n");
  EXPECT_EQ(removed("a:\n  b: 1\n", {"a", "b"}), "a: {}\n");
  EXPECT_EQ(removed("a: # why\n  b: 1\nc: 2\n", {"a", "b"}), "a: {} # why\nc: 2\n");
  EXPECT_EQ(removed("a: 1\nb: 2", {"b"}), "a: 1\n");
  EXPECT_EQ(removed("a: |\n  x\nb: 2", {"b"}), "a: |\n  x\n");
  EXPECT_EQ(removed("a: {b: 1, c: 2, d: 3}\n", {"a", "c"}), "a: {b: 1, d: 3}\n");
  EXPECT_EQ(removed("a: {b: 1, c: 2}\n", {"a", "c"}), "a: {b: 1}\n");
  EXPECT_EQ(removed("a: {b: 1}\n", {"a", "b"}), "a: {}\n");
  EXPECT_EQ(removed("a: |\n  x\n\n# c\nb: 1\n", {"a"}), "\n# c\nb: 1\n");
  EXPECT_EQ(yaml_remove("a: 1\n", {"b"}).error().code(), Code::not_found);
}

}  // namespace
}  // namespace sous::codec
