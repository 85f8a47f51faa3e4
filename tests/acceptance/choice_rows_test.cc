#include <algorithm>

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

  Machine machine;
  Checkout service = machine.service("hello");
};

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
  // Two digests, so two candidates that nothing but the digest tells apart.
  ASSERT_EQ(at(why, {"candidates"}).as_array()->size(), 2U);
  const std::string first = text_at(why, {"candidates", "0", "digest"});
  const std::string second = text_at(why, {"candidates", "1", "digest"});
  EXPECT_TRUE(first == known.digest || second == known.digest);
  EXPECT_EQ(text_at(why, {"digest"}), std::min(first, second));
}

}  // namespace
}  // namespace sous::acceptance
