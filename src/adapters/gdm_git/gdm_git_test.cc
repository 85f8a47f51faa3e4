// What is true of the GDM in git alone; what every store does is in tests/contract.

#include "adapters/gdm_git/gdm_git.h"

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/files_posix/file_system.h"
#include "adapters/process_posix/process_runner.h"
#include "adapters/system_posix/clock.h"
#include "adapters/system_posix/rng.h"
#include "support/await.h"
#include "support/temp_dir.h"
#include "support/test_git.h"

namespace sous::gdm_git {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;

const Call kCall;

class RecordedEvents final : public EventSink {
 public:
  void emit(const Event& event) override {
    const std::lock_guard lock(mutex_);
    names_.emplace_back(event.name);
    texts_ += event.text + "\n";
  }

  std::vector<std::string> names() {
    const std::lock_guard lock(mutex_);
    return std::exchange(names_, {});
  }

  const std::string& texts() const { return texts_; }

 private:
  std::mutex mutex_;
  std::vector<std::string> names_;
  std::string texts_;
};

// Lets a test end a push as the network would.
class BreakingRunner final : public ProcessRunner {
 public:
  enum class Break { none, before, after, after_and_away };

  explicit BreakingRunner(ProcessRunner& runner) : runner_(runner) {}

  Result<ProcessResult> run(const ProcessSpec& spec, const Call& call) override {
    let_others_in(spec);
    const bool pushes = std::ranges::find(spec.argv, "push") != spec.argv.end();
    const bool fetches = std::ranges::find(spec.argv, "fetch") != spec.argv.end();
    if (pushes && how_ != Break::none) {
      if (how_ != Break::before) {
        (void)runner_.run(spec, call);
      }
      return ProcessResult{
          .exit_code = 128, .out = {}, .err = "fatal: the remote end hung up unexpectedly\n"};
    }
    if (fetches && how_ == Break::after_and_away) {
      return ProcessResult{.exit_code = 128, .out = {}, .err = "fatal: no route to host\n"};
    }
    return runner_.run(spec, call);
  }

  void set(Break how) { how_ = how; }

  /// Runs `meanwhile` once, before the first command with this argument.
  void before(std::string argument, std::function<void()> meanwhile) {
    argument_ = std::move(argument);
    meanwhile_ = std::move(meanwhile);
  }

 private:
  void let_others_in(const ProcessSpec& spec) {
    if (meanwhile_ && std::ranges::find(spec.argv, argument_) != spec.argv.end()) {
      std::exchange(meanwhile_, nullptr)();
    }
  }

  ProcessRunner& runner_;
  Break how_ = Break::none;
  std::string argument_;
  std::function<void()> meanwhile_;
};

// Its seconds never end.
class FrozenClock final : public Clock {
 public:
  explicit FrozenClock(Clock& clock) : clock_(clock) {}

