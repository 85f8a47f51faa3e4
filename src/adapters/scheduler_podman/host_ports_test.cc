#include "adapters/scheduler_podman/host_ports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sous::scheduler_podman {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(BoundPorts, AreReadFromBothTables) {
  EXPECT_THAT(
      bound_ports(
          "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n"
          "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000\n"
          "   1: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A\n"),
      ElementsAre(80, 8080));
}

TEST(BoundPorts, SkipWhatIsNoLine) {
  for (const auto* text : {"", "\n\n", "0:", "0: x", "0: 1:", "0: 1:zz", "0: 0100007F:1F9"}) {
    EXPECT_THAT(bound_ports(text), IsEmpty()) << text;
  }
}

TEST(ChoosePorts, TakesFreeOnesFromTheStartAndWrapsAround) {
  const PortRange range{.first = 10, .last = 14};
  EXPECT_THAT(*choose_ports(range, 0, 2, {}), ElementsAre(10, 11));
  EXPECT_THAT(*choose_ports(range, 3, 3, {14}), ElementsAre(13, 10, 11));
  EXPECT_THAT(*choose_ports(range, 1'000'003, 1, {}), ElementsAre(13));
  EXPECT_THAT(*choose_ports(range, 0, 0, {}), IsEmpty());
}

TEST(ChoosePorts, SaysWhenThereAreTooFew) {
  const auto ports = choose_ports({.first = 10, .last = 11}, 0, 2, {11});
  ASSERT_FALSE(ports);
  EXPECT_EQ(ports.error().code(), Code::failed);
}

}  // namespace
}  // namespace sous::scheduler_podman
