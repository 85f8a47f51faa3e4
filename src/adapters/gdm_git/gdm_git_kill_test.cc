// Dying at any moment, between any two calls to a program or to the file system, nothing that
// was acknowledged is lost, nothing is half there, and the next writer is not in anybody's way.

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "adapters/files_posix/file_system.h"
#include "adapters/gdm_git/gdm_git.h"
#include "adapters/process_posix/process_runner.h"
#include "adapters/system_posix/clock.h"
#include "adapters/system_posix/rng.h"
#include "support/temp_dir.h"
#include "support/test_git.h"

namespace sous::gdm_git {
namespace {

namespace fs = std::filesystem;

const Call kCall;

// Thrown where the process dies. Not a std::exception: only the test takes it.
struct Killed {};

// How long a process lives: it dies after its n-th call. What it does between two calls is seen by
// nobody, so that is also before the next one.
class Life {
 public:
  void end_after(int call) { last_ = call; }

  int calls() const { return calls_; }

  template <typename Body>
  auto call(Body body) {
    auto result = body();
    if (++calls_ == last_) {
      throw Killed{};
    }
    return result;
  }

 private:
  int calls_ = 0;
  int last_ = 0;  // 0: it lives on
};

class MortalProcesses final : public ProcessRunner {
 public:
  MortalProcesses(ProcessRunner& runner, Life& life) : runner_(runner), life_(life) {}

  Result<ProcessResult> run(const ProcessSpec& spec, const Call& call) override {
    return life_.call([&] { return runner_.run(spec, call); });
  }

 private:
  ProcessRunner& runner_;
  Life& life_;
};

class MortalFiles final : public FileSystem {
 public:
  MortalFiles(FileSystem& files, Life& life) : files_(files), life_(life) {}

  Result<std::string> read(const std::string& path, std::uint64_t max_bytes) override {
    return life_.call([&] { return files_.read(path, max_bytes); });
  }

  Result<std::unique_ptr<ByteSource>> open(const std::string& path) override {
    return life_.call([&] { return files_.open(path); });
  }

  Result<std::unique_ptr<ByteSink>> create(const std::string& path) override {
    return life_.call([&] { return files_.create(path); });
  }

  Status write(const std::string& path, std::string_view bytes, std::uint32_t mode) override {
    return life_.call([&] { return files_.write(path, bytes, mode); });
  }

  Status make_directories(const std::string& path) override {
    return life_.call([&] { return files_.make_directories(path); });
  }

  Result<std::optional<FileInfo>> info(const std::string& path) override {
    return life_.call([&] { return files_.info(path); });
  }

  Result<std::vector<DirectoryEntry>> list(const std::string& path) override {
    return life_.call([&] { return files_.list(path); });
  }

  Status remove(const std::string& path) override {
    return life_.call([&] { return files_.remove(path); });
  }

  Status remove_tree(const std::string& path) override {
    return life_.call([&] { return files_.remove_tree(path); });
  }

  Result<std::string> make_temporary(std::string_view prefix) override {
    return life_.call([&] { return files_.make_temporary(prefix); });
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path, const Call& call) override {
    return life_.call([&] { return files_.lock(path, call); });
  }

  Result<std::string> canonical(const std::string& path) override {
    return life_.call([&] { return files_.canonical(path); });
  }

 private:
  FileSystem& files_;
  Life& life_;
};

class SilentEvents final : public EventSink {
 public:
  void emit(const Event& /*event*/) override {}
};

using Texts = std::map<std::string, std::string, std::less<>>;

enum class Place : std::uint8_t { path, url, clone };

class KillPoints : public testing::TestWithParam<Place> {
 protected:
  // A new place, and a store on it whose life can be ended.
  struct World {
    support::TempDir root;
    std::string location;
    Life life;
  };

  std::unique_ptr<World> make_world() {
    auto out = std::make_unique<World>();
    const std::string root = out->root.path();
    out->location = root + "/gdm";
    if (GetParam() != Place::path) {
      git_.git(root, {"init", "-q", "--bare", "-b", "main", "remote.git"}).value();
      out->location = "file://" + root + "/remote.git";
    }
    if (GetParam() == Place::clone) {
      git_.git(root, {"clone", "-q", out->location, "work"}).value();
      out->location = root + "/work";
    }
    return out;
  }

