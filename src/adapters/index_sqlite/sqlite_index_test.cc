// What is true of the index in SQLite alone; what every index does is in tests/contract.

#include "adapters/index_sqlite/sqlite_index.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stop_token>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/files_posix/file_system.h"
#include "adapters/process_posix/process_runner.h"
#include "adapters/system_posix/clock.h"
#include "base/text.h"
#include "support/await.h"
#include "support/fake_event_sink.h"
#include "support/index_facts.h"
#include "support/temp_dir.h"

namespace sous::index_sqlite {
namespace {

namespace fs = std::filesystem;
using support::read_file;
using support::sous_facts;
using support::write_file;

class SqliteIndexTest : public testing::Test {
 protected:
  std::unique_ptr<SqliteIndex> open() {
    auto index = SqliteIndex::open(directory_ / "cache", {files_, clock_, events_});
    EXPECT_TRUE(index) << index.error().text();
    return std::move(index.value());  // throws where it failed
  }

  std::string file(int number) const {
    return directory_ / ("cache/index-v2." + std::to_string(number) + ".sqlite");
  }

  void fill(int count) {
    auto index = open();
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(put(*index, std::to_string(i)));
    }
  }

  static Status put(SqliteIndex& index, const std::string& salt) {
    return index.put_facts(
        std::vector{sous_facts("github.com/u/p,1.2.3", salt)},
        Evidence{
            .repository = {.host = "h.example.com", .path = "p"}, .request = "GET", .seen_at = {}});
  }

  static std::size_t count(SqliteIndex& index) {
    const auto found = index.find(SourceLocation::parse("github.com/u/p").value(), {});
    EXPECT_TRUE(found) << found.error().text();
    return found ? found->size() : 0;
  }

