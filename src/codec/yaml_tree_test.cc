#include "codec/yaml_tree.h"

#include <string>

#include <gtest/gtest.h>

namespace sous::codec {
namespace {

YamlNode tree(std::string_view text) {
  auto root = parse_yaml("a.yaml", text);
  EXPECT_TRUE(root) << (root ? "" : root.error().details().front());
  return root ? std::move(*root) : YamlNode{};
}

std::vector<std::string> problems(std::string_view text, const YamlLimits& limits = {}) {
  const auto root = parse_yaml("a.yaml", text, limits);
  if (root) {
    return {"it is accepted"};
  }
  EXPECT_EQ(root.error().code(), Code::invalid_data);
  return root.error().details().empty() ? std::vector{root.error().message()}
                                        : root.error().details();
}

std::string bytes(std::string_view text, const YamlNode& node) {
  return std::string(text.substr(node.span.begin, node.span.end - node.span.begin));
}

TEST(YamlTree, ReadsScalarsAsTheirText) {
  const YamlNode root = tree("a: 1.10\nb: yes\nc: '~'\nd: ~\ne:\nf: \"x\\ny\"\n");
  EXPECT_EQ(root.find("a")->text, "1.10");
  EXPECT_EQ(root.find("b")->text, "yes");
  EXPECT_FALSE(root.find("c")->is_null());
  EXPECT_TRUE(root.find("d")->is_null());
  EXPECT_TRUE(root.find("e")->is_null());
  EXPECT_EQ(root.find("f")->text, "x\ny");
  EXPECT_EQ(root.find("g"), nullptr);
}

TEST(YamlTree, KnowsTheBytesOfEveryNode) {
  const std::string_view text =
      "# gr\xc3\xbc\xc3\x9f\n\xc3\xa4: 'b\xc3\xb6' # c\nlist: # d\n- x\n- {k: [1, 2]}\n\nlit: |\n  "
      "one\n  two\n\n# end\nlast: \xe2\x82\xac\n";
  const YamlNode root = tree(text);
  EXPECT_EQ(bytes(text, *root.find("\xc3\xa4")), "'b\xc3\xb6'");
  EXPECT_EQ(bytes(text, *root.find("list")), "- x\n- {k: [1, 2]}");
  EXPECT_EQ(bytes(text, root.find("list")->items[1]), "{k: [1, 2]}");
  EXPECT_EQ(bytes(text, *root.find("lit")), "|\n  one\n  two");
  EXPECT_EQ(root.find("lit")->text, "one\ntwo\n");
  EXPECT_EQ(bytes(text, *root.find("last")), "\xe2\x82\xac");
  EXPECT_EQ(root.find("last")->at, (Position{12, 7}));
  EXPECT_EQ(root.find("\xc3\xa4")->at, (Position{2, 4}));
}

TEST(YamlTree, CountsBytesBehindAByteOrderMark) {
  const std::string_view text =
      "\xef\xbb\xbf"
      "a: b\r\nc: d\r\n";
  const YamlNode root = tree(text);
  EXPECT_EQ(bytes(text, *root.find("a")), "b");
  EXPECT_EQ(bytes(text, *root.find("c")), "d");
}

TEST(YamlTree, ReadsAnEmptyTextAsNull) {
  EXPECT_TRUE(tree("").is_null());
  EXPECT_TRUE(tree("# only a comment\n").is_null());
}

TEST(YamlTree, RefusesEveryDuplicateKey) {
  EXPECT_EQ(
      problems("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n"),
      (std::vector<std::string>{"a.yaml:4:3: the key \"c\" stands already on line 3\n    c: 2",
                                "a.yaml:5:1: the key \"a\" stands already on line 1\n    a: 3"}));
}

TEST(YamlTree, NamesTheLineOfASyntaxError) {
  const auto found = problems("a: 1\nb: [1,\nc: 2\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].starts_with("a.yaml:4:1: not YAML: ")) << found[0];
  EXPECT_TRUE(problems("a: \x01\n")[0].starts_with("a.yaml:1:4: not YAML: "))
      << problems("a: \x01")[0];
}

TEST(YamlTree, ExpandsAliasesAndMerges) {
  const YamlNode root =
      tree("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nlist: [*b, {<<: [*b, {z: 9}]}]\n");
  const YamlNode* use = root.find("use");
  EXPECT_EQ(use->find("x")->text, "1");
  EXPECT_EQ(use->find("y")->text, "3");
  EXPECT_TRUE(use->find("x")->bound);
  EXPECT_FALSE(use->find("y")->bound);
  EXPECT_EQ(root.find("list")->items[1].find("z")->text, "9");
  EXPECT_TRUE(problems("a: *nothing\n")[0].starts_with("a.yaml:1:4: the alias *nothing"));
  EXPECT_NE(problems("a: {<<: 1}\n")[0], "it is accepted");
  EXPECT_NE(problems("a: {<<: [[{b: 1}]]}\n")[0], "it is accepted");
}

TEST(YamlTree, BoundsWhatAliasesRepeat) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int n = 0; n < 7; ++n) {
      bomb += ", " + last;
    }
    bomb += "]\n";
  }
  EXPECT_NE(problems(bomb)[0].find("more values"), std::string::npos);
}

TEST(YamlTree, BoundsDepthNodesAndBytes) {
  const YamlLimits limits{.bytes = 100, .depth = 3, .nodes = 10};
  EXPECT_EQ(problems("[[[1]]]", limits)[0], "it is accepted");
  EXPECT_NE(problems("[[[[1]]]]", limits)[0].find("deeper than"), std::string::npos);
  EXPECT_NE(problems("[1,2,3,4,5,6,7,8,9,10]", limits)[0].find("more values"), std::string::npos);
  EXPECT_NE(problems(std::string(101, ' '), limits)[0].find("101 bytes"), std::string::npos);
  EXPECT_NE(problems(std::string(10'000'000, '#'))[0], "it is accepted");
}

TEST(YamlTree, RefusesWhatIsNoDocumentOfOurs) {
  EXPECT_NE(problems("a: \xff\n")[0], "it is accepted");
  EXPECT_NE(problems("a: 1\n---\nb: 2\n")[0].find("second document"), std::string::npos);
  EXPECT_NE(problems("{a: 1}: 2\n")[0].find("a key must be"), std::string::npos);
  EXPECT_NE(problems("\xff\xfe"
                     "a\0:\0")[0],
            "it is accepted");
}

}  // namespace
}  // namespace sous::codec
