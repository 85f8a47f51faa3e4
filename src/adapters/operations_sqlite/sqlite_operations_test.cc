#include "adapters/operations_sqlite/sqlite_operations.h"

#include <gtest/gtest.h>

#include "adapters/files_posix/file_system.h"
#include "adapters/system_posix/clock.h"
#include "support/samples.h"
#include "support/temp_dir.h"

namespace sous::operations_sqlite {
namespace {

class SqliteOperationsTest : public testing::Test {
 protected:
  support::TempDir directory;
  system_posix::SystemClock clock;
  files_posix::PosixFileSystem files{clock, directory.path()};
  std::string path = directory / "state/sous/state.db";
};

OperationRecord record() {
  return {.operation = {.id = "cafe",
                        .deployment = {support::manifest_id("github.com/team/project"),
                                       support::cluster("here")},
                        .version = support::version("1.2.3"),
                        .digest = {},
                        .generation = 1,
                        .state = OperationState::failed,
                        .reason = {},
                        .link = {},
                        .last_log_lines = {}},
          .who = "Ada <ada@example.org>",
          .started = support::at(1),
          .updated = support::at(2)};
}

TEST_F(SqliteOperationsTest, AnotherProcessSeesThemLater) {
  ASSERT_TRUE(SqliteOperations(path, files).put(record()));
  const auto found = SqliteOperations(path, files).list(10);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front(), record());
}

TEST_F(SqliteOperationsTest, ADamagedFileIsBegunAnew) {
  ASSERT_TRUE(files.write(path, std::string(8192, 'x'), 0600));
  SqliteOperations store(path, files);
  const auto put = store.put(record());
  ASSERT_TRUE(put) << put.error().text();
  EXPECT_EQ(store.list(10)->size(), 1U);
}

TEST_F(SqliteOperationsTest, ADirectoryThatCannotBeMadeIsAnError) {
  ASSERT_TRUE(files.write(directory / "state", "a file", 0600));
  EXPECT_FALSE(SqliteOperations(path, files).put(record()));
}

}  // namespace
}  // namespace sous::operations_sqlite
