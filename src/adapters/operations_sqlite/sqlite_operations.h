#pragma once

#include <memory>
#include <string>

#include "ports/file_system.h"
#include "ports/operation_store.h"

namespace sous::operations_sqlite {

/// Operations in an SQLite file. It is opened at the first use, so that a command that never asks
/// does not need it; a damaged file is removed and a new one begun, since it holds reports
/// only. Several processes may use one file. Thread-safe.
class SqliteOperations final : public OperationStore {
 public:
  /// `files` outlives this object; the file's directory is made when missing.
  SqliteOperations(std::string path, FileSystem& files);
  ~SqliteOperations() override;
  SqliteOperations(const SqliteOperations&) = delete;
  SqliteOperations& operator=(const SqliteOperations&) = delete;

  Status put(const OperationRecord& record) override;
  Result<std::vector<OperationRecord>> list(std::size_t limit) override;
  Result<std::vector<OperationRecord>> find(const std::string& id) override;
  Status cancel(const DeploymentId& deployment,
                std::uint64_t generation,
                const Deed& deed) override;
  Result<std::optional<Deed>> cancellation(const DeploymentId& deployment,
                                           std::uint64_t generation) override;

 private:
  class Database;

  template <typename Work>
  auto with_database(Work work);

  std::string path_;
  FileSystem& files_;
  std::unique_ptr<Database> database_;
};

}  // namespace sous::operations_sqlite
