#include "model/image_ref.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sous {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

TEST(ImageRefTest, parses_and_prints_back) {
  for (const std::string& text :
       std::vector<std::string>{"example.org/a",
                                "example.org/user1/repo1:1.2.3",
                                "localhost/a",
                                "localhost:5000/a/b__c/d--e/f.g_h:_tag",
                                "host:1/a@" + kDigest,
                                "example.org/a:t@" + kDigest,
                                "[::1]:5000/a:t",
                                "127.0.0.1:65535/a",
                                "example.org/a@sha512:" + std::string(128, '0')}) {
    const auto parsed = ImageRef::parse(text);
    ASSERT_TRUE(parsed.has_value()) << text << ": " << parsed.error().text();
    EXPECT_EQ(parsed->str(), text);
  }
}

TEST(ImageRefTest, parts) {
  const ImageRef ref = ImageRef::parse("localhost:5000/a/b:1.0@" + kDigest).value();
  EXPECT_EQ(ref.repository.host, "localhost:5000");
  EXPECT_EQ(ref.repository.path, "a/b");
  EXPECT_EQ(ref.tag->str(), "1.0");
  EXPECT_EQ(ref.digest->str(), kDigest);
}

TEST(ImageRefTest, the_host_is_always_explicit) {
  for (const std::string_view text : {"busybox", "library/busybox", "a/b/c:1"}) {
    const auto parsed = ImageRef::parse(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_NE(parsed.error().message().find("the host of a registry"), std::string::npos);
  }
}

TEST(ImageRefTest, one_host_has_one_spelling) {
  EXPECT_EQ(ImageRef::parse("Example.ORG/a").value(), ImageRef::parse("example.org/a").value());
}

TEST(ImageRefTest, refuses_what_the_grammar_does_not_know) {
  using std::string_literals::operator""s;
  for (const std::string& text : std::vector<std::string>{"",
                                                          "/",
                                                          "example.org",
                                                          "localhost:5000",
                                                          "busybox:1",
                                                          "example.org/",
                                                          "example.org//a",
                                                          "example.org/a/",
                                                          "example.org/A",
                                                          "example.org/-a",
                                                          "example.org/a-",
                                                          "example.org/a..b",
                                                          "example.org/a___b",
                                                          "example.org/a._b",
                                                          "example.org/a-_b",
                                                          "example.org/a b",
                                                          "example.org/é",
                                                          "example.org/a\0"s,
                                                          "example.org/a:",
                                                          "example.org/a:.t",
                                                          "example.org/a:-t",
                                                          "example.org/a:t:u",
                                                          "example.org/a@",
                                                          "example.org/a@sha256:abc",
                                                          "example.org/a@" + kDigest + ":t",
                                                          "example..org/a",
                                                          ".org/a",
                                                          "-a.org/a",
                                                          "a_b.org/a",
                                                          "host:/a",
                                                          "host:0/a",
                                                          "host:65536/a",
                                                          "host:99999999/a",
                                                          "host:1:2/a",
                                                          "user@host.org/a",
                                                          "https://host.org/a",
                                                          "[::1/a",
                                                          "[x]/a",
                                                          "[::1]x/a",
                                                          " example.org/a"}) {
    EXPECT_FALSE(ImageRef::parse(text).has_value()) << text;
  }
}

TEST(ImageRefTest, length_limits) {
  const std::string longest = "example.org/" + std::string(255 - 12, 'a');
  EXPECT_TRUE(ImageRef::parse(longest).has_value());
  EXPECT_FALSE(ImageRef::parse(longest + "a").has_value());
  EXPECT_TRUE(ImageRef::parse("h.io/a:" + std::string(128, 't')).has_value());
  EXPECT_FALSE(ImageRef::parse("h.io/a:" + std::string(129, 't')).has_value());
  EXPECT_FALSE(ImageRef::parse(std::string(10'000'000, 'a')).has_value());
  EXPECT_TRUE(
      ImageRef::parse(longest + ":" + std::string(128, 't') + "@sha512:" + std::string(128, '0'))
          .has_value());
}

TEST(ImageTagTest, grammar) {
  for (const std::string_view text : {"1.2.3", "_", "A", "1.2.3-rc.1", "z-"}) {
    EXPECT_EQ(ImageTag::parse(text).value().str(), text);
  }
  for (const std::string_view text : {"", ".a", "-a", "a+b", "a b", "é", "a/b", "a:b"}) {
    EXPECT_FALSE(ImageTag::parse(text).has_value()) << text;
  }
}

TEST(ImageByDigestTest, is_the_only_form_that_is_deployed) {
  const std::string text = "example.org/a/b@" + kDigest;
  EXPECT_EQ(ImageByDigest::parse(text).value().str(), text);
  EXPECT_FALSE(ImageByDigest::parse("example.org/a/b").has_value());
  EXPECT_FALSE(ImageByDigest::parse("example.org/a/b:1").has_value());
  EXPECT_FALSE(ImageByDigest::parse("example.org/a/b:1@" + kDigest).has_value());
}

TEST(RegistryBaseTest, host_and_prefix) {
  EXPECT_EQ(RegistryBase::parse("example.org").value().str(), "example.org");
  EXPECT_EQ(RegistryBase::parse("localhost:5000/").value().str(), "localhost:5000");
  EXPECT_EQ(RegistryBase::parse("example.org/team/images/").value().prefix, "team/images");
  for (const std::string_view text :
       {"", "/", "example", "https://example.org", "example.org//a", "example.org/A", "a b.org"}) {
    EXPECT_FALSE(RegistryBase::parse(text).has_value()) << text;
  }
  EXPECT_FALSE(RegistryBase::parse("https://example.org").error().hint().empty());
}

}  // namespace
}  // namespace sous
