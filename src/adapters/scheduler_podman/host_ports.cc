#include "adapters/scheduler_podman/host_ports.h"

#include <charconv>

#include <fmt/format.h>

#include "base/text.h"

namespace sous::scheduler_podman {
namespace {

// `   0: 0100007F:1F90 00000000:0000 0A ...`: the port stands after the second colon, in hex.
std::optional<std::uint16_t> local_port(std::string_view line) {
  const auto slot = line.find(": ");
  if (slot == std::string_view::npos) {
    return std::nullopt;
  }
  const auto colon = line.find(':', slot + 1);
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view digits = line.substr(colon + 1, 4);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port, 16);
  if (error != std::errc() || end != digits.data() + 4) {
    return std::nullopt;
  }
  return port;
}

}  // namespace

std::set<std::uint16_t> bound_ports(std::string_view table) {
  std::set<std::uint16_t> ports;
  for (const auto line : split(table, '\n')) {
    if (const auto port = local_port(line)) {
      ports.insert(*port);
    }
  }
  return ports;
}

Result<std::vector<std::uint16_t>> choose_ports(const PortRange& range,
                                                std::uint64_t start,
                                                std::uint32_t count,
                                                const std::set<std::uint16_t>& taken) {
  const std::uint32_t size = static_cast<std::uint32_t>(range.last) - range.first + 1U;
  std::vector<std::uint16_t> chosen;
  for (std::uint32_t i = 0; i < size && chosen.size() < count; ++i) {
    const auto port = static_cast<std::uint16_t>(range.first + (start + i) % size);
    if (!taken.contains(port)) {
      chosen.push_back(port);
    }
  }
  if (chosen.size() < count) {
    return Error(Code::failed,
                 fmt::format(
                     "no {} host ports are free between {} and {}", count, range.first, range.last))
        .hinted("end what listens there, or run fewer instances, then `sous retry`");
  }
  return chosen;
}

}  // namespace sous::scheduler_podman
