#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/index_sqlite/connection.h"
#include "adapters/index_sqlite/sqlite_index.h"
#include "base/locked.h"

namespace sous::index_sqlite {

/// The connections of one index directory. The file in use is `index-v<schema>.<number>.sqlite`
/// with the highest number: a damaged one is never touched again, since other processes may have it
/// open; its successor has the next number. Thread-safe.
class SqliteIndex::Pool {
 public:
  Pool(std::string directory, const Parts& parts);

  /// A connection, used by one thread until given back. Throws SQLite::Exception, with `path`
  /// naming the file it is about; fails with unavailable.
  Result<std::unique_ptr<Connection>> take(std::string& path);
  void give_back(std::unique_ptr<Connection> connection);

  /// Leaves a damaged file aside, so that the next take() opens its successor. Nothing happens when
  /// somebody else has done it.
  Status replace(const std::string& damaged_path, const std::string& why);

  /// Lets the next take() look up or make the file again: somebody has removed it.
  void forget(const std::string& removed_path);

  /// Threads of this process write one after the other; SQLite would let them poll.
  std::mutex& writers() noexcept { return writers_; }

 private:
  struct State {
    std::string path;  // empty: not looked up yet
    std::vector<std::unique_ptr<Connection>> idle;
  };

  Result<std::vector<std::uint64_t>> numbers();
  std::string path_of(std::uint64_t number) const;
  Result<std::string> current_path();
  Status remove_files(std::uint64_t number);

  std::string directory_;
  FileSystem& files_;
  Clock& clock_;
  EventSink& events_;
  std::mutex writers_;
  Locked<State> state_;
};

}  // namespace sous::index_sqlite
