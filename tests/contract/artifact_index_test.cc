// What every ArtifactIndex does, on the fake and on SQLite.

#include <functional>
#include <memory>
#include <ostream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/files_posix/file_system.h"
#include "adapters/index_sqlite/sqlite_index.h"
#include "adapters/system_posix/clock.h"
#include "support/fake_event_sink.h"
#include "support/index_facts.h"
#include "support/memory_index.h"
#include "support/temp_dir.h"

namespace sous {
namespace {

using support::sous_facts;
using support::without_config;
using testing::ElementsAre;
using testing::IsEmpty;

// A place that several indexes may share.
class World {
 public:
  virtual ~World() = default;

  virtual ArtifactIndex& index() = 0;
};

class MemoryWorld final : public World {
 public:
  ArtifactIndex& index() override { return index_; }

 private:
  support::MemoryIndex index_;
};

class SqliteWorld final : public World {
 public:
  ArtifactIndex& index() override {
    indexes_.push_back(
        index_sqlite::SqliteIndex::open(directory_ / "cache", {files_, clock_, events_}).value());
    return *indexes_.back();
  }

 private:
  support::TempDir directory_;
  system_posix::SystemClock clock_;
  files_posix::PosixFileSystem files_{clock_, directory_.path()};
  support::FakeEventSink events_;
  std::vector<std::unique_ptr<index_sqlite::SqliteIndex>> indexes_;
};

struct Kind {
  const char* name;
  std::function<std::unique_ptr<World>()> make;

  friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};

WallTime at(int seconds) { return WallTime(std::chrono::seconds(1'767'225'600 + seconds)); }

ImageRepository repository(const std::string& text) { return ImageRepository::parse(text).value(); }

const ImageRepository kHere = repository("registry.example.com/u/p");
const ImageRepository kThere = repository("mirror.example.com:5000/u/p");

Evidence evidence(const ImageRepository& where = kHere) {
  return Evidence{.repository = where, .request = "GET manifest", .seen_at = at(0)};
}

TagFact tag(const std::string& name, const std::string& salt, int seen) {
  return TagFact{.tag = ImageTag::parse(name).value(),
                 .digest = Digest::sha256_of("manifest " + salt),
                 .broken = {},
                 .seen_at = at(seen),
                 .vanished_at = {}};
}

ScanRecord scan(int started, int finished, Completeness completeness = Completeness::complete()) {
  return ScanRecord{.repository = kHere,
                    .started_at = at(started),
                    .finished_at = at(finished),
                    .completeness = std::move(completeness),
                    .tags = 7,
                    .requests = 9};
}

SourceLocation location(const std::string& text) { return SourceLocation::parse(text).value(); }

// `name seen_at [gone]` of each tag.
std::vector<std::string> shown(const std::vector<TagFact>& tags) {
  std::vector<std::string> out;
  for (const auto& one : tags) {
    out.push_back(one.tag.str() + " " +
                  std::to_string((one.seen_at - at(0)) / std::chrono::seconds(1)) +
                  (one.vanished_at ? " gone" : ""));
  }
  return out;
}

class ArtifactIndexContract : public testing::TestWithParam<Kind> {
 protected:
  std::unique_ptr<World> world_ = GetParam().make();
  ArtifactIndex& index_ = world_->index();
};

TEST_P(ArtifactIndexContract, IsEmptyAtFirst) {
  const auto digest = Digest::sha256_of("x");
  EXPECT_EQ(index_.facts(digest).value(), std::nullopt);
  EXPECT_THAT(index_.unknown(std::vector{digest}).value(), ElementsAre(digest));
  EXPECT_THAT(index_.tags(kHere).value(), IsEmpty());
  EXPECT_FALSE(index_.last_scan(kHere).value());
  EXPECT_THAT(index_.scans().value(), IsEmpty());
  EXPECT_THAT(index_.find(location("github.com/u/p"), {}).value(), IsEmpty());
  EXPECT_FALSE(index_.find(digest).value());
}

TEST_P(ArtifactIndexContract, GivesBackWholeFacts) {
  auto image = sous_facts("github.com/u/p,1.2.3", "a");
  image.annotations["strange"] = std::string("nul\0 and : and 12:x and \xff", 25);
  image.annotations[""] = "";
  ImageFacts list{.digest = Digest::parse("sha512:" + std::string(128, 'a')).value()};
  list.media_type = "application/vnd.oci.image.index.v1+json";
  list.children = {{.digest = image.digest, .platform = "linux/amd64"},
                   {.digest = Digest::sha256_of("arm"), .platform = "linux/arm64/v8"}};
  ImageFacts bare{.digest = Digest::sha256_of("bare")};
  bare.labels = LabelMap{};
  bare.diff_ids = std::vector<Digest>{};
  for (const auto& facts : {image, list, bare}) {
    ASSERT_TRUE(index_.put_facts(std::vector{facts}, evidence()));
    EXPECT_EQ(index_.facts(facts.digest).value(), facts);
    EXPECT_EQ(world_->index().facts(facts.digest).value(), facts);
  }
}

TEST_P(ArtifactIndexContract, NamesWhatIsUnknownInOrder) {
  const auto a = sous_facts("github.com/u/p,1", "a");
  const auto b = sous_facts("github.com/u/p,1", "b");
  ASSERT_TRUE(index_.put_facts(std::vector{a, b}, evidence()));
  const auto x = Digest::sha256_of("x");
  const auto y = Digest::sha256_of("y");
  EXPECT_THAT(index_.unknown(std::vector{y, a.digest, x, b.digest, y}).value(),
              ElementsAre(y, x, y));
}

TEST_P(ArtifactIndexContract, AKnownDigestKeepsItsFirstFacts) {
  const auto first = sous_facts("github.com/u/p,1.2.3", "a");
  auto second = sous_facts("github.com/other/one,9.9.9", "a");
  second.media_type = "other";
  ASSERT_TRUE(index_.put_facts(std::vector{first}, evidence()));
  ASSERT_TRUE(index_.put_facts(std::vector{second}, evidence()));
  EXPECT_EQ(index_.facts(first.digest).value(), first);
  EXPECT_EQ(index_.find(location("github.com/u/p"), {})->size(), 1U);
  EXPECT_THAT(index_.find(location("github.com/other/one"), {}).value(), IsEmpty());
}

TEST_P(ArtifactIndexContract, PartsOfTheConfigAreAddedLater) {
  auto whole = sous_facts("github.com/u/p,1.2.3", "a");
  whole.annotations.clear();  // only the config tells what it is
  ASSERT_TRUE(index_.put_facts(std::vector{without_config(whole)}, evidence()));
  EXPECT_EQ(index_.facts(whole.digest).value(), without_config(whole));
  EXPECT_THAT(index_.find(location("github.com/u/p"), {}).value(), IsEmpty());
  ASSERT_TRUE(index_.put_facts(std::vector{whole}, evidence()));
  EXPECT_EQ(index_.facts(whole.digest).value(), whole);
  EXPECT_EQ(index_.find(location("github.com/u/p"), {})->size(), 1U);
  ASSERT_TRUE(index_.put_facts(std::vector{without_config(whole)}, evidence()));
  EXPECT_EQ(index_.facts(whole.digest).value(), whole) << "nothing known is taken away";
}

TEST_P(ArtifactIndexContract, FindsArtifactsBySourceIgnoringBuildMetadata) {
  const auto a = sous_facts("github.com/u/p,1.2.3", "a");
  const auto b = sous_facts("github.com/u/p,1.2.3-rc.1", "b");
  const auto c = sous_facts("github.com/u/p,1.2.3,sub/dir", "c");
  const auto d = sous_facts("github.com/u/p,1.2.3", "d");
  ImageFacts other{.digest = Digest::sha256_of("not ours")};
  other.labels = LabelMap{{"a", "b"}};
  ASSERT_TRUE(index_.put_facts(std::vector{a, b, c, d, other}, evidence()));
  const auto digests = [&](const std::string& where, const std::string& version) {
    const auto wanted =
        version.empty() ? std::optional<Version>() : Version::parse(version).value();
    std::vector<Digest> out;
    const auto found = index_.find(location(where), wanted).value();
    for (const auto& one : found) {
      out.push_back(one.image.artifact.digest);
    }
    return out;
  };
  const auto sorted = [](std::vector<Digest> all) {
    std::ranges::sort(all);
    return all;
  };
  EXPECT_EQ(digests("github.com/u/p", "1.2.3"), sorted({a.digest, d.digest}));
  EXPECT_EQ(digests("github.com/u/p", "1.2.3+91495f1"), sorted({a.digest, d.digest}));
  EXPECT_EQ(digests("github.com/u/p", "1.2.3-rc.1"), sorted({b.digest}));
  EXPECT_EQ(digests("github.com/u/p,sub/dir", "1.2.3"), sorted({c.digest}));
  EXPECT_EQ(digests("github.com/u/p", ""), sorted({a.digest, b.digest, d.digest}));
  EXPECT_THAT(digests("github.com/u/p", "1.2.4"), IsEmpty());
  EXPECT_THAT(digests("github.com/u/P", ""), IsEmpty());

  const auto found = index_.find(a.digest).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->image, std::get<SousImage>(read_identity(a)));
  EXPECT_FALSE(index_.find(other.digest).value());
}

TEST_P(ArtifactIndexContract, SaysWhereAnArtifactWasFound) {
  const auto facts = sous_facts("github.com/u/p,1.2.3", "a");
  ASSERT_TRUE(index_.put_facts(std::vector{facts}, evidence(kHere)));
  EXPECT_THAT(index_.find(facts.digest).value()->repositories, ElementsAre(kHere));
  ASSERT_TRUE(index_.put_facts(std::vector{facts}, evidence(kHere)));
  ASSERT_TRUE(index_.put_tag(kThere, tag("1.2.3", "a", 1)));
  EXPECT_THAT(index_.find(facts.digest).value()->repositories, ElementsAre(kThere, kHere));
  const auto third = repository("third.example.com/x");
  ASSERT_TRUE(index_.put_facts(std::vector{facts}, evidence(third)));
  EXPECT_THAT(index_.find(location("github.com/u/p"), {})->at(0).repositories,
              ElementsAre(kThere, kHere, third));
}

TEST_P(ArtifactIndexContract, ATagIsWhatWasSeenLast) {
  ASSERT_TRUE(index_.put_tag(kHere, tag("b", "one", 1)));
  ASSERT_TRUE(index_.put_tag(kHere, tag("a", "one", 2)));
  ASSERT_TRUE(index_.put_tag(kThere, tag("b", "three", 9)));
  auto moved = tag("b", "two", 3);
  moved.digest.reset();
  moved.broken = "404";
  ASSERT_TRUE(index_.put_tag(kHere, moved));
  const auto tags = index_.tags(kHere).value();
  EXPECT_THAT(shown(tags), ElementsAre("a 2", "b 3"));
  EXPECT_EQ(tags[0].digest, Digest::sha256_of("manifest one"));
  EXPECT_EQ(tags[1].digest, std::nullopt);
  EXPECT_EQ(tags[1].broken, "404");
}

TEST_P(ArtifactIndexContract, ACompleteScanMarksWhatIsGone) {
  ASSERT_TRUE(index_.put_scan(scan(1, 2), std::vector{tag("a", "a", 1), tag("b", "b", 1)}));
  EXPECT_THAT(shown(index_.tags(kHere).value()), ElementsAre("a 1", "b 1"));
  ASSERT_TRUE(index_.put_tag(kThere, tag("z", "z", 1)));
  ASSERT_TRUE(index_.put_scan(scan(5, 6), std::vector{tag("b", "b", 5), tag("c", "c", 6)}));
  const auto tags = index_.tags(kHere).value();
  EXPECT_THAT(shown(tags), ElementsAre("a 1 gone", "b 5", "c 6"));
  EXPECT_EQ(tags[0].vanished_at, at(6));
  EXPECT_THAT(shown(index_.tags(kThere).value()), ElementsAre("z 1"));
  // When it went stays, and it may come back.
  ASSERT_TRUE(index_.put_scan(scan(7, 8), std::vector{tag("b", "b", 7)}));
  EXPECT_EQ(index_.tags(kHere)->at(0).vanished_at, at(6));
  ASSERT_TRUE(index_.put_scan(scan(9, 10), std::vector{tag("a", "a", 9), tag("b", "b", 9)}));
  EXPECT_THAT(shown(index_.tags(kHere).value()), ElementsAre("a 9", "b 9", "c 6 gone"));
}

TEST_P(ArtifactIndexContract, APartialScanMarksNothing) {
  ASSERT_TRUE(index_.put_scan(scan(1, 2), std::vector{tag("a", "a", 1), tag("b", "b", 1)}));
  const auto partial = Completeness::partial("503", {"page 2", ""});
  ASSERT_TRUE(index_.put_scan(scan(5, 6, partial), std::vector{tag("b", "new", 5)}));
  const auto tags = index_.tags(kHere).value();
  EXPECT_THAT(shown(tags), ElementsAre("a 1", "b 5"));
  EXPECT_EQ(tags[1].digest, Digest::sha256_of("manifest new"));
}

TEST_P(ArtifactIndexContract, ATagSeenWhileAScanRanIsNewerThanItsList) {
  ASSERT_TRUE(index_.put_tag(kHere, tag("new", "built meanwhile", 5)));
  ASSERT_TRUE(index_.put_tag(kHere, tag("moved", "moved meanwhile", 5)));
  ASSERT_TRUE(index_.put_scan(scan(4, 9), std::vector{tag("moved", "before", 4)}));
  const auto tags = index_.tags(kHere).value();
  EXPECT_THAT(shown(tags), ElementsAre("moved 5", "new 5"));
  EXPECT_EQ(tags[0].digest, Digest::sha256_of("manifest moved meanwhile"));
  // A clock that was wrong once does not hold a tag for ever.
  ASSERT_TRUE(index_.put_tag(kHere, tag("moved", "from the future", 1000)));
  ASSERT_TRUE(index_.put_tag(kHere, tag("new", "from the future", 1000)));
  ASSERT_TRUE(index_.put_scan(scan(10, 12), std::vector{tag("moved", "now", 11)}));
  EXPECT_THAT(shown(index_.tags(kHere).value()), ElementsAre("moved 11", "new 1000 gone"));
}

TEST_P(ArtifactIndexContract, RemembersTheLastScanOfEachRepository) {
  ASSERT_TRUE(index_.put_scan(scan(1, 2), {}));
  ASSERT_TRUE(index_.put_scan(scan(3, 4, Completeness::partial("503", {"page 2", ""})), {}));
  auto other = scan(5, 6);
  other.repository = kThere;
  ASSERT_TRUE(index_.put_scan(other, {}));
  const auto last = index_.last_scan(kHere).value();
  ASSERT_TRUE(last);
  EXPECT_EQ(last->repository, kHere);
  EXPECT_EQ(last->started_at, at(3));
  EXPECT_EQ(last->finished_at, at(4));
  EXPECT_EQ(last->completeness, Completeness::partial("503", {"page 2", ""}));
  EXPECT_EQ(last->tags, 7U);
  EXPECT_EQ(last->requests, 9U);
  const auto all = index_.scans().value();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].repository, kThere);
  EXPECT_EQ(all[1].repository, kHere);
}

TEST_P(ArtifactIndexContract, ManyThreadsOnSeveralIndexesOfOnePlace) {
  constexpr int kThreads = 4;
  constexpr int kEach = 25;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    auto& index = t % 2 == 0 ? index_ : world_->index();
    threads.emplace_back([&index, t] {
      for (int i = 0; i < kEach; ++i) {
        const auto own = std::to_string(t) + "." + std::to_string(i);
        const auto facts = sous_facts("github.com/u/p,1.2.3", own);
        const auto shared = sous_facts("github.com/u/q,1.2.3", std::to_string(i));
        const auto put = index.put_facts(std::vector{facts, shared}, evidence());
        ASSERT_TRUE(put) << put.error().text();
        ASSERT_TRUE(index.put_tag(kHere, tag(own, own, i)));
        ASSERT_EQ(index.facts(facts.digest).value(), facts);
        ASSERT_GE(index.find(location("github.com/u/p"), {})->size(),
                  1U + static_cast<std::size_t>(i));
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  auto& last = world_->index();
  EXPECT_EQ(last.find(location("github.com/u/p"), {})->size(), std::size_t{kThreads * kEach});
  EXPECT_EQ(last.find(location("github.com/u/q"), {})->size(), std::size_t{kEach});
  EXPECT_EQ(last.tags(kHere)->size(), std::size_t{kThreads * kEach});
}

INSTANTIATE_TEST_SUITE_P(
    All,
    ArtifactIndexContract,
    testing::Values(Kind{"memory", [] { return std::make_unique<MemoryWorld>(); }},
                    Kind{"sqlite", [] { return std::make_unique<SqliteWorld>(); }}),
    [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace sous
