#include "adapters/files_posix/file_system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "adapters/files_posix/durable_write.h"
#include "adapters/files_posix/fd.h"

namespace sous::files_posix {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

// A path as this system knows it: `/a/b/` and `/a/./b` are `/a/b`.
Result<std::string> normal(const std::string& path) {
  SOUS_TRY_VOID(check_path(path));
  std::string text = fs::path(path).lexically_normal().string();
  if (text.size() > 1 && text.ends_with('/')) {
    text.pop_back();
  }
  return text;
}

Result<std::size_t> read_some(int fd, std::span<char> buffer, const std::string& path) {
  while (true) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got >= 0) {
      return static_cast<std::size_t>(got);
    }
    if (errno != EINTR) {
      return file_error("read", path, errno);
    }
  }
}

// Only regular files: opening a fifo would wait for its writer, so the open itself never waits.
Result<Fd> open_file(const std::string& path) {
  SOUS_TRY_VOID(check_path(path));
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) {
    return file_error("open", path, errno);
  }
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) {
    return file_error("look at", path, errno);
  }
  if (!S_ISREG(info.st_mode)) {
    return Error(Code::invalid_data, "cannot read " + path + ": not a regular file");
  }
  return fd;
}

class FileSource final : public ByteSource {
 public:
  FileSource(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    return read_some(fd_.get(), buffer, path_);
  }

  Status seek(std::uint64_t offset) override {
    if (::lseek(fd_.get(), static_cast<off_t>(offset), SEEK_SET) < 0) {
      return file_error("go to a place in", path_, errno);
    }
    return ok();
  }

 private:
  Fd fd_;
  std::string path_;
};

class FileSink final : public ByteSink {
 public:
  FileSink(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t put = ::write(fd_.get(), bytes.data(), bytes.size());
      if (put < 0 && errno != EINTR) {
        return file_error("write", path_, errno);
      }
      bytes.remove_prefix(put < 0 ? 0 : static_cast<std::size_t>(put));
    }
    return ok();
  }

  Status restart() override {
    if (::ftruncate(fd_.get(), 0) != 0 || ::lseek(fd_.get(), 0, SEEK_SET) != 0) {
      return file_error("begin anew", path_, errno);
    }
    return ok();
  }

 private:
  Fd fd_;
  std::string path_;
};

class FlockLock final : public FileLock {
 public:
  explicit FlockLock(Fd fd) : fd_(std::move(fd)) {}

 private:
  Fd fd_;  // closing it releases the lock
};

FileInfo::Type type_of(fs::file_type type) {
  switch (type) {
    case fs::file_type::regular:
      return FileInfo::Type::file;
    case fs::file_type::directory:
      return FileInfo::Type::directory;
    case fs::file_type::symlink:
      return FileInfo::Type::symlink;
    default:
      return FileInfo::Type::other;
  }
}

FileInfo::Type type_of(mode_t mode) {
  if (S_ISREG(mode)) {
    return FileInfo::Type::file;
  }
  if (S_ISDIR(mode)) {
    return FileInfo::Type::directory;
  }
  return S_ISLNK(mode) ? FileInfo::Type::symlink : FileInfo::Type::other;
}

}  // namespace

PosixFileSystem::PosixFileSystem(Clock& clock, std::string temporary_root)
    : clock_(clock), temporary_root_(std::move(temporary_root)) {}

Result<std::string> PosixFileSystem::read(const std::string& path, std::uint64_t max_bytes) {
  const Fd fd = SOUS_TRY(open_file(path));
  constexpr std::size_t kChunk = 64U << 10U;
  std::string bytes;
  std::size_t size = 0;
  while (true) {
    bytes.resize(size + kChunk);
    const std::size_t got = SOUS_TRY(read_some(fd.get(), std::span(bytes).subspan(size), path));
    size += got;
    if (size > max_bytes) {
      return Error(Code::invalid_data,
                   path + " is longer than " + std::to_string(max_bytes) + " bytes");
    }
    if (got == 0) {
      bytes.resize(size);
      return bytes;
    }
  }
}

Result<std::unique_ptr<ByteSource>> PosixFileSystem::open(const std::string& path) {
  Fd fd = SOUS_TRY(open_file(path));
  return std::make_unique<FileSource>(std::move(fd), path);
}