  WallTime wall() override { return WallTime(std::chrono::seconds(1'767'225'600)); }

  MonoTime now() override { return clock_.now(); }

  Status sleep(Duration duration, const Call& call) override {
    return clock_.sleep(duration, call);
  }

 private:
  Clock& clock_;
};

class GdmGit : public testing::Test {
 protected:
  std::unique_ptr<GitGdmStore> open(const std::string& location) {
    const Config config{.location = parse_location(location).value(), .clones = root_ + "/clones"};
    return std::make_unique<GitGdmStore>(config, Parts{breaking_, files_, clock_, rng_, events_});
  }

  // Another node, which nothing interrupts.
  std::unique_ptr<GitGdmStore> open_other(const std::string& location) {
    const Config config{.location = parse_location(location).value(), .clones = root_ + "/others"};
    return std::make_unique<GitGdmStore>(config, Parts{git_, files_, clock_, rng_, events_});
  }

  std::string git(const std::string& directory, std::vector<std::string> arguments) {
    return git_.git(directory, std::move(arguments)).value();
  }

  std::string bare(const std::string& name, const std::string& branch = "main") {
    git(root_, {"init", "-q", "--bare", "-b", branch, name});
    return "file://" + root_ + "/" + name;
  }

  static GdmChange change(const std::string& path, std::optional<std::string> text) {
    GdmChange out;
    out.author = {.name = "Ann", .email = "ann@example.com"};
    out.message = "change " + path;
    out.records[path] = std::move(text);
    return out;
  }

  static std::string read_file(const std::string& path) {
    std::ifstream in(path);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }

  static void write_file(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << text;
  }

  support::TempDir directory_;
  const std::string root_ = directory_.path();
  system_posix::SystemClock clock_;
  system_posix::SystemRng rng_;
  process_posix::PosixProcessRunner processes_{clock_};
  support::TestGit git_{processes_};
  BreakingRunner breaking_{git_};
  files_posix::PosixFileSystem files_{clock_, root_};
  RecordedEvents events_;
};

TEST_F(GdmGit, ReadingMakesNoRepository) {
  auto store = open(root_ + "/gdm");
  EXPECT_EQ(store->read(kCall)->revision, "");
  EXPECT_FALSE(fs::exists(root_ + "/gdm"));
}

TEST_F(GdmGit, TheFirstCommitMakesARepositoryThatPeopleCanEdit) {
  const auto path = root_ + "/deep/gdm";
  auto store = open(path);
  const auto first = store->commit("", change("manifests/a.yaml", "1\n"), kCall);
  ASSERT_TRUE(first) << first.error().text();
  EXPECT_EQ(read_file(path + "/manifests/a.yaml"), "1\n");
  EXPECT_EQ(git(path, {"status", "--porcelain"}), "");
  EXPECT_EQ(git(path, {"log", "-1", "--format=%an %ae %cn %s"}),
            "Ann ann@example.com Ann change manifests/a.yaml");
  write_file(path + "/manifests/a.yaml", "2\n");
  EXPECT_EQ(*store->read(kCall)->records.at("manifests/a.yaml"), "1\n") << "not committed yet";
  git(path, {"commit", "-qam", "by hand"});
  const auto snapshot = store->read(kCall).value();
  EXPECT_EQ(*snapshot.records.at("manifests/a.yaml"), "2\n");
  const auto history = store->history({}, 10, kCall).value().entries;
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].message, "by hand");
  EXPECT_EQ(history[0].author.name, "Pat Person");
  EXPECT_EQ(git(path, {"for-each-ref", "refs/sous"}), "");
}

TEST_F(GdmGit, AWorkTreeFollowsAndKeepsEdits) {
  const auto path = root_ + "/gdm";
  auto store = open(path);
  GdmChange first = change("manifests/a", "a1\n");
  for (const auto* name : {"b", "c", "d", "e"}) {
    first.records["manifests/"s + name] = name + "1\n"s;
  }
  auto base = store->commit("", first, kCall).value();

  // Edits of files that the change does not touch are no obstacle.
  write_file(path + "/manifests/b", "b mine\n");
  write_file(path + "/notes.txt", "mine\n");
  base = store->commit(base, change("manifests/a", "a2\n"), kCall).value();
  EXPECT_THAT(events_.names(), ElementsAre());
  EXPECT_EQ(git(path, {"status", "--porcelain"}), " M manifests/b\n?? notes.txt");

  // a: clean, b: edited, c: staged, d: clean and deleted, f: a file that git does not know.
  write_file(path + "/manifests/c", "c mine\n");
  git(path, {"add", "manifests/c"});
  write_file(path + "/manifests/f", "f mine\n");
  auto second = change("manifests/a", "a3\n");
  second.records["manifests/b"] = "b3\n";
  second.records["manifests/c"] = "c3\n";
  second.records["manifests/d"] = std::nullopt;
  second.records["manifests/f"] = "f3\n";
  second.records["manifests/new/g"] = "g3\n";
  base = store->commit(base, second, kCall).value();
  EXPECT_THAT(events_.names(), ElementsAre("gdm.edits_kept"));
  EXPECT_THAT(events_.texts(), HasSubstr("manifests/b, manifests/c, manifests/f"));
  EXPECT_EQ(read_file(path + "/manifests/a"), "a3\n");
  EXPECT_EQ(read_file(path + "/manifests/b"), "b mine\n");
  EXPECT_EQ(read_file(path + "/manifests/c"), "c mine\n");
  EXPECT_EQ(git(path, {"show", ":manifests/c"}), "c mine");
  EXPECT_FALSE(fs::exists(path + "/manifests/d"));
  EXPECT_EQ(read_file(path + "/manifests/f"), "f mine\n");
  EXPECT_EQ(read_file(path + "/manifests/new/g"), "g3\n");
  // A person who commits another file now undoes nothing of the change.
  EXPECT_EQ(git(path, {"status", "--porcelain"}),
            " M manifests/b\nM  manifests/c\n M manifests/f\n?? notes.txt");
  EXPECT_EQ(*store->read(kCall)->records.at("manifests/b"), "b3\n");
}

TEST_F(GdmGit, AFileInTheWayOfTheVeryFirstCommitStays) {
  const auto path = root_ + "/gdm";
  git(root_, {"init", "-q", "-b", "main", path});
  write_file(path + "/sous.yaml", "mine\n");
  auto store = open(path);
  auto first = change("sous.yaml", "1\n");
  first.records["defs.yaml"] = "2\n";
  ASSERT_TRUE(store->commit("", first, kCall));
  EXPECT_EQ(read_file(path + "/sous.yaml"), "mine\n");
  EXPECT_EQ(read_file(path + "/defs.yaml"), "2\n");
  EXPECT_THAT(events_.names(), ElementsAre("gdm.edits_kept"));
}

TEST_F(GdmGit, RefusesRecordsThatAreNoTexts) {
  const auto path = root_ + "/gdm";
  auto store = open(path);
  ASSERT_TRUE(store->commit("", change("manifests/good", "1\n"), kCall));
  ASSERT_TRUE(store->read(kCall));
  write_file(path + "/manifests/big", std::string((10U << 20U) + 1, 'x'));
  write_file(path + "/manifests/latin1", "gr\xfc\xdf\n");
  write_file(path + "/README.md", "\xff");
  write_file(path + "/manifests/new\nline", "x");
  fs::create_symlink("/etc/hostname", path + "/manifests/link");
  git(path, {"init", "-q", "manifests/sub"});
  git(path + "/manifests/sub", {"commit", "-q", "--allow-empty", "-m", "x"});
  git(path, {"add", "-A"});
  git(path, {"commit", "-qm", "by hand"});
  const auto snapshot = store->read(kCall);
  ASSERT_TRUE(snapshot) << snapshot.error().text();
  EXPECT_EQ(snapshot->records.size(), 1U);
  EXPECT_THAT(snapshot->refused.at("manifests/big"), HasSubstr("4 MiB"));
  EXPECT_THAT(snapshot->refused.at("manifests/latin1"), HasSubstr("UTF-8"));
  EXPECT_THAT(snapshot->refused.at("manifests/link"), HasSubstr("symlink"));
  EXPECT_THAT(snapshot->refused.at("manifests/sub"), HasSubstr("submodule"));
  EXPECT_EQ(snapshot->refused.size(), 5U);
  const auto anew = open(path)->read(kCall);
  EXPECT_EQ(anew->refused, snapshot->refused) << "what is new is judged as all is";
  EXPECT_EQ(anew->records.size(), 1U);
  // They are no obstacle to a commit, and it does not change them.
  ASSERT_TRUE(store->commit(snapshot->revision, change("manifests/good", "2\n"), kCall));
  EXPECT_EQ(store->read(kCall)->refused.size(), 5U);
  git(path, {"rm", "-q", "-f", "manifests/big", "manifests/latin1"});
  git(path, {"commit", "-qm", "mended"});
  EXPECT_EQ(store->read(kCall)->refused.size(), 3U);
}

TEST_F(GdmGit, WorksOnABareRepositoryByPath) {
  bare("gdm.git", "trunk");
  auto store = open(root_ + "/gdm.git");
  const auto first = store->commit("", change("sous.yaml", "1\n"), kCall);
  ASSERT_TRUE(first) << first.error().text();
  EXPECT_EQ(git(root_ + "/gdm.git", {"rev-parse", "trunk"}), *first);
}

TEST_F(GdmGit, RefusesADirectoryThatHoldsSomethingElse) {
  write_file(root_ + "/gdm/file", "x");
  auto store = open(root_ + "/gdm");
  const auto snapshot = store->read(kCall);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().code(), Code::invalid_data);
  EXPECT_NE(snapshot.error().hint(), "");
  EXPECT_FALSE(store->commit("", change("sous.yaml", "1"), kCall));
  EXPECT_FALSE(fs::exists(root_ + "/gdm/.git"));
}

TEST_F(GdmGit, ADirectoryInsideAnotherRepositoryIsNotThatRepository) {
  git(root_, {"init", "-q", "outer"});
  git(root_ + "/outer", {"commit", "-q", "--allow-empty", "-m", "x"});
  fs::create_directory(root_ + "/outer/gdm");
  auto store = open(root_ + "/outer/gdm");
  EXPECT_EQ(store->read(kCall)->revision, "");
  ASSERT_TRUE(store->commit("", change("sous.yaml", "1"), kCall));
  EXPECT_TRUE(fs::exists(root_ + "/outer/gdm/.git"));
  EXPECT_EQ(git(root_ + "/outer", {"rev-list", "--count", "HEAD"}), "1");
}

TEST_F(GdmGit, ADetachedHeadIsNoBranch) {
  auto store = open(root_ + "/gdm");
  ASSERT_TRUE(store->commit("", change("sous.yaml", "1"), kCall));
  git(root_ + "/gdm", {"checkout", "-q", "--detach"});
  const auto snapshot = store->read(kCall);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().code(), Code::invalid_data);
}

