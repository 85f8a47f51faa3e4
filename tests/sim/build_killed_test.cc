#include <algorithm>
#include <optional>

#include <gtest/gtest.h>

#include "app/build.h"
#include "app/gdm_access.h"
#include "app/init.h"
#include "app/pending_builds.h"
#include "app/repository_scan.h"
#include "app/tagging.h"
#include "model/image_name.h"
#include "sim_node.h"

/// A process that dies at each of the calls of a build, before or after the call took effect.
namespace sous::sim {
namespace {

using support::Fate;

/// Counts the points; from the chosen one on nothing arrives any more, as if the process were gone.
class KillPoints final : public support::Points {
 public:
  void arm(std::uint64_t at, Fate last) {
    count_ = 0;
    at_ = at;
    last_ = last;
  }

  /// The next process runs.
  void revive() {
    at_.reset();
    dead_ = false;
  }

  std::uint64_t count() const { return count_; }

  bool killed() const { return dead_; }

  Fate reach(std::string_view) override {
    if (dead_) {
      return Fate::lost_before;
    }
    if (++count_ == at_) {
      dead_ = true;
      return last_;
    }
    return Fate::done;
  }

 private:
  std::uint64_t count_ = 0;
  std::optional<std::uint64_t> at_;
  Fate last_ = Fate::done;
  bool dead_ = false;
};

class BuildKilled : public testing::Test {
 protected:
  void SetUp() override {
    node_.check_out("1.0.0", support::revision_number(1));
    app::InitRequest init;
    init.directory = kCheckout;
    ASSERT_TRUE(app::init(node_.node(), init, {}));
  }

  Result<app::BuildReport> build() {
    (void)node_.node().clock.sleep(std::chrono::seconds(1), {});  // no two at one moment
    app::BuildRequest request;
    request.directory = kCheckout;
    return app::build(node_.node(), request, {}, {});
  }

  LockFile lock_file() {
    const auto state = app::read_gdm(node_.node(), {});
    return state && !state->gdm.locks.empty() ? state->gdm.locks.begin()->second : LockFile{};
  }

  std::vector<ImageTag> tags() {
    const auto list = world_.registry.list_tags(repository(), {});
    return list ? list->tags : std::vector<ImageTag>{};
  }

  static ImageRepository repository() {
    return *image_repository(
        {"registry.example.com", ""}, *SourceLocation::parse("git.example.com/demo/hello"), "");
  }

  /// Every registered image has a tag, and the version's tag names the locked one.
  void expect_every_image_tagged(const LockFile& file) {
    const Lock* lock = file.final_lock();
    ASSERT_NE(lock, nullptr);
    EXPECT_EQ(world_.registry.tag(repository(), *ImageTag::parse("1.0.0")), lock->digest);
    for (const auto& known : file.registrations) {
      const ImageTag own = unique_tag(known.revision, *known.built_at, known.digest);
      EXPECT_TRUE(known.digest == lock->digest ||
                  world_.registry.tag(repository(), own) == known.digest)
          << known.digest.str() << " has no tag";
    }
  }

  void expect_nothing_left_here() {
    const auto left = node_.files().list("/state/builds");
    EXPECT_TRUE(!left || left->empty()) << left->front().name;
    EXPECT_TRUE(node_.builder().kept().empty());
  }

  KillPoints points_;
  support::Simulation sim_{1};
  World world_{sim_, points_};
  SimNode node_{world_, "left", Duration{0}};
};

/// Runs one build that dies at point `at`. Whether it got that far.
class BuildKilledAt : public BuildKilled {
 public:
  BuildKilledAt(std::uint64_t at, Fate last) : at_(at), last_(last) {}

  void TestBody() override {}

  bool run() {
    SetUp();
    points_.arm(at_, last_);
    const auto first = build();
    const bool reached = points_.killed();
    points_.revive();
    if (!reached) {
      EXPECT_TRUE(first);
      return false;
    }
    if (lock_file().registrations.empty()) {
      EXPECT_TRUE(tags().empty()) << "visible before the registration";
    }
    (void)app::finish_pending_builds(node_.node(), {});
    const auto second = build();
    EXPECT_TRUE(second) << second.error().text();
    EXPECT_TRUE(second && !second->is_pending());
    const LockFile file = lock_file();
    EXPECT_EQ(std::ranges::count_if(file.registrations,
                                    [](const Registration& r) { return r.advisories.empty(); }),
              1);
    expect_every_image_tagged(file);
    expect_nothing_left_here();
    return true;
  }

 private:
  std::uint64_t at_;
  Fate last_;
};

TEST(BuildKilledAtEachStep, TheNextBuildPutsItRight) {
  constexpr std::uint64_t kFewest = 20;
  for (const Fate last : {Fate::lost_before, Fate::lost_after}) {
    std::uint64_t at = 1;
    for (;; ++at) {
      SCOPED_TRACE("killed at point " + std::to_string(at) +
                   (last == Fate::lost_after ? ", after it took effect" : ""));
      if (!BuildKilledAt(at, last).run() || testing::Test::HasFailure()) {
        break;
      }
    }
    EXPECT_GT(at, kFewest) << "the points are not those of a build";
  }
}

/// A locked digest whose tags got lost has them again after a build of anybody.
TEST_F(BuildKilled, TagsThatNobodySetAreSetByTheNextBuild) {
  ASSERT_TRUE(build());
  ASSERT_TRUE(build());
  for (const auto& tag : tags()) {
    world_.registry.remove_tag(repository(), tag);
  }
  ASSERT_TRUE(build());
  expect_every_image_tagged(lock_file());
  EXPECT_EQ(tags().size(), 3U);
}

/// So they have after a complete scan, which sets no more than what is missing.
TEST_F(BuildKilled, TagsThatNobodySetAreSetByTheNextScan) {
  ASSERT_TRUE(build());
  ASSERT_TRUE(build());
  const LockFile file = lock_file();
  const auto scan_and_tag = [&]() {
    (void)node_.node().clock.sleep(std::chrono::seconds(1), {});
    EXPECT_TRUE(app::scan_repository(node_.node(), repository(), {}));
    return app::tag_again(
        node_.node(), repository(), app::read_gdm(node_.node(), {}).value().gdm, {});
  };
  ASSERT_EQ(scan_and_tag()->size(), 0U);
  const std::uint64_t before = world_.registry.requests_sent();
  ASSERT_EQ(scan_and_tag()->size(), 0U);
  EXPECT_EQ(world_.registry.requests_sent() - before, 1U) << "more than the list was asked for";
  for (const auto& tag : tags()) {
    world_.registry.remove_tag(repository(), tag);
  }
  const auto set = scan_and_tag();
  ASSERT_TRUE(set) << set.error().text();
  EXPECT_EQ(set->size(), 2U);
  expect_every_image_tagged(file);
  EXPECT_EQ(tags().size(), 2U);
}

}  // namespace
}  // namespace sous::sim
