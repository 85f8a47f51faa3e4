#include "adapters/files_posix/durable_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <utility>

#include "adapters/files_posix/fd.h"

namespace sous::files_posix {
namespace {

std::string parent_of(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

// What a rename or a new name changed becomes durable with its directory.
Status sync_directory(const std::string& path) {
  const Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) {
    return file_error("make durable the directory", path, errno);
  }
  return ok();
}

// A new file beside the one it will replace; removed again unless it was renamed.
class NewFile {
 public:
  static Result<NewFile> beside(const std::string& path) {
    std::string name = path + ".XXXXXX";
    Fd fd(::mkostemp(name.data(), O_CLOEXEC));
    if (!fd) {
      return file_error("write beside", path, errno);
    }
    return NewFile(std::move(name), std::move(fd));
  }

  NewFile(NewFile&& other) noexcept
      : name_(std::exchange(other.name_, {})), fd_(std::move(other.fd_)) {}

  NewFile& operator=(NewFile&&) = delete;
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  ~NewFile() {
    if (!name_.empty()) {
      ::unlink(name_.c_str());
    }
  }

  Status fill(std::string_view bytes, std::uint32_t mode) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno != EINTR) {
        return file_error("write", name_, errno);
      }
      bytes.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
    if (::fchmod(fd_.get(), mode) != 0 || ::fsync(fd_.get()) != 0) {
      return file_error("make durable", name_, errno);
    }
    return ok();
  }

  Status rename_to(const std::string& path) {
    if (::rename(name_.c_str(), path.c_str()) != 0) {
      return file_error("replace", path, errno);
    }
    name_.clear();
    return ok();
  }

 private:
  NewFile(std::string name, Fd fd) : name_(std::move(name)), fd_(std::move(fd)) {}

  std::string name_;
  Fd fd_;
};

}  // namespace

Status durable_write(const std::string& path, std::string_view bytes, std::uint32_t mode) {
  NewFile file = SOUS_TRY(NewFile::beside(path));
  SOUS_TRY_VOID(file.fill(bytes, mode));
  SOUS_TRY_VOID(file.rename_to(path));
  return sync_directory(parent_of(path));
}

Status durable_directories(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0) {
    return S_ISDIR(info.st_mode) ? ok() : Status(file_error("make the directory", path, EEXIST));
  }
  const std::string parent = parent_of(path);
  if (parent != path) {
    SOUS_TRY_VOID(durable_directories(parent));
  }
  // Somebody else may make it in between; that is as good.
  if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return file_error("make the directory", path, errno);
  }
  return sync_directory(parent);
}

}  // namespace sous::files_posix