  support::TempDir directory_;
  system_posix::SystemClock clock_;
  files_posix::PosixFileSystem files_{clock_, directory_.path()};
  support::FakeEventSink events_;
};

TEST_F(SqliteIndexTest, KeepsItsFactsInAFileNamedAfterTheSchema) {
  fill(3);
  EXPECT_TRUE(fs::exists(file(1)));
  auto index = open();
  EXPECT_EQ(count(*index), 3U);
  EXPECT_EQ(events_.events().size(), 0U);
}

// What a killed process may leave, and worse. Each must open, and facts can be stored again.
TEST_F(SqliteIndexTest, ADamagedFileIsLeftAsideAndBegunAnew) {
  fill(50);
  const auto good = read_file(file(1));
  ASSERT_GT(good.size(), 8192U);
  std::string flipped = good;
  for (std::size_t i = 100; i < flipped.size(); i += 3) {
    flipped[i] = static_cast<char>(~flipped[i]);
  }
  const std::vector<std::string> damaged{
      "garbage that is no database at all, and longer than a header " + std::string(4096, 'x'),
      good.substr(0, 50),
      good.substr(0, 4096),
      good.substr(0, good.size() / 2),
      flipped};
  int number = 1;
  for (const auto& bytes : damaged) {
    SCOPED_TRACE(number);
    const auto path = file(number);
    fs::remove(path + "-wal");
    fs::remove(path + "-shm");
    write_file(path, bytes);
    auto index = open();
    EXPECT_EQ(count(*index), 0U);
    const auto stored = put(*index, "again");
    ASSERT_TRUE(stored) << stored.error().text();
    EXPECT_EQ(count(*index), 1U);
    EXPECT_EQ(events_.count("index.rebuilt"), static_cast<std::size_t>(number));
    EXPECT_EQ(read_file(path).substr(0, 40), bytes.substr(0, 40)) << "left as it was";
    ++number;
    EXPECT_TRUE(fs::exists(file(number)));
  }
  EXPECT_FALSE(fs::exists(file(1))) << "only the latest are kept";
}

TEST_F(SqliteIndexTest, AnEmptyFileIsANewIndex) {
  write_file(file(1), "");
  auto index = open();
  EXPECT_TRUE(put(*index, "a"));
  EXPECT_EQ(events_.events().size(), 0U);
}

TEST_F(SqliteIndexTest, DamageFoundWhileOpenIsRepairedForEverybody) {
  fill(200);
  auto one = open();
  auto two = open();
  ASSERT_EQ(count(*one), 200U);
  {
    // Overwrites pages in place, below every open connection.
    std::fstream damage(file(1), std::ios::in | std::ios::out | std::ios::binary);
    const auto size = fs::file_size(file(1));
    const std::string noise(4096, '\x5a');
    for (std::uintmax_t at = 4096; at + 4096 <= size; at += 4096) {
      damage.seekp(static_cast<std::streamoff>(at));
      damage.write(noise.data(), static_cast<std::streamsize>(noise.size()));
    }
  }
  std::vector<std::thread> threads;
  for (auto* index : {one.get(), two.get(), one.get(), two.get()}) {
    threads.emplace_back([index] {
      for (int i = 0; i < 5; ++i) {
        const auto stored = put(*index, "new");
        EXPECT_TRUE(stored) << stored.error().text();
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  auto third = open();
  EXPECT_EQ(count(*one), 1U);
  EXPECT_EQ(count(*third), 1U);
  EXPECT_EQ(events_.count("index.rebuilt"), 1U);
}

TEST_F(SqliteIndexTest, ManyOpenANewIndexAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this, i] {
      auto index = SqliteIndex::open(directory_ / "cache", {files_, clock_, events_});
      ASSERT_TRUE(index) << index.error().text();
      const auto stored = put(**index, std::to_string(i));
      EXPECT_TRUE(stored) << stored.error().text();
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  auto index = open();
  EXPECT_EQ(count(*index), 8U);
  EXPECT_EQ(events_.events().size(), 0U);
}

TEST_F(SqliteIndexTest, ARemovedDirectoryIsMadeAgain) {
  auto index = open();
  ASSERT_TRUE(put(*index, "a"));
  fs::remove_all(directory_ / "cache");  // lint: in the test's own directory
  // Connections that are open work on as if nothing were; a new one needs the file.
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&index] {
      const auto stored = put(*index, "b");
      EXPECT_TRUE(stored) << stored.error().text();
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  auto again = open();
  ASSERT_TRUE(put(*again, "c"));
  EXPECT_GE(count(*again), 1U);
}

// The other process of the next two tests; by itself it has nothing to do.
TEST_F(SqliteIndexTest, WritesWhenAnotherProcessAsks) {
  const char* directory = std::getenv("SOUS_TEST_DIRECTORY");
  if (directory == nullptr) {
    return;
  }
  const std::string salt = std::getenv("SOUS_TEST_SALT");
  const auto limit = parse_uint(std::getenv("SOUS_TEST_COUNT")).value();
  const auto index = SqliteIndex::open(directory, {files_, clock_, events_});
  ASSERT_TRUE(index) << index.error().text();
  for (std::uint64_t i = 0; i < limit; ++i) {
    const auto stored = put(**index, salt + std::to_string(i));
    ASSERT_TRUE(stored) << stored.error().text();
  }
  ASSERT_EQ(events_.events().size(), 0U);
}

class SqliteIndexProcesses : public SqliteIndexTest {
 protected:
  Result<ProcessResult> write_in_process(const std::string& salt, int count, const Call& call) {
    ProcessSpec spec;
    spec.argv = {fs::read_symlink("/proc/self/exe").string(),
                 "--gtest_filter=*WritesWhenAnotherProcessAsks"};
    spec.environment = {{"SOUS_TEST_SALT", salt},
                        {"SOUS_TEST_COUNT", std::to_string(count)},
                        {"SOUS_TEST_DIRECTORY", directory_ / "cache"},
                        {"TMPDIR", directory_.path()}};
    return processes_.run(spec, call);
  }

  process_posix::PosixProcessRunner processes_{clock_};
};

TEST_F(SqliteIndexProcesses, WriteAtTheSameTime) {
  std::vector<std::thread> threads;
  for (const auto* salt : {"a", "b", "c"}) {
    threads.emplace_back([this, salt] {
      const auto done = write_in_process(salt, 30, Call{});
      ASSERT_TRUE(done) << done.error().text();
      EXPECT_EQ(done->exit_code, 0) << done->out;
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  auto index = open();
  EXPECT_EQ(count(*index), 90U);
  EXPECT_EQ(events_.events().size(), 0U);
}

TEST_F(SqliteIndexProcesses, MayBeKilledWhileTheyWrite) {
  auto index = open();
  for (const std::string salt : {"a", "b", "c"}) {
    const auto before = count(*index);
    std::stop_source stop;
    std::thread writer([&] {
      const auto done =
          write_in_process(salt, 1'000'000, Call{Deadline::never(), stop.get_token()});
      EXPECT_FALSE(done);
    });
    EXPECT_TRUE(support::await([&] { return count(*index) > before + 10; }));
    stop.request_stop();
    writer.join();
    const auto after = count(*index);
    auto fresh = open();
    EXPECT_EQ(count(*fresh), after);
    EXPECT_TRUE(put(*fresh, salt));
  }
  EXPECT_EQ(events_.events().size(), 0U);
}

TEST_F(SqliteIndexTest, ADirectoryThatCannotBeUsedIsUnavailable) {
  write_file(directory_ / "cache", "a file");
  const auto index = SqliteIndex::open(directory_ / "cache", {files_, clock_, events_});
  ASSERT_FALSE(index);
  EXPECT_FALSE(index.error().message().empty());
}

}  // namespace
}  // namespace sous::index_sqlite
