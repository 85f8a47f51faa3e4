// What every GdmStore does, on the fake and on git.

#include <gtest/gtest.h>
// The property header needs gtest's before it.
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <thread>

#include <rapidcheck/gtest.h>

#include "adapters/files_posix/file_system.h"
#include "adapters/gdm_git/gdm_git.h"
#include "adapters/process_posix/process_runner.h"
#include "adapters/system_posix/clock.h"
#include "adapters/system_posix/rng.h"
#include "base/text.h"
#include "support/memory_gdm_store.h"
#include "support/test_git.h"

namespace sous {
namespace {

namespace fs = std::filesystem;

class SilentEvents final : public EventSink {
 public:
  void emit(const Event& /*event*/) override {}
};

// A GDM and the nodes that share it.
class World {
 public:
  virtual ~World() = default;

  // Another node. It lives as long as the world.
  virtual GdmStore& node() = 0;

  virtual bool has_remote() const { return false; }

  virtual void set_remote_away(bool /*away*/) {}
};

class MemoryWorld final : public World {
 public:
  explicit MemoryWorld(bool remote) : remote_(remote) {}

  GdmStore& node() override {
    nodes_.push_back(std::make_unique<support::MemoryGdmStore>(gdm_, clock_));
    return *nodes_.back();
  }

  bool has_remote() const override { return remote_; }

  void set_remote_away(bool away) override {
    for (const auto& node : nodes_) {
      node->set_away(away);
    }
  }

 private:
  bool remote_;
  system_posix::SystemClock clock_;
  std::shared_ptr<support::MemoryGdm> gdm_ = std::make_shared<support::MemoryGdm>();
  std::vector<std::unique_ptr<support::MemoryGdmStore>> nodes_;
};

enum class GitKind { path, url, clone_with_upstream };

class GitWorld final : public World {
 public:
  explicit GitWorld(GitKind kind) : kind_(kind) {
    root_ = files_.make_temporary("sous-gdm-contract").value();
    if (kind_ != GitKind::path) {
      git_.git(root_, {"init", "-q", "--bare", "-b", "trunk", remote()}).value();
    }
  }

  ~GitWorld() override { (void)files_.remove_tree(root_); }

  GitWorld(const GitWorld&) = delete;
  GitWorld& operator=(const GitWorld&) = delete;

  GdmStore& node() override {
    const auto number = std::to_string(nodes_.size());
    gdm_git::Config config;
    config.clones = root_ + "/clones" + number;
    if (kind_ == GitKind::path) {
      config.clones = root_ + "/clones";
      config.location = gdm_git::parse_location(root_ + "/gdm").value();
    } else if (kind_ == GitKind::url) {
      config.location = gdm_git::parse_location("file://" + remote()).value();
    } else {
      const auto clone = root_ + "/work" + number;
      git_.git(root_, {"clone", "-q", "file://" + remote(), clone}).value();
      config.location = gdm_git::parse_location(clone).value();
    }
    nodes_.push_back(std::make_unique<gdm_git::GitGdmStore>(
        config, gdm_git::Parts{git_, files_, clock_, rng_, events_}));
    return *nodes_.back();
  }

  bool has_remote() const override { return kind_ != GitKind::path; }

  void set_remote_away(bool away) override {
    const auto here = remote();
    const auto there = root_ + "/away.git";
    fs::rename(away ? here : there, away ? there : here);
  }

 private:
  std::string remote() const { return root_ + "/remote.git"; }

  GitKind kind_;
  system_posix::SystemClock clock_;
  system_posix::SystemRng rng_;
  process_posix::PosixProcessRunner processes_{clock_};
  support::TestGit git_{processes_};
  files_posix::PosixFileSystem files_{clock_, fs::temp_directory_path().string()};
  SilentEvents events_;
  std::string root_;
  std::vector<std::unique_ptr<gdm_git::GitGdmStore>> nodes_;
};

struct Kind {
  const char* name;
  std::function<std::unique_ptr<World>()> make;

  friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> kAll{
      {"memory", [] { return std::make_unique<MemoryWorld>(false); }},
      {"memory_with_remote", [] { return std::make_unique<MemoryWorld>(true); }},
      {"git_path", [] { return std::make_unique<GitWorld>(GitKind::path); }},
      {"git_url", [] { return std::make_unique<GitWorld>(GitKind::url); }},
      {"git_clone", [] { return std::make_unique<GitWorld>(GitKind::clone_with_upstream); }},
  };
  return kAll;
}

GdmChange change(std::map<std::string, std::optional<std::string>, std::less<>> records,
                 std::string message = "change") {
  return GdmChange{.records = std::move(records),
                   .author = {.name = "Ann Ärger", .email = "ann@example.com"},
                   .message = std::move(message)};
}

using Texts = std::map<std::string, std::string>;

Texts texts(const GdmSnapshot& snapshot) {
  Texts out;
  for (const auto& [path, text] : snapshot.records) {
    out[path] = *text;
  }
  return out;
}

const Call kCall;

class GdmStoreContract : public testing::TestWithParam<Kind> {
 protected:
  std::unique_ptr<World> world_ = GetParam().make();
  GdmStore& store_ = world_->node();
};

TEST_P(GdmStoreContract, IsEmptyAtFirst) {
  const auto snapshot = store_.read(kCall);
  ASSERT_TRUE(snapshot) << snapshot.error().text();
  EXPECT_EQ(snapshot->revision, "");
  EXPECT_TRUE(snapshot->records.empty());
  EXPECT_EQ(snapshot->stale, "");
  EXPECT_TRUE(store_.history({}, 10, kCall).value().entries.empty());
}

TEST_P(GdmStoreContract, GivesBackWhatWasCommitted) {
  const Texts records{{"sous.yaml", "format: 1\n"},
                      {"defs.yaml", ""},
                      {"manifests/github.com/u/p,sub/dir~v.yaml", "no newline at the end"},
                      {"manifests/h/\"quoted\" \\ and ü.yaml", "crlf\r\nkept\r\n"},
                      {"locks/github.com/u/p/1.2.3.yaml", "a: 'ß'\n"}};
  auto first = change({});
  first.records.insert(records.begin(), records.end());
  const auto revision = store_.commit("", first, kCall);
  ASSERT_TRUE(revision) << revision.error().text();
  EXPECT_FALSE(revision->empty());
  for (auto* node : {&store_, &world_->node()}) {
    const auto snapshot = node->read(kCall);
    ASSERT_TRUE(snapshot) << snapshot.error().text();
    EXPECT_EQ(snapshot->revision, *revision);
    EXPECT_EQ(texts(*snapshot), records);
    EXPECT_TRUE(snapshot->refused.empty());
  }
}

TEST_P(GdmStoreContract, ConflictChangesNothing) {
  auto& other = world_->node();
  const auto first = store_.commit("", change({{"sous.yaml", "1"}}), kCall).value();
  const auto second = other.commit(first, change({{"sous.yaml", "2"}}), kCall);
  ASSERT_TRUE(second) << second.error().text();
  for (const auto& base : {std::string(), first, std::string(40, '7'), std::string("nonsense")}) {
    const auto late = store_.commit(base, change({{"sous.yaml", "3"}}), kCall);
    ASSERT_FALSE(late) << base;
    EXPECT_EQ(late.error().code(), Code::conflict) << late.error().text();
  }
  EXPECT_EQ(texts(store_.read(kCall).value()), (Texts{{"sous.yaml", "2"}}));
  EXPECT_EQ(store_.read(kCall)->revision, *second);
  EXPECT_EQ(store_.history({}, 10, kCall)->entries.size(), 2U);
}

TEST_P(GdmStoreContract, OfTwoEqualChangesOneIsTaken) {
  auto& other = world_->node();
  const auto base = store_.commit("", change({{"sous.yaml", "1"}}), kCall).value();
  const auto ours = store_.commit(base, change({{"sous.yaml", "2"}}), kCall);
  const auto theirs = other.commit(base, change({{"sous.yaml", "2"}}), kCall);
  EXPECT_TRUE(ours);
  ASSERT_FALSE(theirs);
  EXPECT_EQ(theirs.error().code(), Code::conflict);
}

TEST_P(GdmStoreContract, DeletesWhatIsTakenOut) {
  const auto first =
      store_.commit("", change({{"manifests/a/b", "1"}, {"manifests/c", "2"}}), kCall).value();
  const auto second = store_.commit(
      first, change({{"manifests/a/b", std::nullopt}, {"given/never/there", std::nullopt}}), kCall);
  ASSERT_TRUE(second) << second.error().text();
  EXPECT_EQ(texts(world_->node().read(kCall).value()), (Texts{{"manifests/c", "2"}}));
  // A directory may take the place of a record that goes in the same change.
  const auto third = store_.commit(
      *second, change({{"manifests/c", std::nullopt}, {"manifests/c/d", "3"}}), kCall);
  ASSERT_TRUE(third) << third.error().text();
  EXPECT_EQ(texts(store_.read(kCall).value()), (Texts{{"manifests/c/d", "3"}}));
  ASSERT_TRUE(store_.commit(*third, change({{"manifests/c/d", std::nullopt}}), kCall));
  EXPECT_EQ(texts(store_.read(kCall).value()), Texts{});
}

TEST_P(GdmStoreContract, RevisionsNeverRepeat) {
  std::set<std::string> seen;
  std::string base;
  for (const auto* text : {"a", "b", "a", "b", "b", "a"}) {
    base = store_.commit(base, change({{"sous.yaml", text}}, "same"), kCall).value();
    EXPECT_TRUE(seen.insert(base).second) << base;
  }
}

TEST_P(GdmStoreContract, HistoryIsCompleteAndNewestFirst) {
  const auto first =
      store_
          .commit(
              "", change({{"defs.yaml", "1"}, {"manifests/a", "1"}}, "first\n\nbecause\nso"), kCall)
          .value();
  auto by_bob = change({{"manifests/b", "1"}, {"manifests/a", "1"}}, "second");
  by_bob.author = {.name = "Bob", .email = ""};
  const auto second = store_.commit(first, by_bob, kCall).value();
  const auto third = world_->node()
                         .commit(second, change({{"manifests/a", std::nullopt}}, "third"), kCall)
                         .value();

  const auto all = store_.history({}, 10, kCall);
  ASSERT_TRUE(all) << all.error().text();
  EXPECT_EQ(all->stale, "");
  ASSERT_EQ(all->entries.size(), 3U);
  EXPECT_EQ(all->entries[0].revision, third);
  EXPECT_EQ(all->entries[0].parent, second);
  EXPECT_EQ(all->entries[0].paths, std::vector<std::string>{"manifests/a"});
  EXPECT_EQ(all->entries[1].revision, second);
  EXPECT_EQ(all->entries[1].author.name, "Bob");
  EXPECT_EQ(all->entries[1].author.email, "");
  EXPECT_EQ(all->entries[1].paths, std::vector<std::string>{"manifests/b"});
  EXPECT_EQ(all->entries[2].revision, first);
  EXPECT_EQ(all->entries[2].parent, "");
  EXPECT_EQ(all->entries[2].message, "first\n\nbecause\nso");
  EXPECT_EQ(all->entries[2].author.name, "Ann Ärger");
  EXPECT_EQ(all->entries[2].author.email, "ann@example.com");
  EXPECT_EQ(all->entries[2].paths, (std::vector<std::string>{"defs.yaml", "manifests/a"}));
  EXPECT_GT(all->entries[2].when, parse_rfc3339("2020-01-01T00:00:00Z").value());

  const auto of_a = store_.history("manifests/a", 10, kCall).value().entries;
  ASSERT_EQ(of_a.size(), 2U);
  EXPECT_EQ(of_a[0].revision, third);
  EXPECT_EQ(of_a[1].revision, first);
  EXPECT_EQ(of_a[1].paths.size(), 2U);
  const auto last = store_.history({}, 1, kCall).value().entries;
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].revision, third);
  EXPECT_TRUE(store_.history("manifests/never", 10, kCall)->entries.empty());
}

