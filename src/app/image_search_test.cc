// The ladder of a search: what each step finds, and what it costs.

#include "app/image_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/pull_name.h"
#include "app/repository_scan.h"
#include "model/image_name.h"
#include "support/made_image.h"
#include "support/memory_node.h"
#include "support/samples.h"

namespace sous::app {
namespace {

using support::MadeImage;
using support::make_image;
using support::Maker;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ImageSearch : public testing::Test {
 protected:
  MadeImage put(const ImageRepository& repository,
                const std::string& tag,
                const std::string& salt,
                Maker maker = Maker::sous) {
    auto image = make_image(maker, "github.com/u/p,1.2.3", salt);
    support::put_image(machine_.registry, repository, image, tag);
    return image;
  }

  Decision decide(const std::string& source = "github.com/u/p,1.2.3") {
    questions_before_ = machine_.registry.questions().size();
    auto out = app::decide(machine_.node, gdm_, support::source(source), {}, {}, &seen_);
    EXPECT_TRUE(out) << out.error().text();
    return std::move(out.value());
  }

  std::string chosen(const std::string& source = "github.com/u/p,1.2.3") {
    const auto decision = decide(source);
    const auto* decided = std::get_if<Decided>(&decision.verdict);
    return decided != nullptr ? decided->image.digest.str() : "";
  }

  /// What the last decide() asked of registries.
  std::vector<std::string> asked() {
    std::vector<std::string> out;
    for (const auto& question : machine_.registry.questions()) {
      out.push_back(question.text());
    }
    out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(questions_before_));
    return out;
  }

  void fail(const std::string& operation, Code code) {
    machine_.registry.set_fault([operation, code](const support::FakeRegistry::Question& question) {
      return question.operation == operation
                 ? std::optional(Error(code, "the registry would not").hinted("log in"))
                 : std::nullopt;
    });
  }

  void pass(std::chrono::seconds time) { machine_.clock.advance(time); }

