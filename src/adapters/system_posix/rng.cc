#include "adapters/system_posix/rng.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

namespace sous::system_posix {

std::uint64_t SystemRng::next() {
  std::uint64_t value = 0;
  while (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
    // Eight bytes are never cut short; only a signal before the first seeding of the machine ends
    // it.
    if (errno != EINTR) {
      ::abort();  // a kernel without getrandom: no id made here could be trusted
    }
  }
  return value;
}

}  // namespace sous::system_posix