TEST_F(GdmGit, TheFirstCommitGoesToTheBranchThatTheRemotesHeadNames) {
  const auto url = bare("remote.git", "trunk");
  auto store = open(url);
  const auto first = store->commit("", change("sous.yaml", "1\n"), kCall);
  ASSERT_TRUE(first) << first.error().text();
  EXPECT_EQ(git(root_ + "/remote.git", {"rev-parse", "trunk"}), *first);
  git(root_, {"clone", "-q", url, "people"});
  EXPECT_EQ(read_file(root_ + "/people/sous.yaml"), "1\n");
}

TEST_F(GdmGit, FollowsTheRemotesHeadToAnotherBranch) {
  const auto url = bare("remote.git", "trunk");
  auto store = open(url);
  const auto first = store->commit("", change("sous.yaml", "1\n"), kCall).value();
  git(root_ + "/remote.git", {"branch", "-m", "trunk", "main"});
  const auto second = store->commit(first, change("sous.yaml", "2\n"), kCall);
  ASSERT_TRUE(second) << second.error().text();
  EXPECT_EQ(git(root_ + "/remote.git", {"rev-parse", "main"}), *second);
}

TEST_F(GdmGit, WorksOnANamedBranch) {
  const auto url = bare("remote.git");
  auto main = open(url);
  const auto first = main->commit("", change("sous.yaml", "main\n"), kCall).value();
  auto missing = open(url + "#other");
  const auto none = missing->read(kCall);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), Code::not_found);
  EXPECT_THAT(none.error().hint(), HasSubstr("main"));
  git(root_ + "/remote.git", {"branch", "other", "main"});
  auto other = open(url + "#other");
  EXPECT_EQ(other->read(kCall)->revision, first);
  ASSERT_TRUE(other->commit(first, change("sous.yaml", "other\n"), kCall));
  EXPECT_EQ(main->read(kCall)->revision, first);
  EXPECT_EQ(*other->read(kCall)->records.at("sous.yaml"), "other\n");
}