TEST_P(GdmStoreContract, ReadsAnyEarlierRevision) {
  auto& other = world_->node();
  const auto first = store_.commit("", change({{"sous.yaml", "1"}}), kCall).value();
  const auto second = store_.commit(first, change({{"sous.yaml", "2"}}), kCall).value();
  EXPECT_EQ(texts(other.read_at(second, kCall).value()), (Texts{{"sous.yaml", "2"}}));
  const auto old = other.read_at(first, kCall);
  ASSERT_TRUE(old) << old.error().text();
  EXPECT_EQ(old->revision, first);
  EXPECT_EQ(texts(*old), (Texts{{"sous.yaml", "1"}}));
  for (const auto& unknown : {std::string(40, '7'), std::string("HEAD"), std::string()}) {
    const auto none = other.read_at(unknown, kCall);
    ASSERT_FALSE(none) << unknown;
    EXPECT_EQ(none.error().code(), Code::not_found) << none.error().text();
  }
}

TEST_P(GdmStoreContract, RefusesWhatItCouldNotGiveBack) {
  const auto base = store_.commit("", change({{"manifests/a", "1"}}), kCall).value();
  const std::vector<GdmChange> bad{
      change({{"README.md", "1"}}),
      change({{"manifests/../sous.yaml", "1"}}),
      change({{"manifests/.git/config", "1"}}),
      change({{"manifests/a\nb", "1"}}),
      change({{"manifests/b", "\xff"}}),
      change({{"manifests/b", "good"}, {"manifests/a/c", "in the way"}}),
      change({{"manifests/b", "good"}, {"manifests/b/c", "in the way"}})};
  for (const auto& one : bad) {
    const auto made = store_.commit(base, one, kCall);
    ASSERT_FALSE(made) << one.records.begin()->first;
    EXPECT_EQ(made.error().code(), Code::invalid_data) << made.error().text();
  }
  EXPECT_EQ(store_.read(kCall)->revision, base);
  EXPECT_EQ(texts(store_.read(kCall).value()), (Texts{{"manifests/a", "1"}}));
}

