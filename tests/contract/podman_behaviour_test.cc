#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/podman_world.h"
#include "support/await.h"

// What only real containers can show: the suite of scheduler_contract.h holds the rest.
namespace sous::contract {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Holds a port of the loopback address.
class Listener {
 public:
  Listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size);
    ::listen(fd_, 1);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }

  ~Listener() { ::close(fd_); }

  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

class PodmanBehaviour : public testing::Test {
 protected:
  void SetUp() override {
    if (!support::PodmanService::unusable_because().empty()) {
      GTEST_SKIP() << support::PodmanService::unusable_because();
    }
    world_ = std::make_unique<PodmanWorld>();
  }

  support::PodmanService& podman() { return world_->podman(); }

  Scheduler& scheduler() { return world_->scheduler(); }

  DeployOrder good(std::uint64_t generation, std::uint32_t instances = 1) {
    return order_of(world_->image(ImageKind::good), generation, instances);
  }

  ObservedDeployment await_health(const DeployOrder& order, Health health) {
    ObservedDeployment last{.id = order.deployment.id};
    support::await([&] {
      auto seen = scheduler().look(order.deployment.id, order.gdm_id, order.generation, {});
      if (seen) {
        last = std::move(*seen);
      }
      return last.health == health;
    });
    EXPECT_EQ(health_text(last.health), health_text(health)) << last.message;
    return last;
  }

  ObservedDeployment apply_healthy(const DeployOrder& order) {
    const Status applied = scheduler().apply(order, {});
    EXPECT_TRUE(applied) << applied.error().text();
    return await_health(order, Health::healthy);
  }

  std::string first_container(const DeployOrder& order) {
    const auto seen = scheduler().look(order.deployment.id, order.gdm_id, order.generation, {});
    return seen ? seen->scheduler_id + "-i0" : "";
  }

  std::string inspect(const std::string& name, const std::string& format) {
    return podman().podman({"inspect", "--format", format, name});
  }

  std::unique_ptr<PodmanWorld> world_;
};

TEST_F(PodmanBehaviour, AnotherProcessReadsTheStateFromTheLabelsAlone) {
  const DeployOrder order = good(3, 2);
  const ObservedDeployment seen = apply_healthy(order);
  const auto other = world_->another_scheduler();
  const auto again = other->look(order.deployment.id, kGdm, 3, {});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->addresses, seen.addresses);
  EXPECT_EQ(again->source, order.deployment.source());
  EXPECT_EQ(again->effective_fingerprint, order.deployment.effective_fingerprint);
}

TEST_F(PodmanBehaviour, ContainersHaveTheLimitsAndVariablesOfTheOrder) {
  DeployOrder order = good(1);
  order.deployment.spec.env = {{"GREETING", "good morning"}, {"PORT0", "overruled"}};
  order.deployment.spec.resources = {{"cpus", "0.25"}, {"memory", "48"}, {"ports", "2"}};
  const support::TempDir data;
  order.deployment.spec.volumes = {{data.path(), "/data", Volume::Mode::read_only}};
  const ObservedDeployment seen = apply_healthy(order);
  const std::string name = first_container(order);
  EXPECT_EQ(inspect(name, "{{.HostConfig.Memory}} {{.HostConfig.CpuQuota}}"),
            fmt::format("{} 25000", 48 << 20));
  EXPECT_EQ(inspect(name, "{{.HostConfig.RestartPolicy.Name}}"), "always");
  const std::string env = inspect(name, ";{{range .Config.Env}}{{.}};{{end}}");
  EXPECT_THAT(env, HasSubstr(";GREETING=good morning;"));
  EXPECT_THAT(env, HasSubstr(";TASK_HOST=127.0.0.1;"));
  EXPECT_THAT(env, HasSubstr(";PORT1="));
  EXPECT_THAT(env, Not(HasSubstr("overruled")));
  ASSERT_EQ(seen.addresses.size(), 1U);
  EXPECT_THAT(env, HasSubstr(";PORT0=" + seen.addresses[0].substr(10) + ";"));
  EXPECT_EQ(inspect(name, "{{range .Mounts}}{{.Destination}} {{.RW}}{{end}}"), "/data false");
}

TEST_F(PodmanBehaviour, ContainersOfOthersAreNeitherSeenNorTouched) {
  const DeployOrder order = good(1);
  const std::string image = order.image.str();
  podman().podman({"run", "--detach", "--name", "theirs", "--network", "host", image});
  // Made from an image that was committed from one of ours: it has all of our labels.
  apply_healthy(order);
  podman().podman({"commit", "--quiet", first_container(order), "localhost/copy"});
  podman().podman({"run", "--detach", "--name", "copied", "--network", "none", "localhost/copy"});

  const auto observed = scheduler().observe({});
  ASSERT_TRUE(observed);
  EXPECT_TRUE(observed->completeness.is_complete());
  ASSERT_EQ(observed->deployments.size(), 1U);
  EXPECT_EQ(observed->deployments[0].instances, 1U);
  ASSERT_TRUE(scheduler().remove(order.deployment.id, kGdm, {}));
  EXPECT_EQ(inspect("theirs", "{{.State.Status}}"), "running");
  EXPECT_EQ(inspect("copied", "{{.State.Status}}"), "running");
}

