#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sous {

/// What an IP address is for. `link_local` also holds addresses that nobody can own (unspecified,
/// multicast, reserved): a rule that keeps somebody away from the one keeps them away from the
/// other.
enum class AddressKind : std::uint8_t { global, private_use, loopback, link_local };

/// A set of the kinds that are not open to everybody.
struct AddressKinds {
  bool private_use = false;
  bool loopback = false;
  bool link_local = false;

  bool has(AddressKind kind) const noexcept;

  friend bool operator==(const AddressKinds&, const AddressKinds&) = default;
};

/// The kind of a numeric IPv4 or IPv6 address; nothing for any other text. An IPv4 address inside
/// an IPv6 one (mapped, NAT64, 6to4) counts as itself.
std::optional<AddressKind> address_kind(std::string_view numeric);

/// The kind that the host part of a URL shows by itself: an address, with or without brackets, or a
/// name below `localhost`. Nothing for other names.
std::optional<AddressKind> host_kind(std::string_view host);

}  // namespace sous
