#include "adapters/builder_buildah/buildah_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/fake_process_runner.h"

namespace sous::builder_buildah {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class BuildahBuilderTest : public testing::Test {
 protected:
  static BuildOrder order() {
    return {.context = "/src/app",
            .dockerfile = "/src/app/Dockerfile",
            .build_args = {{"VERSION", "1.2.3"}, {"EMPTY", ""}},
            .timestamp = WallTime(std::chrono::seconds(1'700'000'000)),
            .pull = true,
            .layout = "/tmp/layout",
            .name = "localhost/sous/build:1"};
  }

  std::vector<CommandLine> run_commands() {
    std::vector<CommandLine> commands;
    for (const auto& run : processes_.runs()) {
      commands.push_back(run.argv);
    }
    return commands;
  }

  Status build() { return builder_.build(order(), {}, {}); }

  support::FakeClock clock_;
  support::FakeProcessRunner processes_{clock_};
  BuildahBuilder builder_{processes_, clock_};
};

TEST_F(BuildahBuilderTest, CommandsAreTheOnesThatBuildRuns) {
  processes_.answer({"buildah"}, {});
  ASSERT_TRUE(build());
  EXPECT_EQ(run_commands(), builder_.commands(order()));
  EXPECT_THAT(
      builder_.commands(order()),
      ElementsAre(
          ElementsAre("buildah",
                      "build",
                      "--format",
                      "oci",
                      "--layers=false",
                      "--pull=true",
                      "--timestamp",
                      "1700000000",
                      "--build-arg",
                      "VERSION=1.2.3",
                      "--build-arg",
                      "EMPTY=",
                      "--file",
                      "/src/app/Dockerfile",
                      "--tag",
                      "localhost/sous/build:1",
                      "/src/app"),
          ElementsAre(
              "buildah", "push", "--format", "oci", "localhost/sous/build:1", "oci:/tmp/layout"),
          ElementsAre("buildah", "rmi", "localhost/sous/build:1")));
}

TEST_F(BuildahBuilderTest, AFailedBuildTellsItsLastLines) {
  processes_.script({"buildah", "build"}, [](const ProcessSpec& spec, const Call&) {
    for (int i = 1; i <= 30; ++i) {
      spec.on_line("line " + std::to_string(i));
    }
    return Result<ProcessResult>(ProcessResult{.exit_code = 125, .out = {}, .err = {}});
  });
  const Status built = build();
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code(), Code::failed);
  EXPECT_THAT(built.error().text(), HasSubstr("125"));
  ASSERT_EQ(built.error().details().size(), 20U);
  EXPECT_EQ(built.error().details().back(), "line 30");
  EXPECT_EQ(run_commands().size(), 1U) << "nothing to push or remove";
}

TEST_F(BuildahBuilderTest, TheImageIsRemovedWhenThePushFails) {
  processes_.answer({"buildah"}, {});
  processes_.answer({"buildah", "push"}, {.exit_code = 1, .out = {}, .err = {}});
  const Status built = build();
  ASSERT_FALSE(built);
  EXPECT_THAT(built.error().text(), HasSubstr("push"));
  EXPECT_THAT(run_commands(), Contains(ElementsAre("buildah", "rmi", "localhost/sous/build:1")));
}

TEST_F(BuildahBuilderTest, WhatABuildLeftThatWasEndedIsRemoved) {
  processes_.answer({"buildah"}, {});
  processes_.hang({"buildah", "build"});
  const Call call{.deadline = Deadline::at(clock_.now() + std::chrono::seconds(1)), .stop = {}};
  const Status built = builder_.build(order(), {}, call);
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code(), Code::timeout);
  EXPECT_THAT(run_commands(), Contains(ElementsAre("buildah", "rmi", "localhost/sous/build:1")));
}

TEST_F(BuildahBuilderTest, ProbeSaysWhyBuildahCannotBeUsed) {
  const Status absent = builder_.probe({});
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code(), Code::unavailable);
  EXPECT_THAT(absent.error().hint(), HasSubstr("apt-get install buildah"));

  processes_.answer({"buildah", "info"}, {.exit_code = 125, .out = {}, .err = "no subuid\n"});
  const Status broken = builder_.probe({});
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code(), Code::unavailable);
  EXPECT_THAT(broken.error().message(), HasSubstr("no subuid"));

  processes_.answer({"buildah", "info"}, {});
  EXPECT_TRUE(builder_.probe({}));
}

TEST_F(BuildahBuilderTest, ALayoutPathThatBuildahWouldMisreadIsRefused) {
  BuildOrder odd = order();
  odd.layout = "/tmp/a:b";
  const Status built = builder_.build(odd, {}, {});
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code(), Code::usage);
  EXPECT_TRUE(processes_.runs().empty());
}

}  // namespace
}  // namespace sous::builder_buildah
