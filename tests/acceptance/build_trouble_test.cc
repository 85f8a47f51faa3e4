#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "build_fixture.h"
#include "support/counting_front.h"
#include "support/temp_dir.h"

/// Builds that something stands in the way of: what is left, and what the next command makes of it.
namespace sous::acceptance {
namespace {

using support::CountingFront;
using support::DockerRegistry;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class BuildTroubleTest : public BuildTest {
 protected:
  /// From now on, `program` kills whoever starts it with an argument that contains `word`.
  void set_trap(const std::string& program, const std::string& word) {
    const std::string directory = machine.path("trap");
    std::filesystem::create_directories(directory);
    support::write_file(directory + "/" + program,
                        "#!/bin/sh\ncase \"$*\" in *" + word +
                            "*) kill -9 $PPID ;; esac\n"
                            "exec /usr/bin/" +
                            program + " \"$@\"\n");
    std::filesystem::permissions(directory + "/" + program, std::filesystem::perms::owner_all);
    machine.set("PATH", directory + ":/usr/sbin:/usr/bin:/sbin:/bin");
  }

  void lift_trap() { machine.set("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"); }
};

TEST_F(BuildTroubleTest, AReadOnlyRegistryIsNamedAndNothingIsRegistered) {
  service.release("1.0.0");
  DockerRegistry shut({.read_only = true});
  machine.set("SOUS_REGISTRY", shut.host());
  expect_refused({"build"}, 1, shut.host());
  EXPECT_EQ(machine.sous(service.directory(), {"why", "-tag", "1.0.0"}).exit_code, 1);
}

TEST_F(BuildTroubleTest, AFullRegistryIsNamedAndTheNextBuildEndsWell) {
  service.release("1.0.0");
  DockerRegistry full({.room = 64U << 10U});
  machine.set("SOUS_REGISTRY", full.host());
  expect_refused({"build"}, 69, full.host());
  machine.set("SOUS_REGISTRY", machine.registry().host());
  EXPECT_FALSE(build(machine, service).rebuilt);
}

TEST_F(BuildTroubleTest, WhereTheVersionsTagMayNotBeSetTheLockedImageHasATagOfItsOwn) {
  service.release("1.0.0");
  const CountingFront front(machine.registry().host(), {.read_only = {"manifests/1\\.0\\.0$"}});
  machine.set("SOUS_REGISTRY", front.host());
  const Built built = build(machine, service);
  EXPECT_EQ(lock_state(machine, service, "1.0.0"), "final");
  EXPECT_THAT(tags(built.image), AllOf(HasSubstr("\"z"), Not(HasSubstr("\"1.0.0\""))));
}

TEST_F(BuildTroubleTest, ALockedImageThatLostItsTagsIsTaggedAgainByAScan) {
  service.release("1.0.0");
  const Built built = build(machine, service);
  machine.registry().remove_tag(path_of(built.image), "1.0.0");
  EXPECT_THAT(tags(built.image), Not(HasSubstr("\"1.0.0\"")));
  const Ran scan = machine.sous(service.directory(), {"index", "scan"});
  EXPECT_EQ(scan.exit_code, 0) << scan.err;
  EXPECT_THAT(scan.err, HasSubstr("is tagged 1.0.0 again"));
  EXPECT_THAT(tags(built.image), HasSubstr("\"1.0.0\""));
}

TEST_F(BuildTroubleTest, KilledBeforeTheRegistrationItLeavesNothingThatOthersSee) {
  service.release("0.9.0");
  use_remote_gdm();
  const std::string image = build(machine, service).image;
  service.write("notes", "new\n");
  service.commit("Go on");
  service.release("1.0.0");
  for (const auto& [program, word] : {std::pair("buildah", "push"), std::pair("git", " push ")}) {
    SCOPED_TRACE(program);
    set_trap(program, word);
    EXPECT_NE(machine.sous(service.directory(), {"build", "-engine", "buildah"}).exit_code, 0);
    lift_trap();
    EXPECT_THAT(tags(image), Not(HasSubstr("\"1.0.0\"")));
    EXPECT_EQ(machine.sous(service.directory(), {"why", "-tag", "1.0.0"}).exit_code, 1);
  }
  const Built built = build(machine, service);
  EXPECT_FALSE(built.rebuilt);
  EXPECT_EQ(canonical(machine, service, "1.0.0"), built.digest);
  EXPECT_EQ(left_over(), "");
}

}  // namespace
}  // namespace sous::acceptance
