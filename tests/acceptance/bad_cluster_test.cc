#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steps.h"

/// A deploy that the cluster cannot carry out, on a real podman: it ends in a state, with the
/// cluster's own words, what still runs and what to do; the old version stays up.
namespace sous::acceptance {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;

class BadCluster : public testing::Test {
 protected:
  BadCluster() {
    service.release("1.0.0");
    machine.answer(service.directory(), {"init"});
    build(machine, service);
    deploy(machine, service, "1.0.0");
  }

  /// Builds version 1.1.0, made from another Dockerfile where one is given.
  Built build_next(const std::string& dockerfile = "") const {
    service.write("README", "1.1.0");
    if (!dockerfile.empty()) {
      service.write("Dockerfile", dockerfile);
    }
    service.commit("Go on");
    service.release("1.1.0");
    return build(machine, service);
  }

  /// Deploys 1.1.0, which the cluster refuses or cannot bring up.
  void expect_refused(const Texts& words) const {
    const Ran run = machine.sous(service.directory(), {"deploy", "-cluster", "local"});
    EXPECT_EQ(run.exit_code, 1) << run.out << run.err;
    for (const auto& word : words) {
      EXPECT_THAT(run.out, HasSubstr(word)) << run.err;
    }
    EXPECT_THAT(run.out,
                HasSubstr("still runs: version 1.0.0, 1 instance of generation 1, healthy"));
    EXPECT_EQ(Machine::http_get(running_address(machine, service)), "version 1.0.0");
    const Ran plan = machine.sous(service.directory(), {"plan"});
    EXPECT_EQ(plan.exit_code, 3) << "a failed generation is not tried again: " << plan.out;
  }

  /// Everything that the registry keeps.
  std::set<fs::path> blobs() {
    std::set<fs::path> out;
    for (const auto& file : fs::recursive_directory_iterator(machine.registry().storage())) {
      if (file.is_regular_file() && file.path().filename() == "data") {
        out.insert(file.path());
      }
    }
    return out;
  }

  /// A person's edit of the manifest.
  void edit_manifest(const std::string& from, const std::string& to) const {
    const Checkout gdm = Checkout::existing(machine.path("XDG_DATA_HOME/sous/gdm/local"));
    for (const auto& file : fs::recursive_directory_iterator(gdm.directory() + "/manifests")) {
      if (file.is_regular_file()) {
        support::run_program({"sed", "-i", "s|" + from + "|" + to + "|", file.path()});
      }
    }
    gdm.commit("Edit");
  }

  Machine machine;
  Checkout service = machine.service("hello");
};

TEST_F(BadCluster, AContainerThatExits) {
  build_next("FROM scratch\nCOPY server /server\nENV EXIT_CODE=7\nENTRYPOINT [\"/server\"]\n");
  // Whether it is seen between two of its ends or after one decides the words around the code.
  expect_refused({"code 7", "crashes on purpose", "sous rollback"});
}

TEST_F(BadCluster, AHealthCheckThatNeverPasses) {
  edit_manifest("Timeout: 30", "&\\n      CheckReadyInterval: 1\\n      CheckReadyRetries: 2");
  build_next("FROM scratch\nCOPY server /server\nENV STATUS=500\nENTRYPOINT [\"/server\"]\n");
  expect_refused({"500", "sous rollback"});
}

TEST_F(BadCluster, AnImageThatCannotBePulled) {
  const std::set<fs::path> before = blobs();
  const Built next = build_next("FROM scratch\nCOPY server /another\nENTRYPOINT [\"/another\"]\n");
  fs::path layer;  // the biggest of the new blobs
  for (const fs::path& blob : blobs()) {
    if (!before.contains(blob) && (layer.empty() || fs::file_size(blob) > fs::file_size(layer))) {
      layer = blob;
    }
  }
  ASSERT_TRUE(fs::remove(layer));
  machine.podman().podman({"image", "prune", "--all", "--force"});
  expect_refused({"pulling " + next.image, "push the image there again"});
}

TEST_F(BadCluster, WrongCredentials) {
  const Built next = build_next();
  const support::DockerRegistry guarded({.login = true});
  const std::string name = repository_of(next.image);
  copy_image(next.image,
             guarded.host() + name.substr(name.find('/')) + ":1.1.0",
             {std::string("--dest-creds=") + support::DockerRegistry::kUser + ":" +
              support::DockerRegistry::kPassword});
  // Sous may look there; the user whose podman it is may not pull.
  support::write_file(machine.path("auth.json"), "{}");
  support::run_program({"podman",
                        "login",
                        "--tls-verify=false",
                        "--authfile",
                        machine.path("auth.json"),
                        "--username",
                        support::DockerRegistry::kUser,
                        "--password",
                        support::DockerRegistry::kPassword,
                        guarded.host()});
  machine.set("REGISTRY_AUTH_FILE", machine.path("auth.json"));
  machine.answer(service.directory(), {"cluster", "set", "local", "-pull-from", guarded.host()});
  expect_refused({"pulling " + guarded.host(), "podman login " + guarded.host()});
}

TEST_F(BadCluster, PortsExhausted) {
  build_next();
  edit_manifest("ports: \"1\"", "ports: \"20000\"");
  expect_refused({"no 20000 host ports are free", "run fewer instances"});
}

TEST_F(BadCluster, ANameTakenByAForeignContainer) {
  build_next();
  const std::string ours = machine.podman().podman({"ps", "--format", "{{.Names}}"});
  const auto generation = ours.rfind("-g1-");
  ASSERT_NE(generation, std::string::npos) << ours;
  std::string name = ours;
  name.replace(generation, 4, "-g2-");
  const std::string image = machine.podman().podman({"ps", "--format", "{{.ImageID}}"});
  machine.podman().podman({"create", "--name", name, "--network", "none", image});
  expect_refused({"did not make", "podman rename " + name});
  EXPECT_EQ(machine.podman().podman({"inspect", "--format", "{{.Name}}", name}), name);
}

}  // namespace
}  // namespace sous::acceptance