TEST_F(GdmGit, ARemoteThatLostItsHistoryIsNoEmptyGdm) {
  const auto url = bare("remote.git");
  auto store = open(url);
  const auto first = store->commit("", change("sous.yaml", "1\n"), kCall).value();
  fs::remove_all(root_ + "/remote.git");  // lint: in the test's own directory
  bare("remote.git");
  const auto snapshot = store->read(kCall);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().code(), Code::unavailable) << snapshot.error().text();
  EXPECT_EQ(store->commit(first, change("sous.yaml", "2\n"), kCall).error().code(), Code::conflict);
}

TEST_F(GdmGit, TwoNodesCannotBothHaveMadeTheSameChange) {
  // The same change on the same base in the same second: only the nonce tells the commits apart.
  FrozenClock clock(clock_);
  const auto url = bare("remote.git");
  const auto make = [&](ProcessRunner& runner, const std::string& clones) {
    return GitGdmStore({.location = parse_location(url).value(), .clones = root_ + clones},
                       Parts{runner, files_, clock, rng_, events_});
  };
  auto ours = make(breaking_, "/ours");
  auto theirs = make(git_, "/theirs");
  const auto base = ours.commit("", change("sous.yaml", "1\n"), kCall).value();
  std::optional<std::string> taken;
  breaking_.before("push",
                   [&] { taken = theirs.commit(base, change("sous.yaml", "2\n"), kCall).value(); });
  const auto late = ours.commit(base, change("sous.yaml", "2\n"), kCall);
  ASSERT_TRUE(taken);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), Code::conflict) << late.error().text();
  EXPECT_EQ(ours.read(kCall)->revision, *taken);
}

