#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/locked.h"
#include "ports/clock.h"
#include "ports/file_system.h"
#include "support/points.h"

namespace sous::support {

/// Thrown at a kill point. Not a std::exception: only the test takes it.
struct Killed {};

/// Files in memory. `/` and `/tmp` exist; everything is allowed. A symlink is resolved as the last
/// part of a path only, and by canonical in every part. Thread-safe.
///
/// Kill points: create, write, make_directories, remove, remove_tree and make_temporary are the
/// calls that change something. `kill_at(n)` throws Killed out of the n-th of them (counted from
/// 1), before or after its effect; until revive() no call changes anything, as of a process that is
/// dead.
class FakeFileSystem final : public FileSystem {
 public:
  enum class When : std::uint8_t { before_effect, after_effect };

  /// Waits for locks take their time from `clock`. Each call is a point such as `files.write`.
  explicit FakeFileSystem(Clock& clock, Points& points = no_points());

  std::uint64_t changes();
  void kill_at(std::uint64_t change, When when);
  void revive();
  /// From now on, changes of files fail with unavailable, as on a full disk.
  void fill_disk(bool full);
  void make_symlink(const std::string& path, const std::string& target);

  Result<std::string> read(const std::string& path, std::uint64_t max_bytes) override;
  Result<std::unique_ptr<ByteSource>> open(const std::string& path) override;
  Result<std::unique_ptr<ByteSink>> create(const std::string& path) override;
  Status write(const std::string& path, std::string_view bytes, std::uint32_t mode) override;
  Status make_directories(const std::string& path) override;
  Result<std::optional<FileInfo>> info(const std::string& path) override;
  Result<std::vector<DirectoryEntry>> list(const std::string& path) override;
  Status remove(const std::string& path) override;
  Status remove_tree(const std::string& path) override;
  Result<std::string> make_temporary(std::string_view prefix) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path, const Call& call) override;
  Result<std::string> canonical(const std::string& path) override;

  struct Node {
    FileInfo::Type type = FileInfo::Type::file;
    std::string bytes;  // of a file; the target of a symlink
    std::uint64_t inode = 0;
    std::int64_t modified_ns = 0;
  };

  struct State {
    std::map<std::string, Node> nodes;
    std::set<std::string> temporary;
    std::set<std::string> locked;
    std::uint64_t next_inode = 1;
    std::uint64_t changes = 0;
    std::optional<std::pair<std::uint64_t, When>> kill;
    bool dead = false;
    bool full = false;
  };

 private:
  class Sink;

  template <typename Change>
  auto change(std::string_view point, const std::string& path, Change apply);

  Clock& clock_;
  Points& points_;
  Locked<State> state_;
};

}  // namespace sous::support
