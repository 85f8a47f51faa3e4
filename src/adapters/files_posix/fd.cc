#include "adapters/files_posix/fd.h"

#include <errno.h>

#include <system_error>

namespace sous::files_posix {
namespace {

Code code_of(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return Code::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
      return Code::forbidden;
    case EEXIST:
      return Code::already_exists;
    case ELOOP:
    case ENAMETOOLONG:
    case EISDIR:
      return Code::invalid_data;
    case ENOTEMPTY:
      return Code::failed;
    default:
      return Code::unavailable;
  }
}

}  // namespace

Error file_error(const std::string& doing, const std::string& path, int number) {
  return Error(code_of(number),
               "cannot " + doing + " " + path + ": " + std::generic_category().message(number));
}

Status check_path(const std::string& path) {
  if (!path.starts_with('/') || path.find('\0') != std::string::npos) {
    return Error(Code::invalid_data, "`" + path + "` is not an absolute path");
  }
  return ok();
}

}  // namespace sous::files_posix
