#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "machine.h"

namespace sous::acceptance {
namespace {

struct Refusal {
  int exit_code;
  std::vector<std::string> words;  // each stands in what the user is told
};

void expect_refused(const Ran& run, const Refusal& refusal) {
  EXPECT_EQ(run.exit_code, refusal.exit_code) << run.out << run.err;
  EXPECT_EQ(run.out, "");
  for (const auto& word : refusal.words) {
    EXPECT_NE(run.err.find(word), std::string::npos) << word << " is not in: " << run.err;
  }
}

Checkout released(const Machine& machine) {
  Checkout out = machine.service("hello");
  out.release("1.0.0");
  return out;
}

TEST(BadInput, NoRemoteNamesBothWaysOut) {
  Machine machine;
  const Checkout service = released(machine);
  service.git({"remote", "remove", "origin"});
  expect_refused(machine.sous(service.directory(), {"build"}),
                 {64, {"has no remote", "-repo", "git remote add"}});
}

TEST(BadInput, NoDockerfile) {
  Machine machine;
  const Checkout service = released(machine);
  service.git({"rm", "-q", "Dockerfile"});
  service.commit("Lose it");
  expect_refused(machine.sous(service.directory(), {"build"}), {64, {"no Dockerfile"}});
}

TEST(BadInput, ATagThatIsNoVersion) {
  Machine machine;
  const Checkout service = released(machine);
  expect_refused(machine.sous(service.directory(), {"build", "-tag", "latest"}),
                 {64, {"latest", "version"}});
}

TEST(BadInput, ADirtyTreeIsSaidAndRefusedWhenStrict) {
  Machine machine;
  const Checkout service = released(machine);
  service.write("new", "not committed\n");
  expect_refused(machine.sous(service.directory(), {"build", "-strict"}), {3, {"dirty workspace"}});
  const auto built = machine.answer(service.directory(), {"build"});
  EXPECT_EQ(text_at(built, {"advisories", "0"}), "dirty workspace");
}

TEST(BadInput, AMissingTagMakesAnUnversionedBuildThatSaysSo) {
  Machine machine;
  const Checkout service = machine.service("hello");
  const auto built = machine.answer(service.directory(), {"build"});
  EXPECT_EQ(text_at(built, {"source_id", "version"}), "0.0.0-unversioned");
  EXPECT_EQ(text_at(built, {"advisories", "0"}), "no versioned tag");
}

TEST(BadInput, AnUnreachableRegistry) {
  Machine machine;
  const Checkout service = released(machine);
  const std::string host = machine.registry().host();
  machine.registry().stop();
  expect_refused(machine.sous(service.directory(), {"build"}), {5, {host}});
}

TEST(BadInput, NoRegistryConfigured) {
  Machine machine;
  const Checkout service = released(machine);
  machine.set("SOUS_REGISTRY", "");
  expect_refused(machine.sous(service.directory(), {"build"}), {64, {"registry", "SOUS_REGISTRY"}});
}

TEST(BadInput, MissingPodman) {
  Machine machine;
  const Checkout service = released(machine);
  ASSERT_EQ(machine.sous(service.directory(), {"init"}).exit_code, 0);
  machine.answer(service.directory(), {"build"});
  machine.podman().stop_service();
  expect_refused(machine.sous(service.directory(), {"deploy", "-cluster", "local"}),
                 {69, {"podman system service"}});
  machine.podman().start_service();
  const auto gdm = machine.answer(service.directory(), {"query", "gdm"});
  EXPECT_EQ(text_at(gdm, {"deployments", "0", "version"}), "0.0.0") << "nothing began";
}

TEST(BadInput, DeployWithoutManifestAndToAnUnknownCluster) {
  Machine machine;
  const Checkout service = released(machine);
  machine.answer(service.directory(), {"build"});
  expect_refused(machine.sous(service.directory(), {"deploy", "-cluster", "local"}),
                 {64, {"no manifest", "sous init"}});
  ASSERT_EQ(machine.sous(service.directory(), {"init"}).exit_code, 0);
  expect_refused(machine.sous(service.directory(), {"deploy", "-cluster", "moon"}),
                 {64, {"no cluster moon"}});
}

TEST(BadInput, DeployOfAVersionThatWasNeverBuilt) {
  Machine machine;
  const Checkout service = released(machine);
  ASSERT_EQ(machine.sous(service.directory(), {"init"}).exit_code, 0);
  const Ran run =
      machine.sous(service.directory(), {"deploy", "-cluster", "local", "-tag", "9.9.9"});
  EXPECT_EQ(run.exit_code, 1) << run.out << run.err;
  EXPECT_NE((run.out + run.err).find("no image"), std::string::npos) << run.out << run.err;
}

TEST(BadInput, AServiceThatNeverBecomesHealthyLeavesTheOldOneRunning) {
  Machine machine;
  const Checkout service = released(machine);
  ASSERT_EQ(machine.sous(service.directory(), {"init"}).exit_code, 0);
  machine.answer(service.directory(), {"build"});
  machine.answer(service.directory(), {"deploy", "-cluster", "local"});
  const auto before = machine.answer(service.directory(), {"query", "ads"});

  service.write("Dockerfile",
                "FROM scratch\nCOPY server /server\nENV EXIT_CODE=7\nENTRYPOINT [\"/server\"]\n");
  service.commit("Break it");
  service.release("1.1.0");
  machine.answer(service.directory(), {"build"});
  const Ran run = machine.sous(service.directory(), {"deploy", "-cluster", "local"});
  EXPECT_EQ(run.exit_code, 1) << run.out << run.err;
  EXPECT_NE((run.out + run.err).find("crashes on purpose"), std::string::npos)
      << "the last log lines are shown: " << run.out << run.err;

  const auto after = machine.answer(service.directory(), {"query", "ads"});
  EXPECT_EQ(text_at(after, {"deployments", "0", "running_digest"}),
            text_at(before, {"deployments", "0", "running_digest"}));
  EXPECT_EQ(Machine::http_get(text_at(after, {"deployments", "0", "addresses", "0"})),
            "version 1.0.0");
  const Ran plan = machine.sous(service.directory(), {"plan"});
  EXPECT_EQ(plan.exit_code, 3) << "a failed generation is not tried again: " << plan.out;
}

TEST(BadInput, AFailingBuildShowsItsLastLinesAndLeavesNothing) {
  Machine machine;
  const Checkout service = released(machine);
  service.write("Dockerfile", "FROM scratch\nCOPY not-there /\n");
  service.commit("Break it");
  service.release("1.0.1");
  expect_refused(machine.sous(service.directory(), {"build"}), {1, {"not-there"}});
  EXPECT_EQ(machine.podman().podman({"ps", "--all", "--quiet", "--external"}), "");
  EXPECT_EQ(machine.podman().podman({"images", "--all", "--quiet"}), "");
}

}  // namespace
}  // namespace sous::acceptance