TEST_P(GdmStoreContract, WithoutTheRemoteReadsAreStaleAndCommitsUnavailable) {
  if (!world_->has_remote()) {
    return;
  }
  auto& fresh = world_->node();
  const auto base = store_.commit("", change({{"sous.yaml", "1"}}), kCall).value();
  ASSERT_EQ(store_.read(kCall)->stale, "");
  world_->set_remote_away(true);
  const auto old = store_.read(kCall);
  ASSERT_TRUE(old) << old.error().text();
  EXPECT_NE(old->stale, "");
  EXPECT_EQ(old->revision, base);
  EXPECT_EQ(texts(*old), (Texts{{"sous.yaml", "1"}}));
  EXPECT_EQ(store_.read_at(base, kCall)->revision, base);
  const auto history = store_.history({}, 10, kCall).value();
  EXPECT_EQ(history.entries.size(), 1U);
  EXPECT_NE(history.stale, "") << "later changes may be missing";
  const auto made = store_.commit(base, change({{"sous.yaml", "2"}}), kCall);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), Code::unavailable) << made.error().text();
  // A node that never saw the GDM knows nothing, which is not the same as an empty one.
  const auto unseen = fresh.read(kCall);
  ASSERT_FALSE(unseen);
  EXPECT_EQ(unseen.error().code(), Code::unavailable) << unseen.error().text();

  world_->set_remote_away(false);
  EXPECT_EQ(fresh.read(kCall)->revision, base);
  EXPECT_EQ(store_.read(kCall)->stale, "");
  EXPECT_EQ(store_.history({}, 10, kCall)->stale, "");
  ASSERT_TRUE(store_.commit(base, change({{"sous.yaml", "3"}}), kCall));
  EXPECT_EQ(texts(fresh.read(kCall).value()), (Texts{{"sous.yaml", "3"}}));
}

