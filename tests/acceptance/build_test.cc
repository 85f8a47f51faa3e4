#include <cstdlib>
#include <filesystem>
#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "build_fixture.h"
#include "support/temp_dir.h"

/// `sous build` on real parts.
namespace sous::acceptance {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(BuildTest, WithTheGdmsRemoteAwayItIsKeptAndTheNextCommandCompletesIt) {
  service.release("1.0.0");
  use_remote_gdm();
  remote_goes_away();
  const auto kept = machine.answer(service.directory(), {"build"}, 4);
  EXPECT_THAT(text_at(kept, {"pending"}), HasSubstr("remote"));
  EXPECT_THAT(texts_at(kept, {"tags"}), IsEmpty());
  const std::string image = text_at(kept, {"image"});
  EXPECT_THAT(tags(image), testing::Not(HasSubstr("1.0.0")));

  const Ran waiting = machine.sous(service.directory(), {"query", "gdm"});
  EXPECT_THAT(waiting.err, HasSubstr("still waits"));
  remote_comes_back();
  const Ran next = machine.sous(service.directory(), {"query", "gdm"});
  EXPECT_THAT(next.err, HasSubstr("is registered now"));
  EXPECT_THAT(tags(image), HasSubstr("\"1.0.0\""));
  EXPECT_EQ(canonical(machine, service, "1.0.0"), text_at(kept, {"digest"}));
  EXPECT_EQ(lock_state(machine, service, "1.0.0"), "final");
  EXPECT_EQ(left_over(), "");
}

TEST_F(BuildTest, PodmanBuildsTheSameAsBuildah) {
  service.release("1.0.0");
  const Built first = build(machine, service, {"-engine", "buildah"});
  const auto second = machine.answer(service.directory(), {"build", "-engine", "podman"});
  EXPECT_EQ(at(second, {"identical"}).as_bool(), true) << second.dump_pretty();
  EXPECT_EQ(left_over(), "");
  expect_refused({"build", "-engine", "docker"}, 64, "buildah and podman");
}

TEST_F(BuildTest, ThePrintedCommandsCanBePastedAndMakeTheSameLayers) {
  service.write("a b", "a name with a space\n");
  service.write("Dockerfile", "FROM scratch\nARG APP_VERSION\nCOPY [\"a b\", \"/\"]\n");
  service.commit("Odd names");
  service.release("1.0.0");
  const Ran printed = machine.sous(service.directory(), {"build", "--print-commands"});
  ASSERT_EQ(printed.exit_code, 0) << printed.err;
  const support::TempDir by_hand;
  support::write_file(by_hand / "commands", "cd " + by_hand.path() + "\nset -e\n" + printed.out);
  support::run_program({"sh", by_hand / "commands"}, machine.podman().environment());
  const std::string index = support::read_file(by_hand / "layout/index.json");
  EXPECT_THAT(index, HasSubstr("sha256:"));
  EXPECT_EQ(left_over(), "");

  const Built built = build(machine, service);
  const std::string by_sous = support::run_program({"skopeo",
                                                    "inspect",
                                                    "--tls-verify=false",
                                                    "--format",
                                                    "{{.Layers}}",
                                                    "docker://" + built.image});
  EXPECT_EQ(
      support::run_program(
          {"skopeo", "inspect", "--format", "{{.Layers}}", "oci:" + by_hand.path() + "/layout"}),
      by_sous);
}

TEST_F(BuildTest, ASplitBuildMakesItsProductsAndLeavesNothing) {
  service.write("spec.json",
                R"({"images":[
    {"image":{"type":"docker","from":"scratch"},
     "files":[{"source":{"dir":"/out dir"},"dest":{"dir":"/srv"}}],
     "exec":["/srv/server","<&>\"$HOME\""]},
    {"kind":"test","offset":"tests","image":{"type":"docker","from":"scratch"},
     "files":[{"source":{"dir":"/out dir/server"},"dest":{"dir":"/t/server"}}],
     "exec":["/t/server"]}]})");
  service.write("Dockerfile",
                "FROM scratch\nENV SOUS_RUN_IMAGE_SPEC=/spec.json\n"
                "COPY spec.json /\nCOPY [\"server\", \"/out dir/\"]\n");
  service.commit("Split it");
  service.release("1.0.0");
  for (const auto* engine : {"buildah", "podman"}) {
    SCOPED_TRACE(engine);
    const auto built = machine.answer(service.directory(), {"build", "-engine", engine});
    EXPECT_EQ(at(built, {"products"}).as_array()->size(), 2U);
    EXPECT_EQ(text_at(built, {"products", "1", "kind"}), "test");
    EXPECT_EQ(text_at(built, {"products", "1", "offset"}), "tests") << "D16: its own";
    EXPECT_EQ(text_at(built, {"products", "0", "offset"}), "") << "D16: else the build's";
    EXPECT_EQ(texts_at(built, {"products", "1", "advisories"}), Texts{"support container"});
    EXPECT_EQ(left_over(), "");
    const std::string config = support::run_program({"skopeo",
                                                     "inspect",
                                                     "--config",
                                                     "--tls-verify=false",
                                                     "docker://" + text_at(built, {"image"})});
    EXPECT_THAT(config, HasSubstr(R"("\u003c\u0026\u003e\"$HOME\"")")) << config;
    EXPECT_THAT(config, HasSubstr("APP_VERSION=1.0.0"));
    EXPECT_THAT(config, testing::Not(HasSubstr("SOUS_RUN_IMAGE_SPEC=")));
  }
  service.write("spec.json", "{}");
  service.commit("Spoil it");
  service.release("1.0.1");
  expect_refused({"build"}, 65, "files is empty");
}

