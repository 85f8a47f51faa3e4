#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <functional>
#include <string_view>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "base/text.h"
#include "steps.h"

/// What people do with deployments, on a real podman.
namespace sous::acceptance {
namespace {

class Deployments : public testing::Test {
 protected:
  Deployments() {
    service.release("1.0.0");
    machine.answer(service.directory(), {"init"});
    build(machine, service);
    deploy(machine, service, "1.0.0");
  }

  /// Another version, built and not deployed.
  std::string build_next(const std::string& version, const std::string& dockerfile = "") const {
    service.write("README", version);
    if (!dockerfile.empty()) {
      service.write("Dockerfile", dockerfile);
    }
    service.commit("Go on");
    service.release(version);
    return build(machine, service).digest;
  }

  codec::Json answer(Texts arguments, int exit_code = 0) const {
    return machine.answer(service.directory(), std::move(arguments), exit_code);
  }

  std::string page() const { return Machine::http_get(running_address(machine, service)); }

  std::string containers() const {
    return machine.podman().podman({"ps", "--all", "--no-trunc", "--format", "{{.ID}}"});
  }

  mutable Machine machine;
  Checkout service = machine.service("hello");
};

TEST_F(Deployments, AHoldKeepsEverybodyAwayUntilItIsReleased) {
  build_next("1.1.0");
  const auto held = answer({"hold", "-cluster", "local", "-reason", "audit", "-until", "2h"});
  EXPECT_EQ(text_at(held, {"deployments", "0", "hold", "why"}), "audit");
  EXPECT_NE(text_at(held, {"deployments", "0", "hold", "until"}), "");
  const auto refused = answer({"deploy", "-cluster", "local", "-tag", "1.1.0"}, 3);
  EXPECT_EQ(text_at(refused, {"operations", "0", "state"}), "blocked");
  EXPECT_EQ(page(), "version 1.0.0");
  const auto free = answer({"release"});
  EXPECT_TRUE(at(free, {"deployments", "0", "hold"}).is_null());
  answer({"deploy", "-cluster", "local", "-tag", "1.1.0"});
  EXPECT_EQ(page(), "version 1.1.0");
}

TEST_F(Deployments, ARollbackGivesTheOldImageBackAndStays) {
  const std::string old = running_digest(machine, service);
  build_next("1.1.0");
  deploy(machine, service, "1.1.0");
  const auto back = answer({"rollback"});
  EXPECT_EQ(text_at(back, {"operations", "0", "digest"}), old);
  EXPECT_EQ(page(), "version 1.0.0");
  expect_nothing_to_do(machine, service);
  const auto records = answer({"operations", "list"});
  EXPECT_EQ(text_at(records, {"operations", "0", "version"}), "1.0.0");
  EXPECT_EQ(text_at(records, {"operations", "0", "state"}), "succeeded");
  const std::string id = text_at(records, {"operations", "0", "id"});
  EXPECT_EQ(text_at(answer({"operations", "show", id.substr(0, 6)}), {"operation", "id"}), id);
  EXPECT_EQ(text_at(answer({"operations", "cancel", id, "-reason", "late"}, 6), {"error", "code"}),
            "conflict");
}

TEST_F(Deployments, ARetryGivesAFailedGenerationAgain) {
  // It fails until the file is there.
  build_next("1.1.0",
             "FROM scratch\nCOPY server /server\nENV EXIT_CODE=7\nENTRYPOINT [\"/server\"]\n");
  const auto failed = answer({"deploy", "-cluster", "local", "-tag", "1.1.0"}, 1);
  EXPECT_EQ(text_at(failed, {"operations", "0", "state"}), "failed");
  EXPECT_EQ(page(), "version 1.0.0") << "the old one stays up";
  EXPECT_EQ(machine.sous(service.directory(), {"plan"}).exit_code, 3);
  const auto again = answer({"retry"}, 1);
  EXPECT_EQ(text_at(again, {"operations", "0", "state"}), "failed");
  EXPECT_NE(text_at(again, {"operations", "0", "id"}), text_at(failed, {"operations", "0", "id"}));
  answer({"rollback"});
  EXPECT_EQ(page(), "version 1.0.0");
  expect_nothing_to_do(machine, service);
  EXPECT_EQ(machine.sous(service.directory(), {"retry"}).exit_code, 6);
}

TEST_F(Deployments, ASavedPlanIsCarriedOutOnceAndNotOnAnotherGround) {
  machine.podman().podman({"rm", "--force", "--time", "0", "--all"});
  const Ran plan = machine.sous(service.directory(), {"plan", "-o", "json"});
  ASSERT_EQ(plan.exit_code, 2) << plan.err;
  std::ofstream(machine.path("plan.json")) << plan.out;
  const auto applied = answer({"apply", machine.path("plan.json")});
  EXPECT_EQ(text_at(applied, {"operations", "0", "state"}), "succeeded");
  EXPECT_EQ(page(), "version 1.0.0");
  const auto again = answer({"apply", machine.path("plan.json")}, 6);
  EXPECT_EQ(text_at(again, {"operations", "0", "state"}), "superseded");
  std::ofstream(machine.path("bad.json")) << "{}";
  EXPECT_EQ(machine.sous(service.directory(), {"apply", machine.path("bad.json")}).exit_code, 65);
  EXPECT_EQ(machine.sous(service.directory(), {"apply", machine.path("none.json")}).exit_code, 65);
}

TEST_F(Deployments, ADeployThatIsNotWaitedForIsSeenThroughByRectify) {
  build_next("1.1.0");
  const auto begun = answer({"deploy", "-cluster", "local", "-tag", "1.1.0", "-no-wait"}, 4);
  EXPECT_EQ(text_at(begun, {"operations", "0", "state"}), "waiting");
  const auto seen = answer({"rectify", "-once"});
  EXPECT_EQ(text_at(seen, {"operations", "0", "state"}), "succeeded");
  EXPECT_EQ(page(), "version 1.1.0");
}

TEST_F(Deployments, AnOperationIsCancelledAndTheOldOneServes) {
  build_next("1.1.0");
  answer({"deploy", "-cluster", "local", "-tag", "1.1.0", "-no-wait"}, 4);
  const std::string id = text_at(answer({"operations", "list"}), {"operations", "0", "id"});
  const auto ended = answer({"operations", "cancel", id, "-reason", "wrong version"});
  EXPECT_EQ(text_at(ended, {"operation", "state"}), "failed");
  EXPECT_EQ(page(), "version 1.0.0");
  EXPECT_EQ(machine.sous(service.directory(), {"plan"}).exit_code, 3) << "it is not tried again";
}

TEST_F(Deployments, ScalingKeepsTheInstancesThatRun) {
  const std::string before = containers();
  const std::string gdm = machine.path("XDG_DATA_HOME/sous/gdm/local");
  const auto edit = [&](const std::string& from, const std::string& to) {
    const std::string file =
        support::run_program({"grep", "-rl", "NumInstances", gdm + "/manifests"});
    support::run_program(
        {"sed", "-i", "s/NumInstances: " + from + "/NumInstances: " + to + "/", file});
    support::run_program({"git",
                          "-C",
                          gdm,
                          "-c",
                          "user.name=Pat",
                          "-c",
                          "user.email=p@example.com",
                          "commit",
                          "-qam",
                          "scale"});
  };
  edit("1", "3");
  const auto plan = answer({"plan"}, 2);
  EXPECT_EQ(text_at(plan, {"actions", "0", "action"}), "scale");
  answer({"rectify"});
  const auto ads = answer({"query", "ads"});
  EXPECT_EQ(at(ads, {"deployments", "0", "instances"}).as_uint(), 3U);
  EXPECT_NE(containers().find(before), std::string::npos) << "the first one is still the same";
  expect_nothing_to_do(machine, service);
  edit("3", "1");
  answer({"rectify"});
  EXPECT_EQ(containers(), before);
}

TEST_F(Deployments, WhatRunsIsRecoveredFromTheLabelsAlone) {
  const std::string digest = running_digest(machine, service);
  machine.podman().stop_service();
  machine.podman().start_service();
  for (const char* lost : {"XDG_STATE_HOME", "XDG_CACHE_HOME"}) {
    machine.set(lost, machine.path(std::string(lost) + "-empty"));
  }
  machine.registry().stop();
  const std::string before = containers();
  EXPECT_EQ(running_digest(machine, service), digest);
  EXPECT_EQ(page(), "version 1.0.0");
  expect_nothing_to_do(machine, service);
  answer({"rectify"});
  EXPECT_EQ(containers(), before);
}

// ---- no request is lost ---------------------------------------------------------

/// A client that keeps a list of addresses and asks for it anew when nobody listens any more. A
/// request is lost when a server took the connection and did not answer it.
class Client {
 public:
  struct Counts {
    std::uint64_t answered = 0;
    std::uint64_t lost = 0;
    std::uint64_t without_server = 0;  // nobody listened, with a fresh list too
    std::string failure{};             // why there was no list
  };