TEST_F(GdmGit, AFirstCommitMayComeWhileTheRemoteIsAsked) {
  const auto url = bare("remote.git");
  auto ours = open(url);
  auto theirs = open_other(url);
  breaking_.before(
      "--heads", [&] { EXPECT_TRUE(theirs->commit("", change("sous.yaml", "theirs\n"), kCall)); });
  const auto late = ours->commit("", change("sous.yaml", "ours\n"), kCall);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), Code::conflict) << late.error().text();
}

TEST_F(GdmGit, WritersOnOneWorkTreeTakeTurns) {
  const auto path = root_ + "/gdm";
  auto ours = open(path);
  const Config config{.location = parse_location(path).value(), .clones = root_ + "/clones"};
  GitGdmStore theirs(config, Parts{git_, files_, clock_, rng_, events_});
  const auto base = ours->commit("", change("sous.yaml", "1\n"), kCall).value();
  std::atomic<bool> done = false;
  std::thread other;
  // Our branch has moved and our files have not: nobody else's may move now.
  breaking_.before("read-tree", [&] {
    other = std::thread([&] {
      const auto newest = theirs.read(kCall)->revision;
      EXPECT_TRUE(theirs.commit(newest, change("defs.yaml", "2\n"), kCall));
      done = true;
    });
    EXPECT_FALSE(support::await([&] { return done.load(); }, std::chrono::milliseconds(300)));
  });
  EXPECT_TRUE(ours->commit(base, change("sous.yaml", "3\n"), kCall));
  other.join();
  EXPECT_EQ(git(path, {"status", "--porcelain"}), "");
  EXPECT_EQ(read_file(path + "/sous.yaml") + read_file(path + "/defs.yaml"), "3\n2\n");
}

TEST_F(GdmGit, ARuleOfTheRemoteIsForbidden) {
  const auto url = bare("remote.git");
  auto store = open(url);
  const auto first = store->commit("", change("sous.yaml", "1\n"), kCall).value();
  const auto hook = root_ + "/remote.git/hooks/pre-receive";
  write_file(hook, "#!/bin/sh\nexit 1\n");
  fs::permissions(hook, fs::perms::owner_all);
  const auto second = store->commit(first, change("sous.yaml", "2\n"), kCall);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Code::forbidden) << second.error().text();
  EXPECT_EQ(store->read(kCall)->revision, first);
}

TEST_F(GdmGit, AfterABrokenPushTheRemoteIsAsked) {
  const auto url = bare("remote.git");
  auto store = open(url);
  auto base = store->commit("", change("sous.yaml", "1\n"), kCall).value();

  breaking_.set(BreakingRunner::Break::after);
  const auto taken = store->commit(base, change("sous.yaml", "2\n"), kCall);
  ASSERT_TRUE(taken) << taken.error().text();
  EXPECT_EQ(git(root_ + "/remote.git", {"rev-parse", "main"}), *taken);

  breaking_.set(BreakingRunner::Break::before);
  const auto lost = store->commit(*taken, change("sous.yaml", "3\n"), kCall);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code(), Code::unverified) << lost.error().text();

  breaking_.set(BreakingRunner::Break::after_and_away);
  const auto unknown = store->commit(*taken, change("sous.yaml", "4\n"), kCall);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), Code::unverified) << unknown.error().text();
  breaking_.set(BreakingRunner::Break::none);
  EXPECT_EQ(*store->read(kCall)->records.at("sous.yaml"), "4\n");
}

