#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/byte_stream.h"
#include "ports/call.h"

namespace sous {

struct FileInfo {
  enum class Type : std::uint8_t { file, directory, symlink, other };

  Type type = Type::file;
  std::uint64_t size = 0;
  std::uint64_t inode = 0;
  std::int64_t modified_ns = 0;
};

struct DirectoryEntry {
  std::string name;
  FileInfo::Type type = FileInfo::Type::file;
};

/// An exclusive lock of this machine's processes on a path; released on destruction.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

/// Local files. Paths are absolute. Thread-safe. Fails with not_found, forbidden, already_exists,
/// invalid_data (longer than allowed), unavailable (disk full, I/O).
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::string> read(const std::string& path, std::uint64_t max_bytes) = 0;
  virtual Result<std::unique_ptr<ByteSource>> open(const std::string& path) = 0;
  /// A new file (0600) that grows while it is written. Not durable: for what is needed for a while.
  virtual Result<std::unique_ptr<ByteSink>> create(const std::string& path) = 0;
  /// Replaces the file as a whole or not at all, durable on return. Makes missing directories (0700
  /// for those it makes). `mode` is the file's.
  virtual Status write(const std::string& path, std::string_view bytes, std::uint32_t mode) = 0;
  virtual Status make_directories(const std::string& path) = 0;
  /// Does not follow a symlink at the path itself. Absent when nothing is there.
  virtual Result<std::optional<FileInfo>> info(const std::string& path) = 0;
  /// By name; symlinks are not followed.
  virtual Result<std::vector<DirectoryEntry>> list(const std::string& path) = 0;
  /// A file or an empty directory; absent is no failure.
  virtual Status remove(const std::string& path) = 0;
  /// A directory made by make_temporary, with all in it.
  virtual Status remove_tree(const std::string& path) = 0;
  /// A new empty directory (0700) in the system's place for them.
  virtual Result<std::string> make_temporary(std::string_view prefix) = 0;
  /// Waits for the exclusive lock on a file that is made when missing. Fails with timeout,
  /// cancelled.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path, const Call& call) = 0;
  /// The path with symlinks resolved.
  virtual Result<std::string> canonical(const std::string& path) = 0;
};

}  // namespace sous
