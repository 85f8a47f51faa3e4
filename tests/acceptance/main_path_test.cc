#include <gtest/gtest.h>

#include "machine.h"

namespace sous::acceptance {
namespace {

std::string running_digest(const Machine& machine, const Checkout& service) {
  return text_at(machine.answer(service.directory(), {"query", "ads"}),
                 {"deployments", "0", "running_digest"});
}

std::string address(const Machine& machine, const Checkout& service) {
  return text_at(machine.answer(service.directory(), {"query", "ads"}),
                 {"deployments", "0", "addresses", "0"});
}

void expect_nothing_to_do(const Machine& machine, const Checkout& service) {
  const Ran plan = machine.sous(service.directory(), {"plan"});
  EXPECT_EQ(plan.exit_code, 0) << plan.out << plan.err;
}

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
  EXPECT_EQ(Machine::http_get(address(machine, service)), "version 1.0.0");
  expect_nothing_to_do(machine, service);

  service.write("README", "again\n");
  service.commit("Explain");
  service.release("1.1.0");
  const std::string second = ship(machine, service);
  EXPECT_NE(second, first);
  EXPECT_EQ(running_digest(machine, service), second);
  EXPECT_EQ(Machine::http_get(address(machine, service)), "version 1.1.0");
  expect_nothing_to_do(machine, service);

  const auto why = machine.answer(service.directory(), {"why", "-tag", "1.1.0"});
  EXPECT_EQ(text_at(why, {"decision"}), "decided");
  EXPECT_EQ(text_at(why, {"digest"}), second);
  EXPECT_EQ(text_at(why, {"lock", "state"}), "final");
}

TEST(MainPath, NeitherAMovedTagNorARestartChangesWhatRuns) {
  Machine machine;
  const Checkout service = machine.service("hello");
  service.release("1.0.0");
  ASSERT_EQ(machine.sous(service.directory(), {"init"}).exit_code, 0);
  const std::string first = ship(machine, service);
  service.write("README", "again\n");
  service.commit("Explain");
  service.release("1.1.0");
  const std::string second = ship(machine, service);

  const std::string image =
      text_at(machine.answer(service.directory(), {"query", "ads"}), {"deployments", "0", "image"});
  const std::string repository = image.substr(0, image.find('@'));
  support::run_program({"skopeo",
                        "copy",
                        "-q",
                        "--src-tls-verify=false",
                        "--dest-tls-verify=false",
                        "docker://" + repository + "@" + first,
                        "docker://" + repository + ":1.1.0"});
  const std::string container = machine.podman().podman({"ps", "--quiet"});
  machine.podman().podman({"restart", "--time", "1", container});

  EXPECT_EQ(running_digest(machine, service), second);
  const Ran plan = machine.sous(service.directory(), {"plan"});
  EXPECT_EQ(plan.exit_code, 0) << plan.out << plan.err;
}

}  // namespace
}  // namespace sous::acceptance
