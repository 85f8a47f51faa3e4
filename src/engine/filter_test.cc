#include "engine/filter.h"

#include <vector>

#include <gtest/gtest.h>

namespace sous::engine {
namespace {

using Flag = std::optional<std::string>;

DeploymentId deployment(const std::string& manifest) {
  return {ManifestId::parse(manifest).value(), ClusterName::parse("left").value()};
}

/// The table of sous-original 1.16.
std::vector<std::size_t> matched(const Filter& filter) {
  const std::vector<std::string> manifests{"github.com/o/example",
                                           "github.com/o/other",
                                           "github.com/o/example,somewhere",
                                           "github.com/o/flavored~choc",
                                           "github.com/o/flavored~van"};
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < manifests.size(); ++i) {
    if (filter.matches(deployment(manifests[i]))) {
      out.push_back(i);
    }
  }
  return out;
}

Filter of_flags(const Flag& repo, const Flag& offset, const Flag& flavor) {
  return {.repo = Matcher::of_flag(repo, true),
          .offset = Matcher::of_flag(offset, false),
          .flavor = Matcher::of_flag(flavor, false)};
}

TEST(Filter, MatchesAsTheTableSays) {
  using Places = std::vector<std::size_t>;
  EXPECT_EQ(matched(Filter{}), (Places{0, 1, 2, 3, 4}));
  EXPECT_EQ(matched(of_flags("github.com/o/example", {}, {})), Places{0});
  EXPECT_EQ(matched(of_flags("github.com/o/other", {}, {})), Places{1});
  EXPECT_EQ(matched(of_flags({}, {}, {})), (Places{0, 1}));
  EXPECT_EQ(matched(of_flags({}, "*", {})), (Places{0, 1, 2}));
  EXPECT_EQ(matched(of_flags({}, "*", "*")), (Places{0, 1, 2, 3, 4}));
  EXPECT_EQ(matched(of_flags({}, {}, "choc")), Places{3});
}

TEST(Filter, NamesItsFields) {
  EXPECT_EQ(Filter{}.str(), "<cluster:* repo:* offset:* flavor:* tag:* revision:*>");
  const Filter all{.repo = Matcher::exactly("2"),
                   .offset = Matcher::exactly("3"),
                   .flavor = Matcher::exactly("4"),
                   .clusters = {ClusterName::parse("1").value()},
                   .tag = Version::parse("5.0.0").value(),
                   .revision = "6"};
  EXPECT_EQ(all.str(), "<cluster:1 repo:2 offset:3 flavor:4 tag:5.0.0 revision:6>");
}

TEST(Filter, ComparesClustersAndVersions) {
  const auto id = deployment("github.com/o/example");
  const auto version = Version::parse("1.2.3+abc").value();
  EXPECT_FALSE(Filter{.clusters = {ClusterName::parse("right").value()}}.matches(id));
  EXPECT_TRUE(Filter{.clusters = {id.cluster}}.matches(id));
  EXPECT_TRUE(Filter{.tag = Version::parse("1.2.3").value()}.matches(id, version, {}));
  EXPECT_FALSE(Filter{.tag = Version::parse("1.2.4").value()}.matches(id, version, {}));
}

TEST(Filter, ComparesTheRevisionThatWasGiven) {
  const auto id = deployment("github.com/o/example");
  const auto version = Version::parse("1.2.3").value();
  const std::string hash = "1234567890123456789012345678901234567890";
  Gdm gdm;
  EXPECT_FALSE(Filter{.revision = "1234567"}.matches(id, version, gdm)) << "nothing was given";
  const GivenEntry entry{.generation = 1,
                         .version = version,
                         .revision = Revision::parse(hash).value(),
                         .image = {{"registry.example.com", "p"}, Digest::sha256_of("image")},
                         .own_fingerprint = {},
                         .effective_fingerprint = {},
                         .given = {},
                         .outcome_reason = {}};
  gdm.given.emplace(id,
                    GivenRecord{.deployment = id,
                                .entries = {entry},
                                .last_succeeded = {},
                                .hold = {},
                                .removed = {},
                                .adopted_id = {}});
  EXPECT_TRUE(Filter{.revision = "1234567"}.matches(id, version, gdm));
  EXPECT_FALSE(Filter{.revision = "7654321"}.matches(id, version, gdm));
}

TEST(Filter, OfOneManifest) {
  const auto id = deployment("github.com/o/example,somewhere~choc");
  EXPECT_TRUE(Filter::of(id.manifest).matches(id));
  EXPECT_TRUE(Filter::of(id.manifest, {id.cluster}).matches(id));
  EXPECT_FALSE(Filter::of(id.manifest, {ClusterName::parse("right").value()}).matches(id));
  EXPECT_FALSE(Filter::of(id.manifest).matches(deployment("github.com/o/example,somewhere")));
}

TEST(Filter, ComparesWhatRuns) {
  ObservedDeployment seen{
      .id = deployment("github.com/o/example"), .gdm_id = {}, .scheduler_id = {}};
  const Filter of_version{.tag = Version::parse("1.2.3").value()};
  const Filter of_revision{.revision = "1234567"};
  EXPECT_TRUE(Filter{}.matches(seen));
  EXPECT_FALSE(of_version.matches(seen)) << "it is not known";
  EXPECT_FALSE(of_revision.matches(seen));
  seen.source = SourceId{seen.id.manifest.source(), Version::parse("1.2.3+abc").value()};
  seen.revision = Revision::parse("1234567890123456789012345678901234567890").value();
  EXPECT_TRUE(of_version.matches(seen));
  EXPECT_TRUE(of_revision.matches(seen));
  seen.source->version = Version::parse("1.2.4").value();
  seen.revision = Revision::parse("2234567890123456789012345678901234567890").value();
  EXPECT_FALSE(of_version.matches(seen));
  EXPECT_FALSE(of_revision.matches(seen));
}

TEST(Filter, RefusesAClusterThatIsNotDefined) {
  const auto left = ClusterName::parse("left").value();
  Definitions definitions;
  EXPECT_TRUE(Filter{}.check_clusters(definitions));
  const auto status = Filter{.clusters = {left}}.check_clusters(definitions);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::usage);
  definitions.clusters.emplace(left, ClusterDefinition{});
  EXPECT_TRUE(Filter{.clusters = {left}}.check_clusters(definitions));
}

}  // namespace
}  // namespace sous::engine