TEST_F(GdmGit, ACloneWithAnUpstreamCountsWhatTheRemoteHas) {
  const auto url = bare("remote.git");
  auto remote = open(url);
  const auto first = remote->commit("", change("sous.yaml", "1\n"), kCall).value();
  git(root_, {"clone", "-q", url, "clone"});
  auto store = open(root_ + "/clone");
  const auto second = store->commit(first, change("sous.yaml", "2\n"), kCall);
  ASSERT_TRUE(second) << second.error().text();
  EXPECT_EQ(remote->read(kCall)->revision, *second);
  EXPECT_EQ(read_file(root_ + "/clone/sous.yaml"), "2\n");
  EXPECT_EQ(git(root_ + "/clone", {"status", "--porcelain", "-b"}), "## main...origin/main");

  git(root_ + "/clone", {"commit", "-q", "--allow-empty", "-m", "not pushed"});
  EXPECT_EQ(store->read(kCall)->revision, *second);
  const auto third = store->commit(*second, change("sous.yaml", "3\n"), kCall);
  ASSERT_TRUE(third) << third.error().text();
  EXPECT_THAT(events_.names(), ElementsAre("gdm.local_commits"));
  EXPECT_EQ(read_file(root_ + "/clone/sous.yaml"), "2\n");
}

