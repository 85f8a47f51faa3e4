#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steps.h"

namespace sous::acceptance {

/// A machine with a checkout of a service to build, no tag.
class BuildTest : public testing::Test {
 protected:
  /// The GDM as a bare repository that can go away.
  void use_remote_gdm() {
    const std::string gdm = machine.path("gdm.git");
    support::run_program({"git", "init", "-q", "--bare", "-b", "main", gdm});
    machine.set("SOUS_GDM", "file://" + gdm);
    ASSERT_EQ(machine.sous(service.directory(), {"init"}).exit_code, 0);
  }

  void remote_goes_away() {
    std::filesystem::rename(machine.path("gdm.git"), machine.path("gdm.away"));
  }

  void remote_comes_back() {
    std::filesystem::rename(machine.path("gdm.away"), machine.path("gdm.git"));
  }

  /// The tags of the service's repository.
  std::string tags(const std::string& image) {
    try {
      return support::run_program(
          {"skopeo", "list-tags", "--tls-verify=false", "docker://" + repository_of(image)});
    } catch (const std::exception& e) {
      return "";
    }
  }

  /// What builds may leave: images, containers, volumes, and files here.
  std::string left_over() {
    auto& podman = machine.podman();
    std::string out = podman.podman({"images", "--all", "--quiet"}) +
                      podman.podman({"ps", "--all", "--quiet", "--external"}) +
                      podman.podman({"volume", "ls", "--quiet"});
    for (const auto* place : {"XDG_STATE_HOME/sous/builds", "tmp"}) {
      std::error_code missing;
      for (const auto& entry : std::filesystem::directory_iterator(machine.path(place), missing)) {
        out += entry.path().string() + "\n";
      }
    }
    return out;
  }

  /// A build that fails leaves everything as it was.
  void expect_refused(const Texts& words, int exit_code, const std::string& why) {
    const std::string before = left_over();
    const Ran run = machine.sous(service.directory(), words);
    EXPECT_EQ(run.exit_code, exit_code) << run.out << run.err;
    EXPECT_THAT(run.err, testing::HasSubstr(why));
    EXPECT_EQ(left_over(), before);
  }

  Machine machine;
  Checkout service = machine.service("hello");
};

}  // namespace sous::acceptance