// Reads, adds one and commits until it is taken; how often it was told conflict.
int add_one(GdmStore& store, const std::string& who) {
  for (int conflicts = 0;; ++conflicts) {
    const auto snapshot = store.read(kCall).value();
    const auto found = snapshot.records.find("sous.yaml");
    const auto count = found == snapshot.records.end() ? 0 : parse_uint(*found->second).value();
    const auto made =
        store.commit(snapshot.revision,
                     change({{"sous.yaml", std::to_string(count + 1)}, {"given/" + who, "x"}}, who),
                     kCall);
    if (made) {
      return conflicts;
    }
    if (made.error().code() != Code::conflict) {
      ADD_FAILURE() << made.error().text();
      return conflicts;
    }
  }
}

TEST_P(GdmStoreContract, CommitsOfManyWritersAreOneAfterTheOther) {
  constexpr int kThreads = 4;
  constexpr int kEach = 4;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    // Two threads on one node, and several nodes.
    auto& node = i % 2 == 0 ? store_ : world_->node();
    threads.emplace_back([&node, i] {
      for (int n = 0; n < kEach; ++n) {
        add_one(node, std::to_string(i));
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  const auto snapshot = world_->node().read(kCall).value();
  EXPECT_EQ(texts(snapshot).at("sous.yaml"), std::to_string(kThreads * kEach));
  const auto history = store_.history({}, 1000, kCall).value().entries;
  ASSERT_EQ(history.size(), static_cast<std::size_t>(kThreads * kEach));
  for (std::size_t i = 0; i < history.size(); ++i) {
    EXPECT_EQ(history[i].parent, i + 1 < history.size() ? history[i + 1].revision : "");
    EXPECT_EQ(texts(store_.read_at(history[i].revision, kCall).value()).at("sous.yaml"),
              std::to_string(history.size() - i));
  }
}

// Any sequence of reads and commits by two nodes ends as the same sequence on a plain map.
TEST_P(GdmStoreContract, BehavesAsAModel) {
  const bool is_git = std::string_view(GetParam().name).starts_with("git");
  auto params = rc::detail::configuration().testParams;
  params.maxSuccess = is_git ? 4 : 100;
  params.maxSize = is_git ? 12 : 60;
  const auto result = rc::detail::checkTestable(
      [&] {
        const auto world = GetParam().make();
        GdmStore* nodes[] = {&world->node(), &world->node()};
        std::vector<std::pair<std::string, Texts>> model{{"", {}}};
        const auto steps = *rc::gen::container<std::vector<std::array<std::size_t, 4>>>(
            rc::gen::container<std::array<std::size_t, 4>>(rc::gen::inRange<std::size_t>(0, 1000)));
        for (const auto& [who, how, path_number, text] : steps) {
          auto& node = *nodes[who % 2];
          const auto& known = model[how % 3 == 0 ? who % model.size() : model.size() - 1];
          const auto path = "manifests/p" + std::to_string(path_number % 3);
          const auto value = text % 4 == 0 ? std::optional<std::string>()
                                           : std::optional(std::to_string(text % 5));
          const auto made = node.commit(known.first, change({{path, value}}), kCall);
          if (known.first != model.back().first) {
            RC_ASSERT(!made);
            RC_ASSERT(made.error().code() == Code::conflict);
          } else {
            RC_ASSERT(made.has_value());
            auto next = known.second;
            value ? void(next[path] = *value) : void(next.erase(path));
            model.emplace_back(*made, std::move(next));
          }
          const auto seen = nodes[(who + how) % 2]->read(kCall);
          RC_ASSERT(seen.has_value());
          RC_ASSERT(seen->revision == model.back().first);
          RC_ASSERT(texts(*seen) == model.back().second);
        }
        RC_ASSERT(nodes[0]->history({}, 1000, kCall)->entries.size() == model.size() - 1);
      },
      rc::detail::TestMetadata{},
      params);
  EXPECT_TRUE(result.template is<rc::detail::SuccessResult>()) << [&] {
    std::ostringstream out;
    rc::detail::printResultMessage(result, out);
    return out.str();
  }();
}

INSTANTIATE_TEST_SUITE_P(All, GdmStoreContract, testing::ValuesIn(kinds()), [](const auto& kind) {
  return std::string(kind.param.name);
});

}  // namespace
}  // namespace sous