TEST_F(PodmanBehaviour, ANameTakenBySomebodyElseIsAClearFailure) {
  const DeployOrder order = good(1);
  apply_healthy(order);
  const std::string name = first_container(order);
  ASSERT_TRUE(scheduler().remove(order.deployment.id, kGdm, {}));
  podman().podman({"run", "--detach", "--name", name, "--network", "none", order.image.str()});
  const Status applied = scheduler().apply(order, {});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code(), Code::failed);
  EXPECT_THAT(applied.error().text(), HasSubstr("did not make"));
  EXPECT_THAT(applied.error().hint(), HasSubstr("podman rename " + name));
  EXPECT_EQ(inspect(name, "{{.State.Status}}"), "running");
}

TEST_F(PodmanBehaviour, AnInterruptedApplyIsCompletedByTheNext) {
  DeployOrder order = good(1, 3);
  apply_healthy(order);
  const std::string name = first_container(order);
  podman().podman({"rm", "--force", "--time", "0", name});
  EXPECT_EQ(await_health(order, Health::pending).instances, 2U);
  ASSERT_TRUE(scheduler().apply(order, {}));
  EXPECT_EQ(await_health(order, Health::healthy).addresses.size(), 3U);
}

TEST_F(PodmanBehaviour, WhatAMachinesRestartStoppedIsStoppedAndStartsAgain) {
  const DeployOrder order = good(1);
  const ObservedDeployment before = apply_healthy(order);
  podman().podman({"stop", "--time", "0", first_container(order)});
  const ObservedDeployment stopped = await_health(order, Health::stopped);
  EXPECT_EQ(stopped.instances, 0U);
  EXPECT_TRUE(stopped.addresses.empty());
  ASSERT_TRUE(scheduler().apply(order, {}));
  EXPECT_EQ(await_health(order, Health::healthy).addresses, before.addresses);
}

TEST_F(PodmanBehaviour, AnImageThatNobodyHasFailsInPodmansWords) {
  const auto image =
      ImageByDigest{ImageRepository::parse("127.0.0.1:1/none").value(), Digest::sha256_of("x")};
  const Status applied = scheduler().apply(order_of(image, 1), {});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code(), Code::unavailable) << "the registry may come back";
  EXPECT_THAT(applied.error().text(), HasSubstr("connection refused"));
  EXPECT_THAT(applied.error().text(), HasSubstr(image.str()));
  EXPECT_TRUE(scheduler().observe({})->deployments.empty());
}

TEST_F(PodmanBehaviour, AProgramThatCannotStartFailsAndLeavesNothing) {
  const auto image = podman().build("sous/broken", "FROM scratch\nENTRYPOINT [\"/absent\"]\n", {});
  const Status applied = scheduler().apply(order_of(image, 1, 2), {});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code(), Code::failed);
  EXPECT_THAT(applied.error().text(), HasSubstr("/absent"));
  EXPECT_EQ(podman().podman({"ps", "--all", "--quiet"}), "");
}

TEST_F(PodmanBehaviour, ASilentPodmanIsUnavailableWithAHint) {
  const DeployOrder order = good(1);
  podman().stop_service();
  const auto observed = scheduler().observe({});
  ASSERT_FALSE(observed);
  EXPECT_EQ(observed.error().code(), Code::unavailable);
  EXPECT_THAT(observed.error().hint(),
              HasSubstr("podman system service --time=0 unix://" + podman().socket()));
  EXPECT_EQ(scheduler().apply(order, {}).error().code(), Code::unavailable);
}

TEST_F(PodmanBehaviour, TwoProcessesNeverShareAPort) {
  // Two deployments, given by two processes at once, with hardly more ports than instances.
  const auto first_port = world_->ports().first;
  const scheduler_podman::PortRange narrow{.first = first_port,
                                           .last = static_cast<std::uint16_t>(first_port + 7)};
  const auto one = world_->another_scheduler(narrow);
  const auto two = world_->another_scheduler(narrow);
  const DeployOrder first = good(1, 2);
  DeployOrder second = good(1, 2);
  second.deployment.id = deployment_id("other");
  Status applied_first;
  std::thread thread([&] { applied_first = one->apply(first, {}); });
  const Status applied_second = two->apply(second, {});
  thread.join();
  ASSERT_TRUE(applied_first) << applied_first.error().text();
  ASSERT_TRUE(applied_second) << applied_second.error().text();
  std::set<std::string> addresses;
  for (const auto& order : {first, second}) {
    const auto seen = await_health(order, Health::healthy);
    addresses.insert(seen.addresses.begin(), seen.addresses.end());
  }
  EXPECT_EQ(addresses.size(), 4U);
}

TEST_F(PodmanBehaviour, PortsInUseByOthersAreLeftOut) {
  const Listener listener;
  const auto taken = listener.port();
  const scheduler_podman::PortRange range{.first = taken, .last = taken};
  const Status applied = world_->another_scheduler(range)->apply(good(1), {});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code(), Code::failed);
  EXPECT_THAT(applied.error().text(), HasSubstr("no 1 host ports are free"));
}

}  // namespace
}  // namespace sous::contract
