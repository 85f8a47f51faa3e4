#include <filesystem>

#include <gtest/gtest.h>

#include "steps.h"

/// An image that its registry has lost, and its way back (design.md section 5, "Gone").
namespace sous::acceptance {
namespace {

constexpr const char* kVersion = "1.0.0";

class Gone : public testing::Test {
 protected:
  Gone() {
    service.release(kVersion);
    machine.answer(service.directory(), {"init"});
    built = build(machine, service);
  }

  /// The registry forgets every image.
  void lose() {
    const std::string stored = machine.registry().storage() + "/docker/registry/v2";
    std::filesystem::rename(stored, stored + "-lost");
  }

  void scan() { machine.answer(service.directory(), {"index", "scan"}); }

  /// Deploys, and expects no success; the reason.
  std::string refused(int exit_code, const std::string& state) {
    const auto answer = machine.answer(
        service.directory(), {"deploy", "-cluster", "local", "-tag", kVersion}, exit_code);
    EXPECT_EQ(text_at(answer, {"operations", "0", "state"}), state);
    return text_at(answer, {"operations", "0", "reason"});
  }

  Ran restore(Texts flags) {
    flags.insert(flags.begin(), {"artifact", "restore", built.digest, "-tag", kVersion});
    return machine.sous(service.directory(), flags);
  }

  /// The very image is there again, and is what the version means.
  void expect_back() {
    const std::string by_tag = repository_of(built.image) + ":" + kVersion;
    EXPECT_EQ(support::run_program({"skopeo",
                                    "inspect",
                                    "--tls-verify=false",
                                    "--format",
                                    "{{.Digest}}",
                                    "docker://" + by_tag}),
              built.digest);
    acceptance::deploy(machine, service, kVersion);
    EXPECT_EQ(running_digest(machine, service), built.digest);
    expect_nothing_to_do(machine, service);
  }

  static void expect_ways_out(const std::string& reason) {
    EXPECT_NE(reason.find("image gone"), std::string::npos) << reason;
    EXPECT_NE(reason.find("sous artifact restore"), std::string::npos) << reason;
    EXPECT_NE(reason.find("new version"), std::string::npos) << reason;
    EXPECT_NE(reason.find("sous lock supersede"), std::string::npos) << reason;
  }

  Machine machine;
  Checkout service = machine.service("hello");
  Built built;
};

TEST_F(Gone, AKnownLossBlocksBeforeAnythingIsGivenAndAMirrorBringsItBack) {
  const support::DockerRegistry mirror;
  const std::string path = built.image.substr(built.image.find('/'));
  copy_image(built.image, mirror.host() + repository_of(path) + ":any");
  scan();
  lose();
  scan();
  expect_ways_out(refused(3, "blocked"));
  // Nothing was written: no given record, and the manifest asks for nothing.
  expect_nothing_to_do(machine, service);

  const Ran elsewhere = restore({"-from", machine.registry().host()});
  EXPECT_EQ(elsewhere.exit_code, 1) << elsewhere.err;
  const Ran back = restore({"-from", mirror.host()});
  ASSERT_EQ(back.exit_code, 0) << back.err;
  EXPECT_NE(back.err.find("is back, from " + mirror.host()), std::string::npos) << back.err;
  expect_back();
}

TEST_F(Gone, AnUnknownLossIsToldByTheFailureAndBlocksTheNextTime) {
  lose();
  expect_ways_out(refused(1, "failed"));
  const Ran plan = machine.sous(service.directory(), {"plan"});
  EXPECT_EQ(plan.exit_code, 3) << plan.out;
  EXPECT_NE(plan.out.find("image gone"), std::string::npos) << plan.out;
  expect_ways_out(refused(3, "blocked"));
}

TEST_F(Gone, TheStorageOfThePodmanThatRunsItBringsItBack) {
  acceptance::deploy(machine, service, kVersion);
  scan();
  lose();
  scan();
  // What runs is left alone, and every view says what is wrong.
  for (const Texts& view : {Texts{"plan"}, Texts{"status"}, Texts{"query", "ads"}}) {
    const Ran seen = machine.sous(service.directory(), view);
    EXPECT_EQ(seen.exit_code, 0) << seen.err;
    expect_ways_out(seen.out);
  }
  EXPECT_EQ(running_digest(machine, service), built.digest);

  const Ran back = restore({"-from", "podman"});
  ASSERT_EQ(back.exit_code, 0) << back.err;
  const Ran plan = machine.sous(service.directory(), {"plan"});
  EXPECT_EQ(plan.out.find("image gone"), std::string::npos) << plan.out;
  // Podman has it already: what counts is that another machine can pull it.
  copy_image(built.image, repository_of(built.image) + ":again");
  expect_back();
}

TEST_F(Gone, AnImageLayoutBringsItBackAndAnotherImageIsRefused) {
  const std::string layout = machine.path("layout");
  support::run_program({"skopeo",
                        "copy",
                        "-q",
                        "--src-tls-verify=false",
                        "docker://" + built.image,
                        "oci:" + layout + ":kept"});
  lose();
  const std::string manifest = layout + "/blobs/sha256/" + built.digest.substr(7);
  const std::string bytes = support::read_file(manifest);
  support::write_file(manifest, bytes + " ");
  const Ran changed = restore({"-from", layout});
  EXPECT_EQ(changed.exit_code, 65) << changed.err;
  support::write_file(manifest, bytes);
  const Ran back = restore({"-from", "oci:" + layout});
  ASSERT_EQ(back.exit_code, 0) << back.err;
  expect_back();
}

TEST_F(Gone, OnlyARegisteredImageIsBroughtBack) {
  const Texts unknown{"artifact", "restore", std::string(12, '0'), "-from", "podman"};
  EXPECT_EQ(machine.sous(service.directory(), unknown).exit_code, 1);
  EXPECT_EQ(restore({"-from", "no host at all"}).exit_code, 64);
  EXPECT_EQ(restore({}).exit_code, 64) << "neither an image nor a withdrawal to bring back";
}

}  // namespace
}  // namespace sous::acceptance
