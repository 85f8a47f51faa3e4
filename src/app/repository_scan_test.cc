// What a scan costs, what it keeps, and what it says of what it could not read. Cost is counted by
// the registry in memory, which counts as the real adapter does.

#include "app/repository_scan.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/made_image.h"
#include "support/memory_node.h"

namespace sous::app {
namespace {

using support::make_image;
using support::make_index;
using support::Maker;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const ScanOptions kDeep{.deep = true, .never_known = false, .progress = {}};
const ImageRepository kRepository{"registry.example.com", "github.com/u/p"};

class RepositoryScan : public testing::Test {
 protected:
  support::MadeImage put(Maker maker, const std::string& tag, const std::string& salt) {
    auto image = make_image(maker, "github.com/u/p," + salt, salt);
    support::put_image(machine_.registry, kRepository, image, tag);
    return image;
  }

  ScanRecord scan(const ScanOptions& options = {}) {
    machine_.clock.advance(std::chrono::seconds(1));
    auto record = scan_repository(machine_.node, kRepository, {}, options);
    EXPECT_TRUE(record) << record.error().text();
    return std::move(record.value());
  }

  std::size_t artifacts() {
    return machine_.index.find(SourceLocation::parse("github.com/u/p").value(), {})->size();
  }

  TagFact tag(const std::string& name) {
    return machine_.index.tag(kRepository, ImageTag::parse(name).value()).value().value();
  }