  std::unique_ptr<GitGdmStore> open(const World& world,
                                    ProcessRunner& processes,
                                    FileSystem& files) {
    const Config config{.location = parse_location(world.location).value(),
                        .clones = world.root / "clones"};
    return std::make_unique<GitGdmStore>(config, Parts{processes, files, clock_, rng_, events_});
  }

  static GdmChange change(std::map<std::string, std::optional<std::string>, std::less<>> records) {
    return {.records = std::move(records),
            .author = {.name = "Ann", .email = "ann@example.com"},
            .message = "change"};
  }

  static Texts texts(GdmStore& store) {
    Texts out;
    const auto snapshot = store.read(kCall);
    EXPECT_TRUE(snapshot) << snapshot.error().text();
    for (const auto& [path, text] : snapshot->records) {
      out[path] = *text;
    }
    return out;
  }

  /// First a GDM, then a change of several records in it.
  void write(GdmStore& store, int& acknowledged) {
    const auto first = store.commit("", kFirst, kCall);
    ASSERT_TRUE(first) << first.error().text();
    acknowledged = 1;
    const auto second = store.commit(*first, kSecond, kCall);
    ASSERT_TRUE(second) << second.error().text();
    acknowledged = 2;
  }

  const GdmChange kFirst =
      change({{"sous.yaml", "1"}, {"manifests/a/b/c.yaml", "1"}, {"manifests/a/b/d.yaml", "1"}});
  const GdmChange kSecond = change({{"manifests/a/b/c.yaml", std::nullopt},
                                    {"manifests/a/b/d.yaml", "2"},
                                    {"given/e.yaml", "2"}});
  const std::vector<Texts> kStates{
      {},
      {{"sous.yaml", "1"}, {"manifests/a/b/c.yaml", "1"}, {"manifests/a/b/d.yaml", "1"}},
      {{"sous.yaml", "1"}, {"manifests/a/b/d.yaml", "2"}, {"given/e.yaml", "2"}}};

  system_posix::SystemClock clock_;
  system_posix::SystemRng rng_;
  process_posix::PosixProcessRunner processes_{clock_};
  support::TestGit git_{processes_};
  support::TempDir leftovers_;  // of those that died
  files_posix::PosixFileSystem files_{clock_, leftovers_.path()};
  SilentEvents events_;
};

TEST_P(KillPoints, NothingAcknowledgedIsLostAndNothingIsHalfWritten) {
  auto undisturbed = make_world();
  int all = 0;
  {
    MortalProcesses processes(git_, undisturbed->life);
    MortalFiles files(files_, undisturbed->life);
    int acknowledged = 0;
    write(*open(*undisturbed, processes, files), acknowledged);
    ASSERT_EQ(acknowledged, 2);
    all = undisturbed->life.calls();
  }
  ASSERT_GT(all, 10);
  for (int last = 1; last <= all; ++last) {
    SCOPED_TRACE("dies after call " + std::to_string(last) + " of " + std::to_string(all));
    auto world = make_world();
    MortalProcesses processes(git_, world->life);
    MortalFiles files(files_, world->life);
    int acknowledged = 0;
    world->life.end_after(last);
    try {
      write(*open(*world, processes, files), acknowledged);
    } catch (const Killed&) {
    }
    const auto next = open(*world, git_, files_);
    const Texts found = texts(*next);
    const auto state = std::ranges::find(kStates, found);
    ASSERT_NE(state, kStates.end()) << "half a change";
    EXPECT_GE(state - kStates.begin(), acknowledged) << "an acknowledged change is lost";
    const auto base = next->read(kCall)->revision;
    const auto more = next->commit(base, change({{"sous.yaml", "3"}}), kCall);
    ASSERT_TRUE(more) << "the dead stand in the way: " << more.error().text();
    Texts expected = found;
    expected["sous.yaml"] = "3";
    EXPECT_EQ(texts(*next), expected);
  }
}

INSTANTIATE_TEST_SUITE_P(All,
                         KillPoints,
                         testing::Values(Place::path, Place::url, Place::clone),
                         [](const auto& tested) {
                           return tested.param == Place::path  ? "path"
                                  : tested.param == Place::url ? "url"
                                                               : "clone";
                         });

}  // namespace
}  // namespace sous::gdm_git
