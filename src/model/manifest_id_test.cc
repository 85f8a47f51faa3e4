#include "model/manifest_id.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sous {
namespace {

TEST(ManifestIdTest, A18_parses_and_prints_back) {
  for (const std::string_view text : {"github.com/user/repo",
                                      "github.com/user/repo,some-dir",
                                      "github.com/user/repo,some-dir~british-flavoured",
                                      "github.com/user/repo~british-flavoured"}) {
    const auto id = ManifestId::parse(text);
    ASSERT_TRUE(id.has_value()) << text;
    EXPECT_EQ(id->str(), text);
  }
  const ManifestId id = ManifestId::parse("github.com/user/repo,some-dir~sweet").value();
  EXPECT_EQ(id.source().offset(), "some-dir");
  EXPECT_EQ(id.flavor(), "sweet");
}

TEST(ManifestIdTest, A19_two_tildes_are_refused) {
  EXPECT_FALSE(ManifestId::parse("~~").has_value());
  EXPECT_NE(ManifestId::parse("a~b~c").error().text().find("more than one ~"), std::string::npos);
}

TEST(ManifestIdTest, A20_a_bad_source_is_refused) {
  EXPECT_FALSE(ManifestId::parse("a,b,c~f").has_value());
  EXPECT_FALSE(ManifestId::parse("~f").has_value());
  EXPECT_FALSE(ManifestId::parse("").has_value());
}

TEST(ManifestIdTest, a_tilde_after_a_slash_belongs_to_the_path) {
  const ManifestId id = ManifestId::parse("git.sr.ht/~user/repo~sweet").value();
  EXPECT_EQ(id.source().repo(), "git.sr.ht/~user/repo");
  EXPECT_EQ(id.flavor(), "sweet");
}

TEST(ManifestIdTest, a_flavor_holds_no_separator) {
  const SourceLocation source = SourceLocation::parse("a").value();
  for (const std::string_view flavor : {"b,c", "b/c", "b~c", "b\n", "\xFF"}) {
    EXPECT_FALSE(ManifestId::make(source, flavor).has_value()) << flavor;
  }
  EXPECT_FALSE(ManifestId::make(source, std::string(101, 'a')).has_value());
  EXPECT_EQ(ManifestId::make(source, "e\u0301").value().flavor(), "\u00E9");
  EXPECT_EQ(ManifestId::make(source, "").value(), ManifestId{source});
}

TEST(DeploymentIdTest, A21_parses_and_prints_back) {
  for (const std::string_view text :
       {"cluster1:repo1", "cluster1:repo1,dir1", "cluster1:repo1,dir1~flavor1"}) {
    const auto id = DeploymentId::parse(text);
    ASSERT_TRUE(id.has_value()) << text;
    EXPECT_EQ(id->str(), text);
    EXPECT_EQ(id->cluster.str(), "cluster1");
  }
}

// The original took `:` and `cluster1:`. Here a cluster has a name and a manifest a source.
TEST(DeploymentIdTest, A21_both_halves_are_needed) {
  EXPECT_FALSE(DeploymentId::parse(":").has_value());
  EXPECT_FALSE(DeploymentId::parse("cluster1:").has_value());
  EXPECT_FALSE(DeploymentId::parse(":repo1").has_value());
}

TEST(DeploymentIdTest, A22_errors) {
  EXPECT_NE(DeploymentId::parse("").error().text().find("empty string not valid"),
            std::string::npos);
  EXPECT_NE(DeploymentId::parse("nocolon").error().text().find("does not contain a colon"),
            std::string::npos);
  EXPECT_FALSE(DeploymentId::parse(":~~").has_value());
}

TEST(DeploymentIdTest, the_first_colon_separates) {
  const DeploymentId id = DeploymentId::parse("c:git+ssh://host/a/b~f").value();
  EXPECT_EQ(id.cluster.str(), "c");
  EXPECT_EQ(id.manifest.source().repo(), "git+ssh://host/a/b");
}

TEST(ClusterNameTest, is_one_word) {
  EXPECT_EQ(ClusterName::parse("prod-sf.1").value().str(), "prod-sf.1");
  for (const std::string_view text : {"", "a:b", "a/b", "a b", "a\tb", "a\u00A0b", "\xFF", "a\n"}) {
    EXPECT_FALSE(ClusterName::parse(text).has_value()) << text;
  }
  EXPECT_TRUE(ClusterName::parse(std::string(100, 'a')).has_value());
  EXPECT_FALSE(ClusterName::parse(std::string(101, 'a')).has_value());
}

}  // namespace
}  // namespace sous
