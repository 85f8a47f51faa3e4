#include "engine/alarms.h"

#include <gtest/gtest.h>

namespace sous::engine {
namespace {

Digest digest(char digit) { return *Digest::parse("sha256:" + std::string(64, digit)); }

ImageByDigest image(char digit) {
  return {*ImageRepository::parse("registry.example/shop"), digest(digit)};
}

DeploymentId shop_in(std::string_view cluster) {
  return {*ManifestId::parse("github.com/example/shop"), *ClusterName::parse(cluster)};
}

/// One deployment that runs as the GDM gave it.
struct AlarmsTest : testing::Test {
  AlarmsTest() {
    gdm.id = "our-gdm";
    Manifest manifest{.id = shop_in("left").manifest};
    for (const auto* name : {"left", "right"}) {
      const DeploymentId id = shop_in(name);
      manifest.deployments[id.cluster].version = Version(1, 2, 0);
      gdm.given.emplace(
          id,
          GivenRecord{
              .deployment = id,
              .entries = {{.generation = 3, .version = Version(1, 2, 0), .image = image('1')}}});
    }
    gdm.manifests.emplace(manifest.id, manifest);
  }

  static ObservedDeployment running(std::string_view cluster) {
    return {.id = shop_in(cluster),
            .gdm_id = "our-gdm",
            .generation = 3,
            .source = SourceId{shop_in(cluster).manifest.source(), Version(1, 2, 0)},
            .asked = image('1'),
            .running = digest('1'),
            .health = Health::healthy};
  }

  std::vector<std::string> judge(const ObservedDeployment& observed,
                                 std::vector<ObservedDeployment> others = {}) const {
    others.push_back(observed);
    const Ads ads{{.cluster = observed.id.cluster, .observed_at = {}, .deployments = others}};
    return Alarms(gdm, ads).of(observed);
  }

  Gdm gdm;
};

using Texts = std::vector<std::string>;

TEST_F(AlarmsTest, NothingIsAlarmingWhereAllIsAsGiven) {
  EXPECT_EQ(judge(running("left"), {running("right")}), Texts{});
}

TEST_F(AlarmsTest, AnotherImageThanGivenRuns) {
  auto observed = running("left");
  observed.asked = image('2');
  observed.running = digest('2');
  EXPECT_EQ(judge(observed), Texts{"it runs image 222222222222, but 111111111111 was given"});
}

TEST_F(AlarmsTest, AnotherImageThanAskedForRuns) {
  auto observed = running("left");
  observed.asked = image('2');
  EXPECT_EQ(judge(observed),
            Texts{"the cluster was told to run image 222222222222, but runs 111111111111"});
}

TEST_F(AlarmsTest, TwoImagesRunAsOneVersion) {
  auto other = running("right");
  other.running = digest('2');
  EXPECT_EQ(judge(running("left"), {other}),
            Texts{"2 images run as github.com/example/shop,1.2.0: 111111111111 in left, "
                  "222222222222 in right"});
  other.health = Health::stopped;
  EXPECT_EQ(judge(running("left"), {other}), Texts{});
}

TEST_F(AlarmsTest, AHigherGenerationWasGivenByANewerGdm) {
  auto observed = running("left");
  observed.generation = 4;
  observed.running = digest('2');
  observed.asked = image('2');
  EXPECT_EQ(judge(observed),
            Texts{"it was given by a newer GDM: generation 4 runs, 3 is recorded"});
}

TEST_F(AlarmsTest, ItBelongsToAnotherGdmOrToNone) {
  auto observed = running("left");
  observed.gdm_id = "another";
  EXPECT_EQ(judge(observed), Texts{"it belongs to another GDM: another"});
  observed.gdm_id.clear();
  EXPECT_EQ(judge(observed), Texts{"it carries no GDM's id"});
}

TEST_F(AlarmsTest, NobodyGaveItAndNothingWantsIt) {
  gdm.given.clear();
  EXPECT_EQ(judge(running("left")), Texts{"no record says that it was given"});
  gdm.manifests.clear();
  EXPECT_EQ(judge(running("left")),
            (Texts{"no record says that it was given", "the GDM has no entry for it"}));
}

}  // namespace
}  // namespace sous::engine
