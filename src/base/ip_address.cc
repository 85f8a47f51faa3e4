#include "base/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>

#include "base/text.h"

namespace sous {
namespace {

using V4 = std::span<const std::uint8_t, 4>;
using V6 = std::span<const std::uint8_t, 16>;

struct V4Block {
  std::array<std::uint8_t, 4> prefix;
  unsigned bits;
  AddressKind kind;
};

// IANA's special-purpose address registry, as far as it matters to who may be reached.
constexpr std::array kV4Blocks{
    V4Block{{0, 0, 0, 0}, 8, AddressKind::link_local},
    V4Block{{10, 0, 0, 0}, 8, AddressKind::private_use},
    V4Block{{100, 64, 0, 0}, 10, AddressKind::private_use},
    V4Block{{127, 0, 0, 0}, 8, AddressKind::loopback},
    V4Block{{169, 254, 0, 0}, 16, AddressKind::link_local},
    V4Block{{172, 16, 0, 0}, 12, AddressKind::private_use},
    V4Block{{192, 0, 0, 0}, 24, AddressKind::private_use},
    V4Block{{192, 168, 0, 0}, 16, AddressKind::private_use},
    V4Block{{198, 18, 0, 0}, 15, AddressKind::private_use},
    V4Block{{224, 0, 0, 0}, 3, AddressKind::link_local},
};

bool starts_with_bits(std::span<const std::uint8_t> address,
                      std::span<const std::uint8_t> prefix,
                      unsigned bits) {
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned mask = 0x80U >> (i % 8U);
    if ((address[i / 8U] & mask) != (prefix[i / 8U] & mask)) {
      return false;
    }
  }
  return true;
}

AddressKind kind_of_v4(V4 address) {
  for (const auto& block : kV4Blocks) {
    if (starts_with_bits(address, block.prefix, block.bits)) {
      return block.kind;
    }
  }
  return AddressKind::global;
}

AddressKind kind_of_v6(V6 address) {
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  constexpr std::array<std::uint8_t, 12> kNat64{0, 0x64, 0xff, 0x9b};
  if (starts_with_bits(address, kMapped, 96) || starts_with_bits(address, kNat64, 96)) {
    return kind_of_v4(address.subspan<12, 4>());
  }
  if (address[0] == 0x20 && address[1] == 0x02) {
    return kind_of_v4(address.subspan<2, 4>());
  }
  const bool low = std::all_of(address.begin(), address.end() - 1, [](auto b) { return b == 0; });
  if (low && address[15] == 1) {
    return AddressKind::loopback;
  }
  if (address[0] == 0xff || (address[0] == 0xfe && (address[1] & 0xc0U) == 0x80) ||
      address[0] == 0) {
    return AddressKind::link_local;
  }
  if ((address[0] & 0xfeU) == 0xfc || (address[0] == 0xfe && (address[1] & 0xc0U) == 0xc0)) {
    return AddressKind::private_use;
  }
  return AddressKind::global;
}

}  // namespace

bool AddressKinds::has(AddressKind kind) const noexcept {
  switch (kind) {
    case AddressKind::global:
      return false;
    case AddressKind::private_use:
      return private_use;
    case AddressKind::loopback:
      return loopback;
    case AddressKind::link_local:
      return link_local;
  }
  return true;
}

std::optional<AddressKind> address_kind(std::string_view numeric) {
  // A zone (`fe80::1%eth0`) says nothing about the kind.
  const std::string text(numeric.substr(0, numeric.find('%')));
  std::array<std::uint8_t, 4> v4{};
  if (inet_pton(AF_INET, text.c_str(), v4.data()) == 1) {
    return kind_of_v4(v4);
  }
  std::array<std::uint8_t, 16> v6{};
  if (inet_pton(AF_INET6, text.c_str(), v6.data()) == 1) {
    return kind_of_v6(v6);
  }
  return std::nullopt;
}

std::optional<AddressKind> host_kind(std::string_view host) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  if (host.ends_with('.')) {
    host.remove_suffix(1);
  }
  const std::string name = to_lower_ascii(host);
  if (name == "localhost" || name.ends_with(".localhost")) {
    return AddressKind::loopback;
  }
  return address_kind(name);
}

}  // namespace sous