Status PosixFileSystem::write(const std::string& path, std::string_view bytes, std::uint32_t mode) {
  const std::string name = SOUS_TRY(normal(path));
  SOUS_TRY_VOID(durable_directories(fs::path(name).parent_path().string()));
  return durable_write(name, bytes, mode);
}

Result<std::unique_ptr<ByteSink>> PosixFileSystem::create(const std::string& path) {
  SOUS_TRY_VOID(check_path(path));
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly));
  if (!fd) {
    return file_error("make", path, errno);
  }
  return std::make_unique<FileSink>(std::move(fd), path);
}

Status PosixFileSystem::make_directories(const std::string& path) {
  return durable_directories(SOUS_TRY(normal(path)));
}

Result<std::optional<FileInfo>> PosixFileSystem::info(const std::string& path) {
  SOUS_TRY_VOID(check_path(path));
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return std::optional<FileInfo>();
    }
    return file_error("look at", path, errno);
  }
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return std::optional(
      FileInfo{.type = type_of(found.st_mode),
               .size = static_cast<std::uint64_t>(found.st_size),
               .inode = found.st_ino,
               .modified_ns = found.st_mtim.tv_sec * kNanoseconds + found.st_mtim.tv_nsec});
}

Result<std::vector<DirectoryEntry>> PosixFileSystem::list(const std::string& path) {
  SOUS_TRY_VOID(check_path(path));
  std::error_code error;
  std::vector<DirectoryEntry> entries;
  fs::directory_iterator place(path, error);
  for (; !error && place != fs::directory_iterator(); place.increment(error)) {
    const fs::file_status status = place->symlink_status(error);
    if (status.type() == fs::file_type::not_found) {  // removed in between, which also is an error
      error.clear();
      continue;
    }
    if (error) {
      break;
    }
    entries.push_back({place->path().filename().string(), type_of(status.type())});
  }
  if (error) {
    return file_error("list", path, error.value());
  }
  std::ranges::sort(entries, {}, &DirectoryEntry::name);
  return entries;
}

Status PosixFileSystem::remove(const std::string& path) {
  SOUS_TRY_VOID(check_path(path));
  if (::remove(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
    return file_error("remove", path, errno);
  }
  return ok();
}

Status PosixFileSystem::remove_tree(const std::string& path) {
  const std::string name = SOUS_TRY(normal(path));
  {
    auto made = made_.lock();
    if (!made->contains(name)) {
      return Error(Code::forbidden, "will not remove " + path + ": it was not made as temporary");
    }
  }
  std::error_code error;
  fs::remove_all(name, error);
  if (error) {
    return file_error("remove the directory", path, error.value());
  }
  auto made = made_.lock();
  made->erase(name);
  return ok();
}

Result<std::string> PosixFileSystem::make_temporary(std::string_view prefix) {
  std::string name = SOUS_TRY(normal(temporary_root_ + "/" + std::string(prefix) + "XXXXXX"));
  if (::mkdtemp(name.data()) == nullptr) {
    return file_error("make a temporary directory", name, errno);
  }
  auto made = made_.lock();
  made->insert(name);
  return name;
}

Result<std::unique_ptr<FileLock>> PosixFileSystem::lock(const std::string& path, const Call& call) {
  const std::string name = SOUS_TRY(normal(path));
  SOUS_TRY_VOID(durable_directories(fs::path(name).parent_path().string()));
  Fd fd(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
  if (!fd) {
    return file_error("open the lock", path, errno);
  }
  // A waiting flock can be ended neither at a deadline nor on a stop, so it is asked again and
  // again, ever more rarely.
  constexpr Duration kLongestPause = std::chrono::milliseconds(50);
  Duration pause = std::chrono::milliseconds(1);
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return file_error("lock", path, errno);
    }
    if (Status slept = clock_.sleep(pause, call); !slept.has_value()) {
      return std::move(slept.error()).with("waiting for the lock " + path);
    }
    pause = std::min(pause * 2, kLongestPause);
  }
  return std::make_unique<FlockLock>(std::move(fd));
}

Result<std::string> PosixFileSystem::canonical(const std::string& path) {
  SOUS_TRY_VOID(check_path(path));
  std::error_code error;
  const fs::path found = fs::canonical(path, error);
  if (error) {
    return file_error("resolve", path, error.value());
  }
  return found.string();
}

}  // namespace sous::files_posix