// Commits by several writers of one repository, until each has made its own.
void write_from_threads(std::vector<GitGdmStore*> stores) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < stores.size(); ++i) {
    threads.emplace_back([store = stores[i], i] {
      for (int n = 0; n < 4; ++n) {
        GdmChange change;
        change.records["manifests/" + std::to_string(i)] = std::to_string(n);
        change.records["sous.yaml"] = std::to_string(i) + " " + std::to_string(n);
        for (;;) {
          const auto made = store->commit(store->read(kCall)->revision, change, kCall);
          if (made) {
            break;
          }
          ASSERT_EQ(made.error().code(), Code::conflict) << made.error().text();
        }
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
}

TEST_F(GdmGit, AWorkTreeFollowsWritersThatRace) {
  const auto path = root_ + "/gdm";
  auto store = open(path);
  auto other = open(path);
  write_from_threads({store.get(), store.get(), other.get()});
  EXPECT_EQ(git(path, {"status", "--porcelain"}), "");
  EXPECT_THAT(events_.names(), ElementsAre());

  const auto url = bare("remote.git");
  git(root_, {"clone", "-q", url, "clone"});
  auto clone = open(root_ + "/clone");
  auto remote = open(url);
  write_from_threads({clone.get(), clone.get(), remote.get()});
  ASSERT_TRUE(clone->commit(clone->read(kCall)->revision, change("defs.yaml", ""), kCall));
  EXPECT_EQ(git(root_ + "/clone", {"status", "--porcelain", "-b"}), "## main...origin/main");
  EXPECT_THAT(events_.names(), ElementsAre());
}

TEST_F(GdmGit, RunsFewProcesses) {
  auto store = open(root_ + "/gdm");
  GdmChange first = change("sous.yaml", "1\n");
  for (int i = 0; i < 300; ++i) {
    first.records["manifests/m" + std::to_string(i)] = std::to_string(i);
  }
  auto base = store->commit("", first, kCall).value();
  auto before = git_.runs();
  ASSERT_EQ(store->read(kCall)->records.size(), 301U);
  EXPECT_EQ(git_.runs() - before, 3) << "for-each-ref, ls-tree, cat-file";
  before = git_.runs();
  ASSERT_TRUE(store->read(kCall));
  EXPECT_EQ(git_.runs() - before, 1) << "for-each-ref: nothing is new";
  before = git_.runs();
  base = store->commit(base, change("sous.yaml", "2\n"), kCall).value();
  EXPECT_EQ(git_.runs() - before, 4) << "for-each-ref, fast-import, update-ref, read-tree";
  before = git_.runs();
  ASSERT_EQ(*store->read(kCall)->records.at("sous.yaml"), "2\n");
  EXPECT_EQ(git_.runs() - before, 3) << "for-each-ref, diff-tree, cat-file";
  before = git_.runs();
  base = store->commit(base, change("manifests/new", "1\n"), kCall).value();
  EXPECT_EQ(git_.runs() - before, 5) << "ls-tree too: another name may be like it";
  before = git_.runs();
  ASSERT_TRUE(store->history({}, 10, kCall));
  EXPECT_EQ(git_.runs() - before, 2);
}

TEST_F(GdmGit, WaitsForALockOfAnotherGitAndNamesAStaleOne) {
  auto store = open(root_ + "/gdm");
  const auto base = store->commit("", change("sous.yaml", "1\n"), kCall).value();
  write_file(root_ + "/gdm/.git/refs/heads/main.lock", "");
  const auto blocked = store->commit(base, change("sous.yaml", "2\n"), kCall);
  ASSERT_FALSE(blocked);
  EXPECT_EQ(blocked.error().code(), Code::unavailable) << blocked.error().text();
  EXPECT_THAT(blocked.error().hint(), HasSubstr(".lock"));
  fs::remove(root_ + "/gdm/.git/refs/heads/main.lock");
  EXPECT_TRUE(store->commit(base, change("sous.yaml", "2\n"), kCall));
}

TEST_F(GdmGit, IsNotSteeredByASurroundingGitNorByHooks) {
  auto store = open(root_ + "/gdm");
  const auto base = store->commit("", change("sous.yaml", "1\n"), kCall).value();
  const auto hook = root_ + "/gdm/.git/hooks/reference-transaction";
  write_file(hook, "#!/bin/sh\nexit 1\n");
  fs::permissions(hook, fs::perms::owner_all);
  const std::vector<const char*> variables{
      "GIT_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_WORK_TREE"};
  for (const auto* name : variables) {
    ::setenv(name, "/nonexistent/place", 1);
  }
  const auto made = store->commit(base, change("sous.yaml", "2\n"), kCall);
  const auto other = open(root_ + "/other")->commit("", change("sous.yaml", "3\n"), kCall);
  for (const auto* name : variables) {
    ::unsetenv(name);
  }
  EXPECT_TRUE(made) << made.error().text();
  EXPECT_TRUE(other) << other.error().text();
  EXPECT_EQ(git(root_ + "/gdm", {"status", "--porcelain"}), "");
}

TEST_F(GdmGit, ACutOffInitIsRepaired) {
  fs::create_directories(root_ + "/gdm/.git");
  write_file(root_ + "/gdm/.git/HEAD", "ref: refs/heads/main\n");
  auto store = open(root_ + "/gdm");
  EXPECT_EQ(store->read(kCall)->revision, "");
  EXPECT_TRUE(store->commit("", change("sous.yaml", "1\n"), kCall));
}

TEST_F(GdmGit, NeverShowsThePasswordOfTheUrl) {
  auto store = open("http://user:hunter2@127.0.0.1:1/gdm.git");
  const auto snapshot = store->read(kCall);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().code(), Code::unavailable);
  EXPECT_EQ((snapshot.error().text() + snapshot.error().hint()).find("hunter2"), std::string::npos);
}

// Has git count its flushes of files to the disk.
class FlushCounter final : public ProcessRunner {
 public:
  FlushCounter(ProcessRunner& runner, std::string trace)
      : runner_(runner), trace_(std::move(trace)) {}

  Result<ProcessResult> run(const ProcessSpec& spec, const Call& call) override {
    ProcessSpec traced = spec;
    traced.environment["GIT_TRACE2_PERF"] = trace_;
    return runner_.run(traced, call);
  }

  static int count(const std::string& trace) {
    constexpr std::string_view kCounter = "fsync/hardware-flush:";
    int out = 0;
    for (auto at = trace.find(kCounter); at != std::string::npos; at = trace.find(kCounter, at)) {
      at += kCounter.size();
      int flushes = 0;
      std::from_chars(trace.data() + at, trace.data() + trace.size(), flushes);
      out += flushes;
    }
    return out;
  }

 private:
  ProcessRunner& runner_;
  std::string trace_;
};

TEST_F(GdmGit, WhatIsAcknowledgedIsOnTheDisk) {
  FlushCounter counter(git_, root_ + "/trace");
  const Config config{.location = parse_location(root_ + "/gdm").value(),
                      .clones = root_ + "/clones"};
  GitGdmStore store(config, Parts{counter, files_, clock_, rng_, events_});
  const auto base = store.commit("", change("sous.yaml", "1"), kCall).value();
  fs::remove(root_ + "/trace");
  ASSERT_TRUE(store.commit(base, change("defs.yaml", "2"), kCall));
  // A blob, a tree, a commit, and the branch that names it.
  EXPECT_GE(FlushCounter::count(read_file(root_ + "/trace")), 4);
}

}  // namespace
}  // namespace sous::gdm_git
