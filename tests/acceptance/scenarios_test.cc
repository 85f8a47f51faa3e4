#include <gtest/gtest.h>

#include "steps.h"

/// The situations for which the naming of artifacts was designed.
namespace sous::acceptance {
namespace {

class Scenarios : public testing::Test {
 protected:
  /// Another commit; HEAD is it.
  std::string commit_more() const {
    service.write("README", service.git({"rev-parse", "HEAD"}));
    return service.commit("Explain");
  }

  std::string commit_and_push_more() const {
    const std::string revision = commit_more();
    service.push();
    return revision;
  }

  Built build(Texts flags = {}) const {
    return acceptance::build(machine, service, std::move(flags));
  }

  std::string canonical(const std::string& tag) const {
    return acceptance::canonical(machine, service, tag);
  }

  std::string running() const { return running_digest(machine, service); }

  void init() const { machine.answer(service.directory(), {"init"}); }

  void deploy(const std::string& tag) const { acceptance::deploy(machine, service, tag); }

  Machine machine;
  Checkout service = machine.service("hello");
};

TEST_F(Scenarios, G1RestartedServices) {
  service.release("1.0.0");
  init();
  const Built first = build();
  commit_more();
  service.release("1.1.0");
  const Built second = build();
  deploy("1.1.0");

  copy_image(first.image, repository_of(second.image) + ":1.1.0");
  const std::string container = machine.podman().podman({"ps", "--quiet"});
  machine.podman().podman({"restart", "--time", "1", container});

  EXPECT_EQ(running(), second.digest);
  expect_nothing_to_do(machine, service);
  machine.answer(service.directory(), {"rectify"});
  EXPECT_EQ(running(), second.digest);
}

TEST_F(Scenarios, G2RebuiltServices) {
  service.release("1.0.0");
  init();
  const Built first = build();
  const Built second = build();

  EXPECT_EQ(first.advisories, Texts{});
  EXPECT_EQ(second.advisories, Texts{"rebuilt"});
  EXPECT_TRUE(second.rebuilt);
  EXPECT_NE(second.digest, first.digest);
  EXPECT_EQ(canonical("1.0.0"), first.digest);
  EXPECT_EQ(lock_state(machine, service, "1.0.0"), "final");
  deploy("1.0.0");
  EXPECT_EQ(running(), first.digest);
}

TEST_F(Scenarios, G3EphemeralTagsBecomingReal) {
  init();
  const Built ephemeral = build({"-tag", "1.2.3"});
  EXPECT_EQ(ephemeral.advisories, Texts{"ephemeral tag"});
  EXPECT_EQ(lock_state(machine, service, "1.2.3"), "provisional");
  deploy("1.2.3");

  service.release("1.2.3");
  const Built real = build();
  EXPECT_EQ(real.advisories, Texts{});
  EXPECT_FALSE(real.rebuilt);
  EXPECT_EQ(canonical("1.2.3"), real.digest);
  EXPECT_EQ(lock_state(machine, service, "1.2.3"), "final");

  machine.answer(service.directory(), {"rectify"});
  EXPECT_EQ(running(), ephemeral.digest);
  deploy("1.2.3");
  EXPECT_EQ(running(), real.digest);
}

TEST_F(Scenarios, G3EphemeralTagsBecomingRealOnAnotherRevision) {
  init();
  const Built ephemeral = build({"-tag", "1.2.3"});
  deploy("1.2.3");

  const std::string tagged = commit_more();
  service.release("1.2.3");
  const Built real = build();
  EXPECT_EQ(real.advisories, Texts{});
  const auto why = machine.answer(service.directory(), {"why", "-tag", "1.2.3"});
  EXPECT_EQ(text_at(why, {"digest"}), real.digest);
  EXPECT_EQ(text_at(why, {"lock", "revision"}), tagged);
  EXPECT_EQ(text_at(why, {"lock", "state"}), "final");

  machine.answer(service.directory(), {"rectify"});
  EXPECT_EQ(running(), ephemeral.digest);
  deploy("1.2.3");
  EXPECT_EQ(running(), real.digest);
}

TEST_F(Scenarios, G4BuildsOnTheTagVersusPastTheTag) {
  service.release("1.2.3");
  const Built on_tag = build();
  commit_and_push_more();

  const auto refused = machine.answer(service.directory(), {"build"}, 3);
  EXPECT_EQ(text_at(refused, {"error", "code"}), "blocked");
  const Built past = build({"-anyway"});
  EXPECT_NE(past.digest, on_tag.digest);
  EXPECT_EQ(past.advisories, Texts({"tag mismatch", "tag not on built revision"}));
  EXPECT_EQ(canonical("1.2.3"), on_tag.digest);
}

TEST_F(Scenarios, G5BuildsPastTheTagBeforeTheOneOnTheTag) {
  service.release("1.2.3");
  commit_and_push_more();
  const Built past = build();
  EXPECT_EQ(past.advisories, Texts{"tag not on built revision"});
  EXPECT_EQ(canonical("1.2.3"), past.digest);

  service.git({"checkout", "-q", "1.2.3"});
  const Built on_tag = build();
  EXPECT_EQ(on_tag.advisories, Texts{});
  EXPECT_EQ(canonical("1.2.3"), on_tag.digest);
  EXPECT_EQ(lock_state(machine, service, "1.2.3"), "final");
}

TEST_F(Scenarios, G6QaAdvisories) {
  const std::string pushed = service.git({"rev-parse", "HEAD"});
  commit_more();
  service.write("server.conf", "not committed\n");
  const Built three = build({"-tag", "1.2.3"});
  EXPECT_EQ(three.advisories, Texts({"dirty workspace", "ephemeral tag", "unpushed revision"}));
  EXPECT_EQ(canonical("1.2.3"), three.digest);

  service.git({"clean", "-qfd"});
  service.git({"checkout", "-q", pushed});
  const Built one = build({"-tag", "1.2.3"});
  EXPECT_EQ(one.advisories, Texts{"ephemeral tag"});
  EXPECT_EQ(canonical("1.2.3"), one.digest);

  commit_more();
  const Built two = build({"-tag", "1.2.3"});
  EXPECT_EQ(two.advisories, Texts({"ephemeral tag", "unpushed revision"}));
  EXPECT_EQ(canonical("1.2.3"), one.digest);
}

}  // namespace
}  // namespace sous::acceptance