  const ImageRepository kOurs{"registry.example.com", "github.com/u/p"};
  support::MemoryNode machine_;
  Gdm gdm_;
  Ads seen_;
  std::size_t questions_before_ = 0;
};

TEST_F(ImageSearch, ALockedVersionCostsNothing) {
  const auto image = put(kOurs, "1.2.3", "a");
  auto file = support::lock_file({support::registration("a", 1)},
                                 {support::lock_on("a", 1, Lock::State::provisional)});
  file.source = support::source("github.com/u/p,1.2.3");
  gdm_.locks.emplace(file.source, file);
  EXPECT_EQ(chosen(), support::digest("a").str());
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(ImageSearch, WhatNothingMissingCouldChangeCostsNothing) {
  auto file = support::lock_file({support::registration("a", 1)});
  file.source = support::source("github.com/u/p,1.2.3");
  gdm_.locks.emplace(file.source, file);
  fail("list", Code::unavailable);
  EXPECT_EQ(chosen(), support::digest("a").str());
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(ImageSearch, ACompleteListOfTheLastMinuteIsNotAskedForAgain) {
  const auto image = put(kOurs, "1.2.3", "a");
  EXPECT_EQ(chosen(), image.digest.str());
  EXPECT_THAT(asked(),
              ElementsAre("list registry.example.com/github.com/u/p",
                          "manifest registry.example.com/github.com/u/p:1.2.3"));
  pass(std::chrono::seconds(60));
  EXPECT_EQ(chosen(), image.digest.str());
  EXPECT_THAT(asked(), ElementsAre("resolve registry.example.com/github.com/u/p:1.2.3"));
  pass(std::chrono::seconds(1));
  EXPECT_EQ(chosen(), image.digest.str());
  EXPECT_THAT(asked(),
              ElementsAre("list registry.example.com/github.com/u/p",
                          "resolve registry.example.com/github.com/u/p:1.2.3"));
}

TEST_F(ImageSearch, APartialListOfTheLastMinuteIsAskedForAgain) {
  const auto image = put(kOurs, "1.2.3", "a");
  fail("list", Code::unavailable);
  EXPECT_EQ(chosen(), "");
  machine_.registry.set_fault({});
  EXPECT_EQ(chosen(), image.digest.str());
}

TEST_F(ImageSearch, AListOfTheFutureIsAskedForAgain) {
  put(kOurs, "1.2.3", "a");
  chosen();
  machine_.clock.advance(-std::chrono::hours(1));
  chosen();
  EXPECT_THAT(asked(), testing::Contains("list registry.example.com/github.com/u/p"));
}

TEST_F(ImageSearch, TheVersionTagIsReadAgainBeforeAnUnlockedChoice) {
  put(kOurs, "1.2.3", "old");
  chosen();
  const auto newer = put(kOurs, "1.2.3", "new");
  const auto decision = decide();
  EXPECT_THAT(asked(),
              ElementsAre("resolve registry.example.com/github.com/u/p:1.2.3",
                          "manifest registry.example.com/github.com/u/p@" + newer.digest.str()));
  EXPECT_EQ(decision.candidates.size(), 2U);
}

TEST_F(ImageSearch, AVersionTagThatCannotBeReadAgainLeavesItUndecided) {
  put(kOurs, "1.2.3", "a");
  ASSERT_NE(chosen(), "");
  fail("resolve", Code::unavailable);
  const auto decision = decide();
  const auto* undecided = std::get_if<Undecided>(&decision.verdict);
  ASSERT_NE(undecided, nullptr);
  EXPECT_THAT(undecided->missing,
              ElementsAre(HasSubstr("tag 1.2.3 of registry.example.com/github.com/u/p")));
}

TEST_F(ImageSearch, AVersionTagThatIsGoneIsMarkedAndItsImageStaysACandidate) {
  const auto image = put(kOurs, "1.2.3", "a");
  chosen();
  machine_.registry.remove_tag(kOurs, ImageTag::parse("1.2.3").value());
  EXPECT_EQ(chosen(), image.digest.str());
  EXPECT_TRUE(
      machine_.index.tag(kOurs, ImageTag::parse("1.2.3").value()).value()->vanished_at.has_value());
}

TEST_F(ImageSearch, ASiblingTagWithTheRightLabelsIsFound) {
  const auto image = put(kOurs, "some-other-name", "a");
  EXPECT_EQ(chosen(), image.digest.str());
}

TEST_F(ImageSearch, AnIndexStandsForItsChildren) {
  const auto child = put(kOurs, "1.2.3", "a");
  const auto index = support::make_index(child);
  support::put_image(machine_.registry, kOurs, index, "multi");
  const auto decision = decide();
  ASSERT_EQ(decision.candidates.size(), 1U);
  EXPECT_EQ(decision.candidates.front().artifact.digest, index.digest);
}

TEST_F(ImageSearch, AConvertedCopyStandsBehindItsOriginal) {
  // The digest of the copy may be lower or higher: try enough of them.
  for (const char* salt : {"a", "b", "c", "d", "e", "f"}) {
    const ImageRepository place{"registry.example.com", std::string("github.com/u/") + salt};
    const std::string source = place.path + ",1.2.3";
    const auto image = make_image(Maker::sous, source, salt);
    support::put_image(machine_.registry, place, image, "1.2.3");
    const auto copy = make_image(Maker::sous_labels, source, salt);
    ASSERT_EQ(copy.config_digest, image.config_digest);
    support::put_image(machine_.registry, place, copy, "copy");
    const auto decision = decide(source);
    ASSERT_EQ(decision.candidates.size(), 1U);
    EXPECT_EQ(decision.candidates.front().artifact.digest, image.digest) << salt;
  }
}

TEST_F(ImageSearch, AnImageThatIsSeenRunningIsFoundWhereItRunsFrom) {
  const ImageRepository elsewhere{"other.example.com", "team/p"};
  const auto image = put(elsewhere, "x", "a");
  machine_.registry.remove_tag(elsewhere, ImageTag::parse("x").value());  // by its digest alone
  EXPECT_EQ(chosen(), "");
  ObservedDeployment running{
      .id = {support::manifest_id("github.com/u/p"), support::cluster("left")}};
  running.asked = ImageByDigest{elsewhere, image.digest};
  seen_.push_back({support::cluster("left"), Completeness::complete(), {}, {running}});
  EXPECT_EQ(chosen(), image.digest.str());
  EXPECT_THAT(asked(), testing::Contains("list other.example.com/team/p"));

  // A host that only stands in for others is for pulling alone.
  ClusterDefinition left{.name = support::cluster("left")};
  left.registry = "other.example.com";
  gdm_.definitions.clusters.emplace(left.name, left);
  pass(std::chrono::minutes(5));
  decide();
  EXPECT_THAT(asked(), testing::Not(testing::Contains("list other.example.com/team/p")));
}

TEST_F(ImageSearch, TheOriginalsNamesAreLookedForWhereTheGdmIsTheOriginals) {
  const auto original = original_image_repository(
                            "docker.example.com", support::source("github.com/u/p,1").location, "")
                            .value();
  const auto image = put(original, "1.2.3", "a", Maker::original);
  EXPECT_EQ(chosen(), "");
  EXPECT_THAT(asked(), testing::Not(testing::Contains("list " + original.str())));
  gdm_.definitions.docker_repo = "docker.example.com";
  EXPECT_EQ(chosen(), image.digest.str());
  EXPECT_THAT(asked(), testing::Contains("list " + original.str()));
}

TEST_F(ImageSearch, ARegistryThatDoesNotAnswerLeavesItUndecided) {
  fail("list", Code::timeout);
  EXPECT_TRUE(std::holds_alternative<Undecided>(decide().verdict));
  machine_.registry.set_fault({});
  EXPECT_TRUE(std::holds_alternative<NoImage>(decide().verdict));
}

// ---- what a cluster pulls
// ------------------------------------------------------------------------

class PullName : public ImageSearch {
 protected:
  PullName() { cluster_.registry = "mirror.example.com"; }

  std::string name() {
    questions_before_ = machine_.registry.questions().size();
    return pull_name(machine_.node, cluster_, {kOurs, image_.digest}, {}).repository.str();
  }

  const ImageRepository kMirror{"mirror.example.com", "github.com/u/p"};
  ClusterDefinition cluster_{.name = support::cluster("left")};
  MadeImage image_ = put(kOurs, "1.2.3", "a");
};

TEST_F(PullName, IsTheStandInsWhereThatHasTheDigestAndIsAskedOnce) {
  put(kMirror, "1.2.3", "a");
  EXPECT_EQ(name(), kMirror.str());
  EXPECT_THAT(asked(), ElementsAre("manifest " + kMirror.str() + "@" + image_.digest.str()));
  EXPECT_EQ(name(), kMirror.str());
  EXPECT_THAT(asked(), IsEmpty());
  // It stays a place to pull from, and is never what a choice names.
  gdm_.definitions.clusters.emplace(cluster_.name, cluster_);
  const auto decision = decide();
  EXPECT_EQ(std::get<Decided>(decision.verdict).image.repository, kOurs);
  EXPECT_THAT(asked(), testing::Not(testing::Contains("list " + kMirror.str())));
}

TEST_F(PullName, IsTheImagesOwnWhereTheStandInLacksItAndIsAskedAgain) {
  EXPECT_EQ(name(), kOurs.str());
  put(kMirror, "1.2.3", "a");
  EXPECT_EQ(name(), kMirror.str());
}

TEST_F(PullName, IsTheImagesOwnWhereTheStandInDoesNotAnswer) {
  put(kMirror, "1.2.3", "a");
  fail("manifest", Code::timeout);
  EXPECT_EQ(name(), kOurs.str());
}

TEST_F(PullName, AsksNobodyWithoutAStandIn) {
  cluster_.registry.reset();
  EXPECT_EQ(name(), kOurs.str());
  EXPECT_THAT(asked(), IsEmpty());
}

}  // namespace
}  // namespace sous::app
