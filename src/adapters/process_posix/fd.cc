#include "adapters/process_posix/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include <array>
#include <system_error>

namespace sous::process_posix {
namespace {

constexpr int kFirstAboveStandard = 3;

// A program's standard descriptors are put in place by dup2, which would overwrite a source that
// itself stands at 0, 1 or 2 because this process was started without them.
Result<Fd> above_standard(Fd fd) {
  if (fd.get() >= kFirstAboveStandard) {
    return fd;
  }
  Fd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, kFirstAboveStandard));
  if (!moved) {
    return system_error("cannot duplicate a descriptor");
  }
  return moved;
}

Status write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return system_error("cannot hold a program's input");
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ok();
}

}  // namespace

Error system_error(const std::string& doing) {
  return Error(Code::unavailable, doing + ": " + std::generic_category().message(errno));
}

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return system_error("cannot make a pipe");
  }
  Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  read_end = SOUS_TRY(above_standard(std::move(read_end)));
  write_end = SOUS_TRY(above_standard(std::move(write_end)));
  Pipe pipe{std::move(read_end), std::move(write_end)};
  if (::fcntl(pipe.read_end.get(), F_SETFL, O_NONBLOCK) != 0) {
    return system_error("cannot make a pipe non-blocking");
  }
  return pipe;
}

Result<Fd> make_input(const std::string& bytes) {
  if (bytes.empty()) {
    Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!null) {
      return system_error("cannot open /dev/null");
    }
    return above_standard(std::move(null));
  }
  Fd file(::memfd_create("sous-input", MFD_CLOEXEC));
  if (!file) {
    return system_error("cannot hold a program's input");
  }
  SOUS_TRY_VOID(write_all(file.get(), bytes));
  if (::lseek(file.get(), 0, SEEK_SET) != 0) {
    return system_error("cannot rewind a program's input");
  }
  return above_standard(std::move(file));
}

Result<Fd> make_wake_up() {
  Fd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) {
    return system_error("cannot make an event descriptor");
  }
  return event;
}

}  // namespace sous::process_posix