TEST_F(BuildTest, OffsetsAndPathsFromAnyDirectoryNameTheSameSource) {
  service.write("svc/a/Dockerfile", "FROM scratch\nCOPY x /\n");
  service.write("svc/a/x", "x\n");
  service.commit("A second service");
  service.release("a-2.0.0");
  const std::string root = service.directory();
  const std::pair<std::string, Texts> ways[] = {
      {root, {"svc/a"}},
      {root, {"-offset", "svc/a"}},
      {root + "/svc/a", {}},
      {root + "/svc", {"a"}},
      {machine.path(""), {root + "/svc/a"}},
      {root + "/svc/a",
       {"-tag", "a-2.0.0", "-repo", "localhost" + machine.path("remotes/demo/hello")}},
  };
  bool rebuilt = false;
  for (const auto& [directory, words] : ways) {
    Texts line{"build"};
    line.insert(line.end(), words.begin(), words.end());
    const auto built = machine.answer(directory, line);
    EXPECT_EQ(text_at(built, {"source_id", "offset"}), "svc/a");
    EXPECT_EQ(text_at(built, {"source_id", "version"}), "2.0.0");
    EXPECT_EQ(at(built, {"rebuilt"}).as_bool(), rebuilt) << built.dump_pretty();
    rebuilt = true;
  }
}

TEST_F(BuildTest, C17ToC19D15APathNamesTheOffsetFromWhereverItIsGiven) {
  service.write("svc/a/Dockerfile", "FROM scratch\nCOPY x /\n");
  service.write("svc/a/x", "x\n");
  service.commit("A second service");
  service.release("1.0.0");
  const std::string below = service.directory() + "/svc/a";
  const auto offset = [&](const Texts& words) {
    Texts line{"context"};
    line.insert(line.end(), words.begin(), words.end());
    return text_at(machine.answer(below, line), {"source_id", "offset"});
  };
  EXPECT_EQ(offset({".."}), "svc");
  EXPECT_EQ(offset({"../.."}), "");
  EXPECT_EQ(offset({"-offset", "svc/"}), "svc");
  EXPECT_EQ(text_at(machine.answer(below, {"build", "../.."}), {"source_id", "offset"}), "");

  const Ran outside = machine.sous(below, {"build", "../../../.."});
  EXPECT_NE(outside.exit_code, 0);
  EXPECT_THAT(outside.err, HasSubstr(machine.path("")));
  for (const auto* command : {"build", "context", "init"}) {
    const Ran both = machine.sous(service.directory(), {command, "-offset", "svc", "svc/a"});
    EXPECT_EQ(both.exit_code, 64);
    EXPECT_THAT(both.err, HasSubstr("Cannot use both --offset and path argument"));
  }
}

TEST_F(BuildTest, D9D17WhatClustersMayRefuseIsWarnedOf) {
  service.write("left", "not committed\n");
  const Ran built = machine.sous(service.directory(), {"build", "-tag", "1.0.0"});
  EXPECT_EQ(built.exit_code, 0) << built.err;
  const std::string source = "localhost" + machine.path("remotes/demo/hello") + ",1.0.0";
  EXPECT_THAT(built.err,
              HasSubstr("build may not be deployable in all clusters due to advisories:\n  " +
                        source + ": dirty workspace\n"));
  EXPECT_THAT(built.err, testing::Not(HasSubstr(": ephemeral tag\n")));
  service.git({"clean", "-qfd"});
  service.release("1.1.0");
  const Ran clean = machine.sous(service.directory(), {"build"});
  EXPECT_THAT(clean.err, testing::Not(HasSubstr("deployable")));
}