  explicit Client(std::function<std::string()> address)
      : address_(std::move(address)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

  Counts end() {
    thread_.request_stop();
    thread_.join();
    return counts_;
  }

  std::uint64_t answered() const { return answered_; }

 private:
  enum class Fate : std::uint8_t { answered, lost, refused };

  static constexpr int kLists = 3;

  void run(const std::stop_token& stop) {
    try {
      ask_until(stop);
    } catch (const std::exception& e) {
      counts_.failure = e.what();
    }
  }

  void ask_until(const std::stop_token& stop) {
    std::string address = address_();
    while (!stop.stop_requested()) {
      Fate fate = request(address);
      // What a list names may be gone by the time it has come: a client asks again.
      for (int list = 0; fate == Fate::refused && list < kLists; ++list) {
        address = address_();
        fate = request(address);
      }
      counts_.answered += fate == Fate::answered ? 1 : 0;
      counts_.lost += fate == Fate::lost ? 1 : 0;
      counts_.without_server += fate == Fate::refused ? 1 : 0;
      answered_ = counts_.answered;
    }
  }

  static Fate request(const std::string& address) {
    const auto colon = address.find(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(parse_uint(address.substr(colon + 1)).value()));
    ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    Fate fate = Fate::refused;
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) {
      constexpr std::string_view kRequest = "GET / HTTP/1.0\r\n\r\n";
      std::string reply;
      std::array<char, 512> buffer{};
      if (::send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) > 0) {
        for (ssize_t n = 0; (n = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;) {
          reply.append(buffer.data(), static_cast<std::size_t>(n));
        }
      }
      // The service begins its reply as soon as it takes a connection: one without a reply was
      // still waiting when the listener went, and nobody has taken it.
      fate = reply.empty()                                   ? Fate::refused
             : reply.find("\nversion ") != std::string::npos ? Fate::answered
                                                             : Fate::lost;
    }
    ::close(fd);
    return fate;
  }

  std::function<std::string()> address_;
  Counts counts_;
  std::atomic<std::uint64_t> answered_{0};
  std::jthread thread_;
};

TEST_F(Deployments, TenReplacementsLoseNoRequest) {
  Client client([this] { return running_address(machine, service); });
  for (int i = 0; i < 10; ++i) {
    const std::uint64_t before = client.answered();
    answer({"deploy", "-cluster", "local", "-tag", "1.0.0", "-force"});
    EXPECT_GT(client.answered(), before);
  }
  const auto counts = client.end();
  EXPECT_EQ(counts.failure, "");
  EXPECT_EQ(counts.lost, 0U);
  EXPECT_EQ(counts.without_server, 0U);
  EXPECT_GT(counts.answered, 100U);
}

}  // namespace
}  // namespace sous::acceptance
