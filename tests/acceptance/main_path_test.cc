#include <gtest/gtest.h>

#include "steps.h"

namespace sous::acceptance {
namespace {

/// Builds and deploys the checkout as it is; the digest that was built.
std::string ship(const Machine& machine, const Checkout& service) {
  const auto built = machine.answer(service.directory(), {"build"});
  machine.answer(service.directory(), {"deploy", "-cluster", "local"});
  return text_at(built, {"digest"});
}

TEST(MainPath, AGitTagBecomesTheSameDigestRunning) {
  Machine machine;
  const Checkout service = machine.service("hello");
  service.release("1.0.0");

  const Ran init = machine.sous(service.directory(), {"init"});
  ASSERT_EQ(init.exit_code, 0) << init.err;
  const std::string first = ship(machine, service);
  EXPECT_EQ(running_digest(machine, service), first);
  EXPECT_EQ(Machine::http_get(running_address(machine, service)), "version 1.0.0");
  expect_nothing_to_do(machine, service);

  service.write("README", "again\n");
  service.commit("Explain");
  service.release("1.1.0");
  const std::string second = ship(machine, service);
  EXPECT_NE(second, first);
  EXPECT_EQ(running_digest(machine, service), second);
  EXPECT_EQ(Machine::http_get(running_address(machine, service)), "version 1.1.0");
  expect_nothing_to_do(machine, service);

  const auto why = machine.answer(service.directory(), {"why", "-tag", "1.1.0"});
  EXPECT_EQ(text_at(why, {"decision"}), "decided");
  EXPECT_EQ(text_at(why, {"digest"}), second);
  EXPECT_EQ(text_at(why, {"lock", "state"}), "final");
}

}  // namespace
}  // namespace sous::acceptance