TEST_F(BuildTest, D10D11AnUnpushedRevisionStopsAStrictBuildAlone) {
  service.write("more", "committed\n");
  service.commit("Not pushed");
  expect_refused({"build", "-strict"}, 3, "unpushed revision");
  const Ran built = machine.sous(service.directory(), {"build"});
  EXPECT_EQ(built.exit_code, 0) << built.err;
  EXPECT_THAT(built.out, HasSubstr("unpushed revision"));
}

TEST_F(BuildTest, BadInputLeavesNothing) {
  service.release("1.0.0");
  expect_refused({"build", "-offset", "../other"}, 65, "..");
  expect_refused({"build", "-offset", "nowhere"}, 64, "no directory");
  expect_refused({"build", "-tag", "latest"}, 64, "semver");
  machine.set("PATH", machine.path("no-programs"));
  std::filesystem::create_directories(machine.path("no-programs"));
  std::filesystem::create_symlink("/usr/bin/git", machine.path("no-programs/git"));
  const Ran missing = machine.sous(service.directory(), {"build"});
  EXPECT_EQ(missing.exit_code, 69) << missing.err;
  EXPECT_THAT(missing.err, HasSubstr("podman:"));
}

TEST_F(BuildTest, AFailingBuildShowsItsLastLinesAndPushesNothing) {
  service.write("Dockerfile",
                "FROM scratch\nCOPY server /server\nENV EXIT_CODE=7\nRUN [\"/server\"]\n");
  service.commit("Break it");
  service.release("1.0.0");
  expect_refused({"build"}, 1, "crashes on purpose");
  expect_refused({"build", "-engine", "podman"}, 1, "crashes on purpose");
}

TEST_F(BuildTest, DeployBuildsFromAFreshCloneWhenThereIsNoImage) {
  service.release("1.0.0");
  ASSERT_EQ(machine.sous(service.directory(), {"init"}).exit_code, 0);
  service.write("server", "not committed, so not in the clone\n");
  machine.answer(service.directory(), {"deploy", "-cluster", "local", "-tag", "1.0.0", "-build"});
  const auto why = machine.answer(service.directory(), {"why", "-tag", "1.0.0"});
  EXPECT_EQ(text_at(why, {"lock", "state"}), "final") << "a clean build of the tag";
  EXPECT_EQ(running_digest(machine, service), text_at(why, {"digest"}));

  machine.answer(service.directory(), {"deploy", "-cluster", "local", "-tag", "1.0.0", "-build"});
  const auto again = machine.answer(service.directory(), {"why", "-tag", "1.0.0"});
  EXPECT_EQ(at(again, {"candidates"}).as_array()->size(), 1U) << "a known image is not built again";

  const Ran none =
      machine.sous(service.directory(), {"deploy", "-cluster", "local", "-tag", "7.0.0", "-build"});
  EXPECT_EQ(none.exit_code, 1) << none.err;
  EXPECT_THAT(none.err, HasSubstr("no tag"));
  EXPECT_FALSE(std::filesystem::exists(machine.path("XDG_STATE_HOME/sous/builds")) &&
               !std::filesystem::is_empty(machine.path("XDG_STATE_HOME/sous/builds")));
}

/// Two builders of one source at one time: one image is canonical, the other its rebuild. The
/// first few of the fifty runs that SOUS_RACES asks for.
TEST_F(BuildTest, RacingBuildersEndWithOneCanonicalImageAndOneRebuild) {
  service.release("1.0.0");
  use_remote_gdm();
  const Checkout other = machine.clone("hello", "other");
  const char* wanted = std::getenv("SOUS_RACES");  // NOLINT(concurrency-mt-unsafe)
  const auto races = parse_uint(wanted != nullptr ? wanted : "3").value_or(3);
  for (std::uint64_t i = 1; i <= races; ++i) {
    const std::string version = "2.0." + std::to_string(i);
    SCOPED_TRACE(version);
    service.release(version);
    std::optional<Ran> left;
    std::thread racer(
        [&] { left = machine.sous(other.directory(), {"build", "-tag", version, "-o", "json"}); });
    const Ran right = machine.sous(service.directory(), {"build", "-tag", version, "-o", "json"});
    racer.join();
    ASSERT_EQ(left->exit_code, 0) << left->err;
    ASSERT_EQ(right.exit_code, 0) << right.err;
    const bool left_rebuilt = at(left->json(), {"rebuilt"}).as_bool().value();
    const bool right_rebuilt = at(right.json(), {"rebuilt"}).as_bool().value();
    EXPECT_NE(left_rebuilt, right_rebuilt);
    const std::string first = text_at((left_rebuilt ? right : *left).json(), {"digest"});
    EXPECT_EQ(canonical(machine, service, version), first);
    EXPECT_EQ(text_at((left_rebuilt ? *left : right).json(), {"canonical", "digest"}), first);
  }
  EXPECT_EQ(left_over(), "");
}

}  // namespace
}  // namespace sous::acceptance
