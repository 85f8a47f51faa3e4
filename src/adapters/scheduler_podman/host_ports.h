#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sous::scheduler_podman {

/// The host ports that instances may be given. Outside the kernel's own range for outgoing
/// connections (32768 and up on Linux), so that no client can sit on one.
struct PortRange {
  std::uint16_t first = 20000;
  std::uint16_t last = 31999;
};

/// The local ports in a table of the kernel's as in /proc/net/tcp. Lines that cannot be read are
/// skipped: a port not seen here is still caught when an instance cannot bind it.
std::set<std::uint16_t> bound_ports(std::string_view table);

/// The first `count` free ports from `start` on, wrapping around. Fails with failed when there are
/// not enough.
Result<std::vector<std::uint16_t>> choose_ports(const PortRange& range,
                                                std::uint64_t start,
                                                std::uint32_t count,
                                                const std::set<std::uint16_t>& taken);

}  // namespace sous::scheduler_podman
