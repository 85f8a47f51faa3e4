#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "steps.h"

/// Which image a version means, where no GDM has registrations: what other nodes left in the
/// registry is all there is (sous-original 12.6).
namespace sous::acceptance {
namespace {

class ChoiceRows : public testing::Test {
 protected:
  Built build(Texts flags = {}) const {
    return acceptance::build(machine, service, std::move(flags));
  }

  /// From now on a node that knows nothing: neither the GDM nor the index of before.
  void become_another_node(const std::string& name) {
    machine.set("SOUS_GDM", machine.path(name + "/gdm.git"));
    machine.set("SOUS_INDEX", machine.path(name + "/index.db"));
    machine.answer(service.directory(), {"init"});
  }

  std::string canonical(const std::string& tag) const {
    return acceptance::canonical(machine, service, tag);
  }

  std::string head() const { return service.git({"rev-parse", "HEAD"}); }

  /// An image of the service that another build system made and pushed; its name with a tag.
  std::string foreign_image(const std::string& tag) {
    const std::string name = fmt::format("{}/other/hello:{}", machine.registry().host(), tag);
    machine.podman().podman(
        {"build", "-q", "--label", "maker=" + tag, "-t", name, service.directory()});
    machine.podman().podman({"push", "-q", "--tls-verify=false", name});
    return name;
  }

  /// `sous artifact add IMAGE -tag TAG`, of HEAD.
  codec::Json add(const std::string& image, const std::string& tag, Texts flags = {}) const {
    Texts command{"artifact", "add", image, "-tag", tag, "-revision", head()};
    command.insert(command.end(), flags.begin(), flags.end());
    return machine.answer(service.directory(), command);
  }

