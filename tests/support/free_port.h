#pragma once

#include <cstdint>

namespace sous::support {

/// A TCP port of the loopback address that nobody listens on now, for programs that cannot choose
/// one themselves. Another program may take it first: start again with a new one then.
std::uint16_t free_port();

}  // namespace sous::support