  support::MemoryNode machine_;
};

TEST_F(RepositoryScan, ANewImageWithAnnotationsCostsOneRequest) {
  put(Maker::sous, "1.0.0", "1.0.0");
  EXPECT_EQ(scan().requests, 1U + 1U);
  EXPECT_EQ(artifacts(), 1U);
}

TEST_F(RepositoryScan, ANewImageWithLabelsAloneCostsTwoRequests) {
  put(Maker::original, "1.0.0", "1.0.0");
  EXPECT_EQ(scan().requests, 1U + 2U);
  EXPECT_EQ(artifacts(), 1U);
}

TEST_F(RepositoryScan, AnIndexWithLabelsAloneCostsThreeRequests) {
  const auto image = put(Maker::original, "child", "1.0.0");
  machine_.registry.remove_tag(kRepository, ImageTag::parse("child").value());
  support::put_image(machine_.registry, kRepository, make_index(image), "1.0.0");
  EXPECT_EQ(scan().requests, 1U + 3U);
  EXPECT_EQ(artifacts(), 1U);
  EXPECT_EQ(tag("1.0.0").requests, 3U);
}

TEST_F(RepositoryScan, AnUnchangedRepositoryCostsItsTagListPagesAlone) {
  constexpr int kTags = 45;
  for (int i = 0; i < kTags; ++i) {
    put(i % 2 == 0 ? Maker::sous : Maker::original, fmt::format("1.{}.0", i), std::to_string(i));
  }
  machine_.registry.set_page_size(10);
  const auto first = scan();
  EXPECT_EQ(first.requests, 5U + 23U * 1U + 22U * 2U);
  EXPECT_EQ(first.saved, 0U);
  for (int i = 0; i < 2; ++i) {
    const auto again = scan();
    EXPECT_EQ(again.requests, 5U);
    EXPECT_EQ(again.saved, 23U * 1U + 22U * 2U);
    EXPECT_EQ(again.tags, std::uint64_t{kTags});
    EXPECT_TRUE(again.completeness.is_complete());
  }
}

TEST_F(RepositoryScan, ADigestSeenBeforeCostsNothingBesideLearningThatATagNamesIt) {
  const auto image = put(Maker::original, "1.0.0", "1.0.0");
  scan();
  support::put_image(machine_.registry, kRepository, image, "latest");
  EXPECT_EQ(scan().requests, 1U + 1U);
  const auto sent = machine_.registry.requests_sent();
  ASSERT_TRUE(know_image(machine_.node, {kRepository, image.digest}, {}));
  ASSERT_TRUE(read_image(machine_.node, {kRepository, image.digest}, {}));
  EXPECT_EQ(machine_.registry.requests_sent(), sent);
}

TEST_F(RepositoryScan, TagsOfOneImageReadItsConfigOnce) {
  const auto image = make_image(Maker::original, "github.com/u/p,1.0.0", "a");
  for (const auto* name : {"1.0.0", "1.0", "latest"}) {
    support::put_image(machine_.registry, kRepository, image, name);
  }
  EXPECT_EQ(scan().requests, 1U + 3U + 1U);
}

TEST_F(RepositoryScan, WhatIsNoImageOfSousIsRememberedToo) {
  put(Maker::stranger, "latest", "x");
  EXPECT_EQ(scan().requests, 1U + 2U);
  EXPECT_EQ(scan().requests, 1U);
  EXPECT_EQ(artifacts(), 0U);
}

TEST_F(RepositoryScan, OneUnreadableTagAmong5000LeavesTheOther4999) {
  constexpr int kTags = 5000;
  for (int i = 0; i < kTags; ++i) {
    put(Maker::sous, fmt::format("1.{}.0", i), std::to_string(i));
  }
  machine_.registry.set_fault([](const support::FakeRegistry::Question& question) {
    return question.key == "1.77.0"
               ? std::optional(Error(Code::unavailable, "the registry answered 500"))
               : std::nullopt;
  });
  const auto partial = scan();
  EXPECT_FALSE(partial.completeness.is_complete());
  EXPECT_THAT(partial.completeness.missing(),
              ElementsAre(HasSubstr("tag 1.77.0 of registry.example.com/github.com/u/p")));
  EXPECT_EQ(artifacts(), std::size_t{kTags - 1});

  machine_.registry.set_fault({});
  const auto whole = scan();
  EXPECT_TRUE(whole.completeness.is_complete());
  EXPECT_EQ(whole.requests, 5U + 1U) << "only what was missing is read";
  EXPECT_EQ(artifacts(), std::size_t{kTags});
}

TEST_F(RepositoryScan, ManyGapsAreNamedOnlyInPart) {
  for (int i = 0; i < 80; ++i) {
    put(Maker::sous, fmt::format("1.{}.0", i), std::to_string(i));
  }
  machine_.registry.set_fault([](const support::FakeRegistry::Question& question) {
    return question.operation == "manifest"
               ? std::optional(Error(Code::rate_limited, "the registry answered 429"))
               : std::nullopt;
  });
  const auto missing = scan().completeness.missing();
  ASSERT_EQ(missing.size(), 51U);
  EXPECT_EQ(missing.back(), "and 30 more of registry.example.com/github.com/u/p");
}

TEST_F(RepositoryScan, WhatCanNeverBePulledIsNoGap) {
  const auto image = put(Maker::sous, "1.0.0", "1.0.0");
  put(Maker::sous, "2.0.0", "2.0.0");
  machine_.registry.remove_manifest(kRepository, image.digest);
  EXPECT_TRUE(scan().completeness.is_complete());
  EXPECT_EQ(artifacts(), 1U);
  EXPECT_THAT(tag("1.0.0").broken, HasSubstr("404"));
  EXPECT_EQ(scan().requests, 1U);
}

TEST_F(RepositoryScan, OnlyADeepScanSeesThatATagHasMoved) {
  put(Maker::sous, "latest", "1.0.0");
  put(Maker::sous, "1.0.0", "1.0.0");
  scan();
  const auto moved = put(Maker::sous, "latest", "2.0.0");
  EXPECT_EQ(scan().requests, 1U);
  EXPECT_EQ(artifacts(), 1U);
  const auto deep = scan(kDeep);
  EXPECT_EQ(deep.requests, 1U + 2U + 1U) << "the list, one HEAD each, and what has moved";
  EXPECT_EQ(tag("latest").digest, moved.digest);
  EXPECT_EQ(artifacts(), 2U);
  EXPECT_EQ(scan(kDeep).requests, 1U + 2U);
}

TEST_F(RepositoryScan, ADeepScanThatIsRefusedIsPartial) {
  put(Maker::sous, "1.0.0", "1.0.0");
  scan();
  machine_.registry.set_fault([](const support::FakeRegistry::Question& question) {
    return question.operation == "resolve"
               ? std::optional(Error(Code::rate_limited, "the registry answered 429"))
               : std::nullopt;
  });
  const auto deep = scan(kDeep);
  EXPECT_FALSE(deep.completeness.is_complete());
  EXPECT_EQ(artifacts(), 1U);
}

TEST_F(RepositoryScan, TellsHowFarItIs) {
  for (int i = 0; i < 1500; ++i) {
    put(Maker::sous, fmt::format("1.{}.0", i), std::to_string(i));
  }
  std::vector<std::string> told;
  scan({.deep = false, .never_known = false, .progress = [&](const ScanProgress& progress) {
          told.push_back(
              fmt::format("{}/{} of {}", progress.read, progress.to_read, progress.listed));
        }});
  EXPECT_THAT(told, ElementsAre("512/1500 of 1500", "1024/1500 of 1500", "1500/1500 of 1500"));
  told.clear();
  scan({.deep = false, .never_known = false, .progress = [&](const ScanProgress& progress) {
          told.push_back(std::to_string(progress.read));
        }});
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(RepositoryScan, WhatWasReadStaysWhenItIsStopped) {
  for (int i = 0; i < 1500; ++i) {
    put(Maker::sous, fmt::format("1.{}.0", i), std::to_string(i));
  }
  std::stop_source stop;
  const auto stopped =
      scan_repository(machine_.node,
                      kRepository,
                      Call{Deadline::never(), stop.get_token()},
                      {.deep = false, .never_known = false, .progress = [&](const ScanProgress&) {
                         stop.request_stop();
                       }});
  ASSERT_TRUE(stopped);
  EXPECT_FALSE(stopped->completeness.is_complete());
  EXPECT_EQ(artifacts(), 512U);
  EXPECT_EQ(scan().requests, 2U + 1500U - 512U);
}

// ---- a registry that refuses us what may not be there
// ---------------------------------------------

class RefusedRepository : public RepositoryScan {
 protected:
  RefusedRepository() {
    support::put_image(machine_.registry,
                       {"registry.example.com", "github.com/u/other"},
                       make_image(Maker::sous, "github.com/u/other,1.0.0", "other"),
                       "1.0.0");
    machine_.registry.set_fault([](const support::FakeRegistry::Question& question) {
      return question.repository == kRepository
                 ? std::optional(Error(Code::unauthorized, "refused").hinted("log in: podman"))
                 : std::nullopt;
    });
  }

  void log_in() {
    machine_.credentials.set("registry.example.com", {.user = "pat", .password = Secret("x")});
  }

  void read_the_other() {
    ASSERT_TRUE(scan_repository(machine_.node, {"registry.example.com", "github.com/u/other"}, {}));
  }

  bool counts_as_absent(bool never_known = true) {
    return scan({.deep = false, .never_known = never_known, .progress = {}})
        .completeness.is_complete();
  }
};

TEST_F(RefusedRepository, CountsAsAbsentWhereTheSameLoginWorksElsewhere) {
  log_in();
  read_the_other();
  EXPECT_TRUE(counts_as_absent());
  EXPECT_FALSE(counts_as_absent(false)) << "something says that it is there";
}

TEST_F(RefusedRepository, IsAGapWithoutALogin) {
  read_the_other();
  EXPECT_FALSE(counts_as_absent());
  EXPECT_THAT(scan().completeness.missing(), ElementsAre(HasSubstr("log in: podman")));
}

TEST_F(RefusedRepository, IsAGapWhereTheLoginWasNeverSeenToWork) {
  log_in();
  EXPECT_FALSE(counts_as_absent());
}

TEST_F(RefusedRepository, IsAGapWhereAnotherLoginIsUsed) {
  log_in();
  read_the_other();
  machine_.credentials.set("registry.example.com/github.com/u/p",
                           {.user = "sam", .password = Secret("y")});
  EXPECT_FALSE(counts_as_absent());
}

TEST_F(RefusedRepository, IsAGapWhereAnImageOfItIsKnown) {
  log_in();
  read_the_other();
  ASSERT_TRUE(machine_.index.put_tag(kRepository,
                                     {.tag = ImageTag::parse("1.0.0").value(),
                                      .digest = {},
                                      .broken = "x",
                                      .seen_at = {},
                                      .vanished_at = {}}));
  EXPECT_FALSE(counts_as_absent());
}

}  // namespace
}  // namespace sous::app