  Machine machine;
  Checkout service = machine.service("hello");
};

TEST_F(ChoiceRows, G7OnEqualCountsTheEarliestRegistered) {
  const Built first = build({"-tag", "1.2.3"});
  service.write("README", "more\n");
  service.commit("Explain");
  service.push();
  const Built second = build({"-tag", "1.2.3"});
  EXPECT_EQ(first.advisories, second.advisories);
  EXPECT_NE(first.digest, second.digest);
  EXPECT_EQ(canonical("1.2.3"), first.digest);

  // Without registrations the labels' time says the same.
  become_another_node("other");
  EXPECT_EQ(canonical("1.2.3"), first.digest);
}

TEST_F(ChoiceRows, G11OneDigestRegisteredForTwoVersionsIsBoth) {
  const std::string image = foreign_image("any");
  const std::string digest = text_at(add(image, "1.0.0"), {"registrations", "0", "digest"});
  add(image, "1.1.0");
  EXPECT_EQ(canonical("1.0.0"), digest);
  EXPECT_EQ(canonical("1.1.0"), digest);
}

TEST_F(ChoiceRows, G12AnImageWithoutDigestIsRefused) {
  const std::string image = foreign_image("any");
  const auto bare = image.substr(0, image.rfind(':'));
  const Texts flags{"-tag", "1.0.0", "-revision", head()};
  Texts command{"artifact", "add", bare};
  command.insert(command.end(), flags.begin(), flags.end());
  const auto refused = machine.answer(service.directory(), command, 64);
  EXPECT_EQ(text_at(refused, {"error", "code"}), "usage");

  command[2] = bare + ":absent";
  machine.answer(service.directory(), command, 1);
  machine.answer(service.directory(), {"lock", "show", "-tag", "1.0.0"}, 1);
}

TEST_F(ChoiceRows, G13TheSameTwiceChangesNothing) {
  const std::string image = foreign_image("any");
  const auto first = add(image, "1.0.0");
  EXPECT_EQ(text_at(first, {"registrations", "0", "origin"}), "added");
  EXPECT_EQ(texts_at(first, {"registrations", "0", "advisories"}), Texts{"added artifact"});
  EXPECT_EQ(text_at(first, {"locks", "0", "state"}), "provisional");
  const auto before = machine.answer(service.directory(), {"query", "gdm"});

  EXPECT_EQ(add(image, "1.0.0"), first);
  const auto after = machine.answer(service.directory(), {"query", "gdm"});
  EXPECT_EQ(text_at(after, {"revision"}), text_at(before, {"revision"}));
}

TEST_F(ChoiceRows, G14BuildMetadataOfAnAddedVersionIsNoPartOfIt) {
  const auto added = add(foreign_image("any"), "1.2.4+1234");
  EXPECT_EQ(canonical("1.2.4"), text_at(added, {"registrations", "0", "digest"}));
  EXPECT_EQ(canonical("1.2.4+5678"), text_at(added, {"registrations", "0", "digest"}));
}

TEST_F(ChoiceRows, AnAddedArtifactIsDeployedByItsDigest) {
  const std::string image = foreign_image("any");
  const auto added = add(image, "1.0.0", {"-advisory", "unpushed revision"});
  const std::string digest = text_at(added, {"registrations", "0", "digest"});
  EXPECT_EQ(texts_at(added, {"registrations", "0", "advisories"}),
            Texts({"added artifact", "unpushed revision"}));

  const std::string by_digest = image.substr(0, image.rfind(':')) + "@" + digest;
  EXPECT_EQ(at(add(by_digest, "1.0.0"), {"registrations"}).as_array()->size(), 1U);
  const auto named = machine.answer(service.directory(), {"artifact", "get", "-tag", "1.0.0"});
  EXPECT_EQ(text_at(named, {"image"}), by_digest);

  machine.answer(service.directory(), {"init"});
  acceptance::deploy(machine, service, "1.0.0");
  EXPECT_EQ(running_digest(machine, service), digest);
  expect_nothing_to_do(machine, service);

  // No cluster allows what nobody has heard of.
  add(foreign_image("unknown"), "1.1.0", {"-advisory", "not scanned,dirty workspace"});
  machine.answer(service.directory(), {"deploy", "-cluster", "local", "-tag", "1.1.0"}, 3);
}

TEST_F(ChoiceRows, AnImageWithOtherLabelsIsNotAdded) {
  service.release("1.2.3");
  const Built known = build();
  Texts command{"artifact", "add", known.image, "-tag", "9.9.9", "-revision", head()};
  const auto refused = machine.answer(service.directory(), command, 3);
  EXPECT_EQ(text_at(refused, {"error", "code"}), "blocked");

  // As what its labels say it is known already, or becomes so in another GDM.
  command[4] = "1.2.3";
  machine.answer(service.directory(), command);
  become_another_node("other");
  const auto added = machine.answer(service.directory(), command);
  EXPECT_EQ(texts_at(added, {"registrations", "0", "advisories"}), Texts{"added artifact"});
  EXPECT_EQ(text_at(added, {"registrations", "0", "digest"}), known.digest);
}

TEST_F(ChoiceRows, AWithdrawnArtifactIsNoCandidateUntilItIsRestored) {
  const std::string first = text_at(add(foreign_image("one"), "1.0.0"), {"locks", "0", "digest"});
  const auto both = add(foreign_image("two"), "1.0.0");
  const std::string second = text_at(both, {"registrations", "1", "digest"});
  const auto change = [&](const std::string& what, const std::string& digest, int status) {
    return machine.answer(service.directory(),
                          {"artifact", what, digest, "-tag", "1.0.0", "-reason", "for a test"},
                          status);
  };
  change("withdraw", first, 3);  // the version is locked to it
  const auto withdrawn = change("withdraw", second, 0);
  EXPECT_EQ(text_at(withdrawn, {"registrations", "1", "withdrawn", "why"}), "for a test");
  const auto refused =
      machine.answer(service.directory(), {"lock", "supersede", "-to", second, "-reason", "no"}, 3);
  EXPECT_EQ(text_at(refused, {"error", "code"}), "blocked");

  const auto restored = change("restore", second, 0);
  EXPECT_TRUE(at(restored, {"registrations", "1", "withdrawn"}).is_null());
  EXPECT_EQ(text_at(restored, {"registrations", "1", "ended_withdrawals", "0", "withdrawn", "why"}),
            "for a test");
  machine.answer(service.directory(), {"lock", "supersede", "-to", second, "-reason", "better"});
  EXPECT_EQ(canonical("1.0.0"), second);
  EXPECT_EQ(lock_state(machine, service, "1.0.0"), "final");
}

TEST_F(ChoiceRows, G8G9AnotherNodeFindsTheSameWithoutRegistrations) {
  const Built ephemeral = build({"-tag", "1.2.3"});
  become_another_node("early");
  EXPECT_EQ(canonical("1.2.3"), ephemeral.digest);  // this node saw the first one first

  become_another_node("builder");
  service.release("1.2.3");
  const Built real = build();
  EXPECT_EQ(real.advisories, Texts{});
  machine.set("SOUS_INDEX", machine.path("lost/index.db"));
  EXPECT_EQ(canonical("1.2.3"), real.digest);

  machine.set("SOUS_GDM", machine.path("early/gdm.git"));
  machine.set("SOUS_INDEX", machine.path("early/index.db"));
  EXPECT_EQ(canonical("1.2.3"), real.digest);
  become_another_node("late");
  EXPECT_EQ(canonical("1.2.3"), real.digest);
}

TEST_F(ChoiceRows, G10AnImageWithoutOneOfTheFourLabelsIsIgnored) {
  service.release("1.2.3");
  const Built known = build();
  const std::string name = repository_of(known.image) + ":9.9.9";
  service.write("Dockerfile.other", "FROM scratch\nCOPY server /server\n");
  machine.podman().podman({"build",
                           "-q",
                           "--label",
                           "com.opentable.sous.version=9.9.9",
                           "-t",
                           name,
                           "-f",
                           service.directory() + "/Dockerfile.other",
                           service.directory()});
  machine.podman().podman({"push", "-q", "--tls-verify=false", name});
  machine.answer(service.directory(), {"why", "-tag", "9.9.9"}, 1);
}

TEST_F(ChoiceRows, AnImageBuiltFromASousImageIsNotThatVersion) {
  service.release("1.2.3");
  const Built known = build();
  const std::string name = repository_of(known.image) + ":derived";
  service.write("Dockerfile.other", "FROM " + known.image + "\nCOPY Dockerfile /other\n");
  machine.podman().podman({"build",
                           "-q",
                           "--tls-verify=false",
                           "-t",
                           name,
                           "-f",
                           service.directory() + "/Dockerfile.other",
                           service.directory()});
  machine.podman().podman({"push", "-q", "--tls-verify=false", name});

  become_another_node("other");
  const auto why = machine.answer(service.directory(), {"why", "-tag", "1.2.3"});
  EXPECT_EQ(text_at(why, {"digest"}), known.digest);
  EXPECT_EQ(at(why, {"candidates"}).as_array()->size(), 1U);
}

TEST_F(ChoiceRows, AConvertedCopyIsTheSameBuild) {
  service.release("1.2.3");
  const Built known = build();
  copy_image(known.image, repository_of(known.image) + ":copy", {"--format=v2s2"});

  become_another_node("other");
  const auto why = machine.answer(service.directory(), {"why", "-tag", "1.2.3"});
  ASSERT_EQ(at(why, {"candidates"}).as_array()->size(), 1U);
  EXPECT_EQ(text_at(why, {"digest"}), known.digest);
}

TEST_F(ChoiceRows, AnIndexAndItsChildAreOneArtifactOfTheIndexsName) {
  service.release("1.2.3");
  const Built known = build();
  const std::string name = repository_of(known.image) + ":multi";
  const auto run = [&](Texts command) {
    support::run_program(command, machine.podman().environment());
  };
  run({"buildah", "manifest", "create", "multi"});
  run({"buildah", "manifest", "add", "--tls-verify=false", "multi", "docker://" + known.image});
  run({"buildah",
       "manifest",
       "push",
       "--quiet",
       "--all",
       "--format",
       "oci",
       "--tls-verify=false",
       "multi",
       "docker://" + name});
  const std::string index = support::run_program(
      {"skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", "docker://" + name});
  ASSERT_NE(index, known.digest);

  become_another_node("other");
  const auto why = machine.answer(service.directory(), {"why", "-tag", "1.2.3"});
  ASSERT_EQ(at(why, {"candidates"}).as_array()->size(), 1U) << why.dump_pretty();
  EXPECT_EQ(text_at(why, {"digest"}), index);

  // What runs is the child, and that is the artifact: nothing differs, and nobody is alarmed.
  acceptance::deploy(machine, service, "1.2.3");
  EXPECT_EQ(running_digest(machine, service), index);
  const auto ads = machine.answer(service.directory(), {"query", "ads"});
  EXPECT_EQ(texts_at(ads, {"deployments", "0", "alarms"}), Texts{});
  expect_nothing_to_do(machine, service);
}

TEST_F(ChoiceRows, AnImageThatOnlyBuildsOthersIsNoService) {
  service.write("Dockerfile.other",
                "FROM scratch\nENV SOUS_RUN_IMAGE_SPEC=/spec.json\nCOPY server /server\n");
  const std::string name = fmt::format("{}/other/builder:1", machine.registry().host());
  machine.podman().podman({"build",
                           "-q",
                           "-t",
                           name,
                           "-f",
                           service.directory() + "/Dockerfile.other",
                           service.directory()});
  machine.podman().podman({"push", "-q", "--tls-verify=false", name});
  const auto added = add(name, "1.0.0");
  EXPECT_EQ(texts_at(added, {"registrations", "0", "advisories"}),
            Texts({"added artifact", "is a build image"}));
  EXPECT_EQ(at(added, {"locks"}).as_array()->size(), 0U);
  machine.answer(service.directory(), {"why", "-tag", "1.0.0"}, 1);
}

}  // namespace
}  // namespace sous::acceptance
