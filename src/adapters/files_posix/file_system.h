#pragma once

#include <set>
#include <string>

#include "base/locked.h"
#include "ports/clock.h"
#include "ports/file_system.h"

namespace sous::files_posix {

/// FileSystem on this machine's files. A write goes to a new file beside the old one, which is made
/// durable and then renamed over it; a reader sees the old bytes or the new ones. Locks are
/// flock(2): they hold between processes and between threads, and a dead holder's lock is gone.
class PosixFileSystem final : public FileSystem {
 public:
  /// Temporary directories are made under `temporary_root`. `clock` must outlive this object.
  PosixFileSystem(Clock& clock, std::string temporary_root);

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

 private:
  Clock& clock_;
  std::string temporary_root_;
  Locked<std::set<std::string>> made_;  // temporary directories of this object
};

}  // namespace sous::files_posix
