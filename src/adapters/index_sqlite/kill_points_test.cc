// A process may die at any of its writes. The write calls of an undisturbed run are counted, and
// the run is repeated dying at each of them in turn: before it, and in the middle of it.

#include <sqlite3.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/files_posix/file_system.h"
#include "adapters/index_sqlite/sqlite_index.h"
#include "adapters/process_posix/process_runner.h"
#include "adapters/system_posix/clock.h"
#include "base/text.h"
#include "support/fake_event_sink.h"
#include "support/index_facts.h"
#include "support/temp_dir.h"

namespace sous::index_sqlite {
namespace {

constexpr int kDied = 86;
constexpr int kRounds = 3;
const ImageRepository kRepository{"h.example.com", "p"};

// ---- a file system for SQLite that dies at one of its writes
// ----------------------------------------

struct Mortal {
  std::uint64_t writes = 0;
  std::uint64_t die_at = 0;  // 0: never
  bool torn = false;         // half of the last write gets through

  /// Counts one call that changes a file; `half` does a part of it.
  template <typename Half>
  void count(const Half& half) {
    if (++writes == die_at) {
      if (torn) {
        half();
      }
      ::_exit(kDied);
    }
  }
};

Mortal& mortal() {
  static Mortal one;
  return one;
}

// SQLite's own file with another table of methods, kept beside its state.
struct File {
  sqlite3_file base;
  sqlite3_file* real;
};

sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
  sqlite3_file* real = real_of(file);
  mortal().count([&] { real->pMethods->xWrite(real, bytes, size / 2, at); });
  return real->pMethods->xWrite(real, bytes, size, at);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  sqlite3_file* real = real_of(file);
  mortal().count([] {});
  return real->pMethods->xTruncate(real, size);
}

int sync(sqlite3_file* file, int flags) {
  sqlite3_file* real = real_of(file);
  mortal().count([] {});
  return real->pMethods->xSync(real, flags);
}

// All other methods are the real ones on the real file.
template <auto method, typename... Arguments>
int pass(sqlite3_file* file, Arguments... arguments) {
  sqlite3_file* real = real_of(file);
  return (real->pMethods->*method)(real, arguments...);
}

int close(sqlite3_file* file) {
  sqlite3_file* real = real_of(file);
  const int out = real->pMethods->xClose(real);
  std::free(real);
  return out;
}

void unlock_shared_memory_barrier(sqlite3_file* file) {
  sqlite3_file* real = real_of(file);
  real->pMethods->xShmBarrier(real);
}

const sqlite3_io_methods& methods() {
  using Io = sqlite3_io_methods;
  static const sqlite3_io_methods kMethods{
      .iVersion = 2,
      .xClose = close,
      .xRead = pass<&Io::xRead, void*, int, sqlite3_int64>,
      .xWrite = write,
      .xTruncate = truncate,
      .xSync = sync,
      .xFileSize = pass<&Io::xFileSize, sqlite3_int64*>,
      .xLock = pass<&Io::xLock, int>,
      .xUnlock = pass<&Io::xUnlock, int>,
      .xCheckReservedLock = pass<&Io::xCheckReservedLock, int*>,
      .xFileControl = pass<&Io::xFileControl, int, void*>,
      .xSectorSize = pass<&Io::xSectorSize>,
      .xDeviceCharacteristics = pass<&Io::xDeviceCharacteristics>,
      .xShmMap = pass<&Io::xShmMap, int, int, int, void volatile**>,
      .xShmLock = pass<&Io::xShmLock, int, int, int>,
      .xShmBarrier = unlock_shared_memory_barrier,
      .xShmUnmap = pass<&Io::xShmUnmap, int>,
  };
  return kMethods;
}

sqlite3_vfs* real_vfs = nullptr;

int open_file(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags, int* out) {
  auto* const real =
      static_cast<sqlite3_file*>(std::calloc(1, static_cast<std::size_t>(real_vfs->szOsFile)));
  const int result = real_vfs->xOpen(real_vfs, name, real, flags, out);
  auto* const ours = reinterpret_cast<File*>(file);
  ours->base.pMethods = nullptr;
  ours->real = real;
  if (result == SQLITE_OK) {
    ours->base.pMethods = &methods();
  } else {
    std::free(real);
  }
  return result;
}

int delete_file(sqlite3_vfs* /*vfs*/, const char* name, int sync_directory) {
  mortal().count([] {});
  return real_vfs->xDelete(real_vfs, name, sync_directory);
}

void die_at(std::uint64_t call, bool torn) {
  mortal().die_at = call;
  mortal().torn = torn;
  static sqlite3_vfs vfs;
  real_vfs = sqlite3_vfs_find(nullptr);
  vfs = *real_vfs;
  vfs.zName = "mortal";
  vfs.szOsFile = sizeof(File);
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  ASSERT_EQ(sqlite3_vfs_register(&vfs, 1), SQLITE_OK);
}

// ---- the run that dies
// -----------------------------------------------------------------------------

TagFact tag(int round) {
  return {.tag = ImageTag::parse(fmt::format("1.{}.0", round)).value(),
          .digest = support::sous_facts("github.com/u/p,1.2.3", std::to_string(round)).digest,
          .broken = {},
          .seen_at = WallTime(std::chrono::seconds(round)),
          .vanished_at = {},
          .requests = 1};
}

class KillPoints : public testing::Test {
 protected:
  std::unique_ptr<SqliteIndex> open(const std::string& directory) {
    auto index = SqliteIndex::open(directory, {files_, clock_, events_});
    EXPECT_TRUE(index) << index.error().text();
    return std::move(index.value());  // throws where it failed
  }

