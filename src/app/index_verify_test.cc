#include "app/index_verify.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/artifact_query.h"
#include "app/init.h"
#include "app/repository_scan.h"
#include "support/made_image.h"
#include "support/memory_node.h"

namespace sous::app {
namespace {

using support::make_image;
using support::Maker;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const ImageRepository kRepository{"registry.example.com", "github.com/u/p"};

class IndexVerify : public testing::Test {
 protected:
  support::MadeImage put(Maker maker, const std::string& tag, const std::string& salt) {
    auto image = make_image(maker, "github.com/u/p,1.2.3", salt);
    support::put_image(machine_.registry, kRepository, image, tag);
    return image;
  }

  void scan() { ASSERT_TRUE(scan_repository(machine_.node, kRepository, {})); }

  VerifyReport verify(std::optional<std::size_t> sample = {}) {
    auto report = verify_index(machine_.node, {.repositories = {}, .sample = sample}, {});
    EXPECT_TRUE(report) << report.error().text();
    return std::move(report.value());
  }

  support::MemoryNode machine_;
};

TEST_F(IndexVerify, FindsNothingAgainstATrueIndex) {
  put(Maker::sous, "1.0.0", "a");
  put(Maker::original, "2.0.0", "b");
  support::put_image(machine_.registry,
                     kRepository,
                     support::make_index(put(Maker::original, "child", "c")),
                     "3.0.0");
  scan();
  const auto report = verify();
  EXPECT_EQ(report.tags, 4U);
  EXPECT_EQ(report.images, 4U);
  EXPECT_THAT(report.contradictions, IsEmpty());
  EXPECT_THAT(report.moved, IsEmpty());
  EXPECT_THAT(report.gone, IsEmpty());
  EXPECT_TRUE(report.completeness.is_complete());
  EXPECT_GE(report.requests, 4U + 4U + 4U);
}

TEST_F(IndexVerify, SaysWhatContradicts) {
  const auto image = make_image(Maker::original, "github.com/u/p,1.2.3", "a");
  support::put_image(machine_.registry, kRepository, image, "1.0.0");
  // The index was told something else before, and keeps its first facts.
  ImageFacts wrong{.digest = image.digest};
  wrong.media_type = image.media_type;
  wrong.manifest_size = image.manifest.size();
  wrong.config_digest = image.config_digest;
  wrong.labels = LabelMap{{"a", "b"}};
  ASSERT_TRUE(machine_.index.put_facts(std::vector{wrong}, {kRepository, "test", {}}));
  scan();
  const auto report = verify();
  ASSERT_EQ(report.contradictions.size(), 1U);
  EXPECT_EQ(report.contradictions[0].image.digest, image.digest);
  EXPECT_THAT(report.contradictions[0].fields, ElementsAre("labels"));
}

TEST_F(IndexVerify, SaysWhatMovedAndWhatIsGone) {
  const auto old = put(Maker::sous, "latest", "a");
  const auto removed = put(Maker::sous, "1.0.0", "b");
  scan();
  const auto now = put(Maker::sous, "latest", "c");
  machine_.registry.remove_manifest(kRepository, removed.digest);
  const auto report = verify();
  ASSERT_EQ(report.moved.size(), 2U);
  EXPECT_EQ(report.moved[0].tag.str(), "1.0.0");
  EXPECT_EQ(report.moved[0].now, std::nullopt);
  EXPECT_EQ(report.moved[1].known, old.digest);
  EXPECT_EQ(report.moved[1].now, now.digest);
  ASSERT_EQ(report.gone.size(), 1U);
  EXPECT_EQ(report.gone[0].digest, removed.digest);
  EXPECT_THAT(report.contradictions, IsEmpty());
}

TEST_F(IndexVerify, WhatCannotBeReadIsAGap) {
  put(Maker::sous, "1.0.0", "a");
  scan();
  machine_.registry.set_fault([](const support::FakeRegistry::Question& question) {
    return question.operation == "manifest" ? std::optional(Error(Code::unavailable, "503"))
                                            : std::nullopt;
  });
  const auto report = verify();
  EXPECT_FALSE(report.completeness.is_complete());
  EXPECT_THAT(report.completeness.missing(), ElementsAre(HasSubstr("503")));
}

TEST_F(IndexVerify, ReadsASampleOfTheSizeThatIsWanted) {
  for (int i = 0; i < 40; ++i) {
    put(Maker::sous, fmt::format("1.{}.0", i), std::to_string(i));
  }
  scan();
  EXPECT_EQ(verify(7).images, 7U);
  EXPECT_EQ(verify(100).images, 40U);
}

// ---- queries of the index
// -------------------------------------------------------------------------

class ArtifactQueries : public testing::Test {
 protected:
  ArtifactQueries() {
    EXPECT_TRUE(ensure_gdm(machine_.node, {}));
    for (const auto* source : {"github.com/u/p,1.0.0",
                               "github.com/u/p,1.5.0",
                               "github.com/u/p,2.0.0-rc.1",
                               "github.com/u/other,1.5.0"}) {
      const auto id = SourceId::parse(source).value();
      support::put_image(machine_.registry,
                         {"registry.example.com", id.location.repo()},
                         make_image(Maker::sous, source, source),
                         id.version.canonical());
    }
    for (const auto* path : {"github.com/u/p", "github.com/u/other"}) {
      EXPECT_TRUE(scan_repository(machine_.node, {"registry.example.com", path}, {}));
    }
  }

