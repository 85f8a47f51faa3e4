// What every OperationStore does, on the fake and on SQLite.

#include <functional>
#include <memory>
#include <ostream>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/files_posix/file_system.h"
#include "adapters/operations_sqlite/sqlite_operations.h"
#include "adapters/system_posix/clock.h"
#include "support/memory_operations.h"
#include "support/samples.h"
#include "support/temp_dir.h"

namespace sous {
namespace {

class World {
 public:
  virtual ~World() = default;

  virtual OperationStore& store() = 0;
};

class MemoryWorld final : public World {
 public:
  OperationStore& store() override { return store_; }

 private:
  support::MemoryOperations store_;
};

class SqliteWorld final : public World {
 public:
  OperationStore& store() override { return store_; }

 private:
  support::TempDir directory_;
  system_posix::SystemClock clock_;
  files_posix::PosixFileSystem files_{clock_, directory_.path()};
  operations_sqlite::SqliteOperations store_{directory_ / "sous/state.db", files_};
};

struct Kind {
  const char* name;
  std::function<std::unique_ptr<World>()> make;

  friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};

OperationRecord record(const std::string& id, std::int64_t started) {
  return {.operation = {.id = id,
                        .deployment = {support::manifest_id("github.com/team/project,api~blue"),
                                       support::cluster("here")},
                        .version = support::version("1.2.3+build"),
                        .digest = support::digest(id),
                        .generation = 7,
                        .state = OperationState::waiting,
                        .reason = "instance 0 answers nothing",
                        .link = "podman logs x",
                        .last_log_lines = {"one", "", "three"}},
          .who = "Ada <ada@example.org>",
          .started = support::at(started),
          .updated = support::at(started)};
}

std::vector<std::string> ids(const Result<std::vector<OperationRecord>>& records) {
  std::vector<std::string> out;
  for (const auto& one : records.value()) {
    out.push_back(one.operation.id);
  }
  return out;
}

using Texts = std::vector<std::string>;

class OperationStoreContract : public testing::TestWithParam<Kind> {
 protected:
  std::unique_ptr<World> world_ = GetParam().make();
  OperationStore& store_ = world_->store();
};

TEST_P(OperationStoreContract, IsEmptyAtFirst) {
  EXPECT_EQ(ids(store_.list(10)), Texts{});
  EXPECT_EQ(ids(store_.find("a")), Texts{});
}

TEST_P(OperationStoreContract, KeepsEveryField) {
  const auto one = record("aa11", 1);
  ASSERT_TRUE(store_.put(one));
  EXPECT_EQ(store_.list(10)->front(), one);
  auto bare = record("bb22", 2);
  bare.operation.digest.reset();
  bare.operation.last_log_lines.clear();
  ASSERT_TRUE(store_.put(bare));
  EXPECT_EQ(store_.find("bb22")->front(), bare);
}

TEST_P(OperationStoreContract, AnswersNewestFirstAndNoMoreThanAskedFor) {
  ASSERT_TRUE(store_.put(record("b", 2)));
  ASSERT_TRUE(store_.put(record("c", 3)));
  ASSERT_TRUE(store_.put(record("a", 1)));
  EXPECT_EQ(ids(store_.list(10)), Texts({"c", "b", "a"}));
  EXPECT_EQ(ids(store_.list(2)), Texts({"c", "b"}));
}

TEST_P(OperationStoreContract, ReplacesAllButTheBeginning) {
  ASSERT_TRUE(store_.put(record("a", 1)));
  auto later = record("a", 5);
  later.operation.state = OperationState::succeeded;
  ASSERT_TRUE(store_.put(later));
  const auto all = store_.list(10);
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->front().started, support::at(1));
  EXPECT_EQ(all->front().updated, support::at(5));
  EXPECT_EQ(all->front().operation.state, OperationState::succeeded);
}

TEST_P(OperationStoreContract, FindsByTheBeginningOfAnId) {
  ASSERT_TRUE(store_.put(record("aa11", 1)));
  ASSERT_TRUE(store_.put(record("aa22", 2)));
  EXPECT_EQ(ids(store_.find("aa")), Texts({"aa22", "aa11"}));
  EXPECT_EQ(ids(store_.find("aa1")), Texts({"aa11"}));
  EXPECT_EQ(ids(store_.find("a%")), Texts{}) << "no pattern";
}

TEST_P(OperationStoreContract, ACancellationIsOfOneGeneration) {
  const auto one = record("aa11", 1);
  const DeploymentId& id = one.operation.deployment;
  ASSERT_TRUE(store_.put(one));
  EXPECT_EQ(store_.cancellation(id, 7).value(), std::nullopt);
  ASSERT_TRUE(store_.cancel(id, 7, support::deed(9, "wrong version")));
  ASSERT_TRUE(store_.cancel(id, 7, support::deed(10, "me too")));
  EXPECT_EQ(store_.cancellation(id, 7).value(), support::deed(9, "wrong version"));
  EXPECT_EQ(store_.cancellation(id, 8).value(), std::nullopt);
  EXPECT_EQ(store_.list(1)->front().cancelled, support::deed(9, "wrong version"));
  ASSERT_TRUE(store_.put(one));
  EXPECT_EQ(store_.find("aa11")->front().cancelled, support::deed(9, "wrong version"));
}

TEST_P(OperationStoreContract, ForgetsTheOldest) {
  const auto kept = static_cast<std::int64_t>(OperationStore::kKept);
  for (std::int64_t i = 0; i <= kept; ++i) {
    ASSERT_TRUE(store_.put(record(std::to_string(i) + ".", i)));
  }
  EXPECT_EQ(store_.list(OperationStore::kKept * 2)->size(), OperationStore::kKept);
  EXPECT_EQ(ids(store_.find("0.")), Texts{});
}

INSTANTIATE_TEST_SUITE_P(
    Stores,
    OperationStoreContract,
    testing::Values(Kind{"Memory", [] { return std::make_unique<MemoryWorld>(); }},
                    Kind{"Sqlite", [] { return std::make_unique<SqliteWorld>(); }}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace sous
