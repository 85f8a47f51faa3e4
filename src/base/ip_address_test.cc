#include "base/ip_address.h"

#include <gtest/gtest.h>

namespace sous {
namespace {

struct Row {
  const char* text;
  std::optional<AddressKind> kind;
};

TEST(IpAddress, KindOfAHost) {
  const Row rows[] = {
      {"8.8.8.8", AddressKind::global},
      {"127.0.0.1", AddressKind::loopback},
      {"127.200.3.4", AddressKind::loopback},
      {"10.1.2.3", AddressKind::private_use},
      {"172.15.0.1", AddressKind::global},
      {"172.16.0.1", AddressKind::private_use},
      {"172.31.255.255", AddressKind::private_use},
      {"172.32.0.0", AddressKind::global},
      {"192.168.1.1", AddressKind::private_use},
      {"100.64.0.1", AddressKind::private_use},
      {"100.128.0.1", AddressKind::global},
      {"169.254.169.254", AddressKind::link_local},
      {"0.0.0.0", AddressKind::link_local},
      {"224.0.0.1", AddressKind::link_local},
      {"255.255.255.255", AddressKind::link_local},
      {"::1", AddressKind::loopback},
      {"[::1]", AddressKind::loopback},
      {"::", AddressKind::link_local},
      {"fe80::1%eth0", AddressKind::link_local},
      {"fd00::1", AddressKind::private_use},
      {"ff02::1", AddressKind::link_local},
      {"2a00:1450::1", AddressKind::global},
      {"::ffff:127.0.0.1", AddressKind::loopback},
      {"::ffff:169.254.169.254", AddressKind::link_local},
      {"64:ff9b::a9fe:a9fe", AddressKind::link_local},
      {"2002:7f00:1::", AddressKind::loopback},
      {"localhost", AddressKind::loopback},
      {"LOCALHOST.", AddressKind::loopback},
      {"a.localhost", AddressKind::loopback},
      {"notlocalhost", std::nullopt},
      {"registry.example.com", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(host_kind(row.text), row.kind) << row.text;
  }
}

TEST(IpAddress, ASetNeverHoldsGlobal) {
  EXPECT_FALSE((AddressKinds{true, true, true}.has(AddressKind::global)));
  EXPECT_TRUE((AddressKinds{true, false, false}.has(AddressKind::private_use)));
  EXPECT_FALSE((AddressKinds{true, false, false}.has(AddressKind::loopback)));
  EXPECT_TRUE((AddressKinds{false, true, false}.has(AddressKind::loopback)));
  EXPECT_TRUE((AddressKinds{false, false, true}.has(AddressKind::link_local)));
}

}  // namespace
}  // namespace sous