  std::vector<std::string> query(ArtifactFilter filter, bool scan = false) {
    report_ =
        query_artifacts(machine_.node, {.filter = std::move(filter), .scan = scan, .names = {}}, {})
            .value();
    std::vector<std::string> out;
    for (const auto& artifact : report_.artifacts) {
      out.push_back(artifact.source.str());
    }
    return out;
  }

  static ArtifactFilter of_p() {
    return {.location = SourceLocation::parse("github.com/u/p").value()};
  }

  support::MemoryNode machine_;
  ArtifactReport report_;
};

TEST_F(ArtifactQueries, ByLocationVersionAndRange) {
  EXPECT_THAT(
      query(of_p()),
      ElementsAre("github.com/u/p,1.0.0", "github.com/u/p,1.5.0", "github.com/u/p,2.0.0-rc.1"));
  EXPECT_THAT(query({}), testing::SizeIs(4));
  auto filter = of_p();
  filter.version = Version::parse("1.5").value();
  EXPECT_THAT(query(filter), ElementsAre("github.com/u/p,1.5.0"));
  filter = {};
  filter.range = VersionRange::parse(">=1.5 <2.0.0-a").value();
  EXPECT_THAT(query(filter), ElementsAre("github.com/u/other,1.5.0", "github.com/u/p,1.5.0"));
}

TEST_F(ArtifactQueries, ByRevisionAndDigest) {
  ArtifactFilter filter;
  filter.revision = "91495f1";
  EXPECT_THAT(query(filter), testing::SizeIs(4));
  filter.revision = "91495f2";
  EXPECT_THAT(query(filter), IsEmpty());
  filter = {};
  filter.digest = make_image(Maker::sous, "github.com/u/p,1.0.0", "github.com/u/p,1.0.0").digest;
  EXPECT_THAT(query(filter), ElementsAre("github.com/u/p,1.0.0"));
}

TEST_F(ArtifactQueries, ByAnyLabel) {
  auto filter = of_p();
  filter.labels = {{"org.opencontainers.image.version", "1.5.0"}};
  EXPECT_THAT(query(filter), ElementsAre("github.com/u/p,1.5.0"));
  // A label that only the config has: it was not needed so far.
  filter.labels = {{"maintainer", {}}};
  EXPECT_THAT(query(filter), IsEmpty());
  EXPECT_FALSE(report_.completeness.is_complete());
  EXPECT_THAT(query(filter, true), testing::SizeIs(3));
  EXPECT_TRUE(report_.completeness.is_complete());
  const auto sent = machine_.registry.requests_sent();
  EXPECT_THAT(query(filter), testing::SizeIs(3)) << "known from now on";
  EXPECT_EQ(machine_.registry.requests_sent(), sent);
  filter.labels = {{"maintainer", "nobody"}};
  EXPECT_THAT(query(filter), IsEmpty());
  EXPECT_TRUE(report_.completeness.is_complete());
}

}  // namespace
}  // namespace sous::app
