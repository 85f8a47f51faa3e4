// In a program, or preloaded into one: writes what it syncs and names to the file SOUS_TEST_SYNCS,
// one line each, `sync PATH` or `name FROM TO`. A test's helper, no part of Sous.

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

// The next definition of a function, the system's.
template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

void note(const std::string& line) {
  // Nobody changes it meanwhile.
  const char* log = std::getenv("SOUS_TEST_SYNCS");  // NOLINT(concurrency-mt-unsafe)
  const int fd = log == nullptr ? -1 : ::open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) {
    static_cast<void>(!::write(fd, line.data(), line.size()));
    ::close(fd);
  }
}

std::string whole(const char* path) {
  char directory[4096] = "";
  if (path[0] == '/' || ::getcwd(directory, sizeof(directory)) == nullptr) {
    return path;
  }
  return std::string(directory) + "/" + path;
}

void note_sync(int fd) {
  char path[4096] = "";
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), path, sizeof(path));
  note("sync " + std::string(path, size < 0 ? 0 : static_cast<std::size_t>(size)) + "\n");
}

}  // namespace

// The system's headers name the parameters as only they may.
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
extern "C" {

int fsync(int fd) {
  const int result = next<int(int)>("fsync")(fd);
  note_sync(fd);
  return result;
}

int fdatasync(int fd) {
  const int result = next<int(int)>("fdatasync")(fd);
  note_sync(fd);
  return result;
}

int rename(const char* from, const char* to) noexcept {
  const int result = next<int(const char*, const char*)>("rename")(from, to);
  if (result == 0) {
    note("name " + whole(from) + " " + whole(to) + "\n");
  }
  return result;
}

int link(const char* from, const char* to) noexcept {
  const int result = next<int(const char*, const char*)>("link")(from, to);
  if (result == 0) {
    note("name " + whole(from) + " " + whole(to) + "\n");
  }
  return result;
}
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