  system_posix::SystemClock clock_;
  support::TempDir directory_;
  files_posix::PosixFileSystem files_{clock_, directory_.path()};
  support::FakeEventSink events_;
};

// The other process of the next test; by itself it has nothing to do. After each write that was
// acknowledged it says so.
TEST_F(KillPoints, WritesUntilItDies) {
  const char* directory = std::getenv("SOUS_TEST_DIRECTORY");
  if (directory == nullptr) {
    return;
  }
  die_at(parse_uint(std::getenv("SOUS_TEST_DIE_AT")).value(),
         std::getenv("SOUS_TEST_TORN") != nullptr);
  const auto say = [](const std::string& line) {
    ASSERT_EQ(::write(STDERR_FILENO, line.data(), line.size()), static_cast<ssize_t>(line.size()));
  };
  {
    const auto index = open(directory);
    for (int round = 0; round < kRounds; ++round) {
      const std::vector facts{
          support::sous_facts("github.com/u/p,1.2.3", std::to_string(round)),
          support::sous_facts("github.com/u/q,1.2.3", "q" + std::to_string(round))};
      ASSERT_TRUE(index->put_facts(facts, {kRepository, "GET", {}}));
      say(fmt::format("facts {}\n", round));
      ASSERT_TRUE(index->put_scan({.repository = kRepository,
                                   .started_at = tag(round).seen_at,
                                   .finished_at = tag(round).seen_at,
                                   .completeness = Completeness::complete(),
                                   .tags = 1,
                                   .requests = 1},
                                  std::vector{tag(round)}));
      say(fmt::format("scan {}\n", round));
    }
  }
  say(fmt::format("writes {}\n", mortal().writes));
}

class KillPointsOutside : public KillPoints {
 protected:
  struct Ended {
    int exit_code = 0;
    std::string said;
  };

  Ended run(const std::string& directory, std::uint64_t die_at, bool torn) {
    ProcessSpec spec;
    spec.argv = {std::filesystem::read_symlink("/proc/self/exe").string(),
                 "--gtest_filter=KillPoints.WritesUntilItDies"};
    spec.environment = {{"SOUS_TEST_DIRECTORY", directory},
                        {"SOUS_TEST_DIE_AT", std::to_string(die_at)},
                        {"TMPDIR", directory_.path()}};  // it cannot clean up
    if (torn) {
      spec.environment["SOUS_TEST_TORN"] = "1";
    }
    auto result = processes_.run(spec, Call{});
    EXPECT_TRUE(result) << result.error().text();
    return {result->exit_code, result->err};
  }

  /// What was acknowledged is there, what is there is true, and it can go on.
  void check(const std::string& directory, const Ended& ended) {
    const auto index = open(directory);
    EXPECT_EQ(events_.count("index.rebuilt"), 0U);
    for (int round = 0; round < kRounds; ++round) {
      for (const auto& [source, salt] :
           {std::pair("github.com/u/p,1.2.3", std::to_string(round)),
            std::pair("github.com/u/q,1.2.3", "q" + std::to_string(round))}) {
        const auto facts = support::sous_facts(source, salt);
        const auto known = index->facts(facts.digest);
        ASSERT_TRUE(known) << known.error().text();
        EXPECT_TRUE(*known || !ended.said.contains(fmt::format("facts {}\n", round)));
        EXPECT_TRUE(!*known || **known == facts);
      }
    }
    check_scan(*index, ended);
    const auto more = support::sous_facts("github.com/u/p,1.2.3", "more");
    ASSERT_TRUE(index->put_facts(std::vector{more}, {kRepository, "GET", {}}));
    EXPECT_EQ(index->facts(more.digest).value(), more);
  }

  /// A scan and its tags are there together or not at all.
  static void check_scan(SqliteIndex& index, const Ended& ended) {
    const auto scan = index.last_scan(kRepository).value();
    const auto tags = index.tags(kRepository).value();
    if (!scan) {
      EXPECT_TRUE(tags.empty());
      EXPECT_FALSE(ended.said.contains("scan 0\n"));
      return;
    }
    const auto last =
        static_cast<int>(scan->started_at.time_since_epoch() / std::chrono::seconds(1));
    EXPECT_TRUE(last + 1 >= kRounds || !ended.said.contains(fmt::format("scan {}\n", last + 1)));
    ASSERT_EQ(tags.size(), static_cast<std::size_t>(last) + 1);
    for (int round = 0; round <= last; ++round) {
      const auto& fact = tags[static_cast<std::size_t>(round)];
      EXPECT_EQ(fact.digest, tag(round).digest);
      EXPECT_EQ(fact.vanished_at.has_value(), round != last);
    }
  }

  process_posix::PosixProcessRunner processes_{clock_};
};

TEST_F(KillPointsOutside, LeaveAnIndexThatOpensAndIsTrue) {
  const auto whole = run(directory_ / "whole", 0, false);
  ASSERT_EQ(whole.exit_code, 0) << whole.said;
  const auto at = whole.said.find("writes ");
  ASSERT_NE(at, std::string::npos) << whole.said;
  const auto writes =
      parse_uint(std::string_view(whole.said).substr(at + 7, whole.said.find('\n', at) - at - 7))
          .value();
  ASSERT_GT(writes, 20U);
  check(directory_ / "whole", whole);
  for (std::uint64_t call = 1; call <= writes; ++call) {
    for (const bool torn : {false, true}) {
      SCOPED_TRACE(fmt::format("write {} of {}{}", call, writes, torn ? ", torn" : ""));
      const std::string directory = directory_ / fmt::format("{}{}", call, torn ? "t" : "");
      const auto ended = run(directory, call, torn);
      ASSERT_EQ(ended.exit_code, kDied) << ended.said;
      check(directory, ended);
    }
  }
}

}  // namespace
}  // namespace sous::index_sqlite
