#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "build_fixture.h"

/// `sous deploy -offline` on real parts: the GDM's remote is a bare repository that goes away.
namespace sous::acceptance {
namespace {

using testing::HasSubstr;
using testing::Not;

using OfflineTest = BuildTest;

TEST_F(OfflineTest, ALockedVersionIsDeployedAndTheNextCommandTellsTheRemote) {
  service.release("1.0.0");
  use_remote_gdm();
  const Built built = build(machine, service);
  remote_goes_away();

  const Texts words{"deploy", "-cluster", "local", "-tag", "1.0.0"};
  const Ran refused = machine.sous(service.directory(), words);
  EXPECT_EQ(refused.exit_code, 69) << refused.out << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("-offline"));

  Texts offline = words;
  offline.emplace_back("-offline");
  const Ran given = machine.sous(service.directory(), offline);
  EXPECT_EQ(given.exit_code, 0) << given.out << given.err;
  EXPECT_EQ(running_digest(machine, service), built.digest);
  EXPECT_EQ(Machine::http_get(running_address(machine, service)), "version 1.0.0");

  offline[4] = "2.0.0";  // never built, so not locked
  EXPECT_EQ(machine.sous(service.directory(), offline).exit_code, 69);

  remote_comes_back();
  const auto records = [&] {
    return support::run_program(
        {"git", "--git-dir", machine.path("gdm.git"), "ls-tree", "-r", "--name-only", "main"});
  };
  EXPECT_THAT(records(), Not(HasSubstr("given/")));
  machine.sous(service.directory(), {"query", "gdm"});
  EXPECT_THAT(records(), HasSubstr("given/"));
  expect_nothing_to_do(machine, service);
  EXPECT_EQ(running_digest(machine, service), built.digest);
}

}  // namespace
}  // namespace sous::acceptance
