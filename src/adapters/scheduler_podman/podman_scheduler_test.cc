#include "adapters/scheduler_podman/podman_scheduler.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/fake_file_system.h"

namespace sous::scheduler_podman {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// Podman's answers as a function of method and path.
class ScriptedPodman final : public HttpClient {
 public:
  using Answer = std::function<Result<HttpResponse>(const HttpRequest&)>;

  Answer answer;
  std::vector<std::string> asked;

  Result<HttpResponse> send(const HttpRequest& request, const Call&) override {
    asked.push_back(request.method + " " + request.url);
    return answer(request);
  }

  void send_all(std::span<const HttpRequest> requests,
                const OnDone& done,
                const Call& call) override {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      done(i, send(requests[i], call));
    }
  }
};

HttpResponse response(int status, std::string body = "") { return {status, {}, std::move(body)}; }

Error gone() { return {Code::unavailable, "the connection was cut off"}; }

class PodmanSchedulerTest : public testing::Test {
 protected:
  PodmanSchedulerTest() { EXPECT_TRUE(files_.write("/proc/net/tcp", "", 0644)); }

  static DeployOrder order() {
    DeployOrder out{
        .gdm_id = "g",
        .generation = 1,
        .deployment = {.id = {ManifestId(SourceLocation::make("github.com/a/b", "").value()),
                              ClusterName::parse("here").value()},
                       .kind = Kind::worker},
        .image = ImageByDigest::parse("r.example/a@sha256:" + std::string(64, 'a')).value()};
    out.deployment.spec.version = Version(1, 0, 0);
    out.deployment.spec.num_instances = 1;
    return out;
  }

  /// An apply in which the path that contains `what` gets `answer`, all else goes well.
  Status apply_with(std::string what, Result<HttpResponse> answer, bool image_present = true) {
    podman_.answer = [=](const HttpRequest& request) -> Result<HttpResponse> {
      if (request.url.contains(what)) {
        return answer;
      }
      if (request.url.contains("/exists")) {
        return response(image_present ? 204 : 404);
      }
      return response(request.method == "GET" ? 200 : 201, "[]");
    };
    return scheduler_.apply(order(), {});
  }

  bool asked(std::string_view what) const {
    return std::ranges::any_of(podman_.asked,
                               [what](const std::string& text) { return text.contains(what); });
  }

  support::FakeClock clock_;
  support::FakeFileSystem files_{clock_};
  ScriptedPodman podman_;
  PodmanScheduler scheduler_{
      podman_, files_, clock_, {.cluster = ClusterName::parse("here").value(), .socket = "/s"}};
};

TEST_F(PodmanSchedulerTest, AContainerRemovedDuringTheListingHidesNoOther) {
  int lists = 0;
  int races = 3;
  podman_.answer = [&](const HttpRequest& request) -> Result<HttpResponse> {
    if (request.url.contains("containers/json") && ++lists <= races) {
      return response(500, R"({"message":"container 40 does not exist: no such container"})");
    }
    return response(200, "[]");
  };
  const auto seen = scheduler_.observe({});
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_EQ(lists, 4);
  lists = 0;
  races = 1'000;
  EXPECT_FALSE(scheduler_.observe({})) << "it is not asked for ever";
}

TEST_F(PodmanSchedulerTest, ALocalImageIsNeverPulled) {
  ASSERT_TRUE(apply_with("nothing", response(200)));
  EXPECT_FALSE(asked("images/pull"));
  ASSERT_TRUE(apply_with("nothing", response(200), false));
  EXPECT_TRUE(asked("images/pull"));
}

TEST_F(PodmanSchedulerTest, ARestartOfTheMachineIsSurvivedWhereItsUnitIsEnabled) {
  const Status without = scheduler_.survives_restart();
  ASSERT_FALSE(without);
  EXPECT_THAT(without.error().text(), HasSubstr("podman-restart.service is not enabled"));
  EXPECT_THAT(without.error().hint(), HasSubstr("systemctl enable podman-restart"));
  const std::string units = "/etc/systemd/system/default.target.wants/";
  ASSERT_TRUE(files_.write(units + "other.service", "", 0644));
  EXPECT_FALSE(scheduler_.survives_restart());
  ASSERT_TRUE(files_.write(units + "podman-restart.service", "", 0644));
  EXPECT_TRUE(scheduler_.survives_restart());
}

TEST_F(PodmanSchedulerTest, SilenceBeforeAnythingBeganIsUnavailable) {
  for (const auto* what : {"containers/json", "/exists"}) {
    EXPECT_EQ(apply_with(what, gone()).error().code(), Code::unavailable) << what;
  }
  EXPECT_EQ(apply_with("images/pull", gone(), false).error().code(), Code::unavailable);
}

TEST_F(PodmanSchedulerTest, SilenceAfterSomethingBeganIsUnverified) {
  for (const auto* what : {"containers/create", "/start"}) {
    const Status applied = apply_with(what, gone());
    ASSERT_FALSE(applied) << what;
    EXPECT_EQ(applied.error().code(), Code::unverified) << what;
    EXPECT_FALSE(asked("DELETE")) << "what may have begun is left to the next apply";
  }
}

TEST_F(PodmanSchedulerTest, ARefusedStartTakesTheContainerWithIt) {
  const Status applied =
      apply_with("/start", response(500, R"({"message":"no such program","response":500})"));
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code(), Code::failed);
  EXPECT_THAT(applied.error().text(), HasSubstr("no such program"));
  EXPECT_TRUE(asked("DELETE"));
}

TEST_F(PodmanSchedulerTest, AFailedPullIsFoundInItsStream) {
  const auto pull_code = [this](const std::string& words) {
    const auto answer = response(200, R"({"error":")" + words + "\"}\n");
    return apply_with("images/pull", answer, false).error().code();
  };
  EXPECT_EQ(pull_code("manifest unknown"), Code::failed);
  EXPECT_EQ(pull_code("unauthorized: authentication required"), Code::unauthorized);
  EXPECT_EQ(pull_code("dial tcp: connection refused"), Code::unavailable);
  EXPECT_FALSE(asked("containers/create"));
}

/// A cluster of one container whose image podman knows by several digests.
class RunningDigestTest : public PodmanSchedulerTest {
 protected:
  Result<ObservedDeployment> look(const std::string& repo_digests) {
    InstanceRecord record = make_record(order(), ready_check_of(order().deployment).value());
    const std::string name = container_name(record);
    std::string labels;
    for (const auto& [key, value] : to_labels(record)) {
      std::string escaped;
      for (const char c : value) {
        escaped += c == '"' ? "\\\"" : std::string(1, c);
      }
      labels += (labels.empty() ? "\"" : ",\"") + key + "\":\"" + escaped + "\"";
    }
    podman_.answer = [=](const HttpRequest& request) -> Result<HttpResponse> {
      if (request.url.contains("containers/json")) {
        return response(200,
                        R"([{"Id":"1","Names":[")" + name + R"("],"State":"running","Labels":{)" +
                            labels + "}}]");
      }
      if (request.url.contains("images/json")) {
        return response(200, R"([{"Id":"i","RepoDigests":)" + repo_digests + "}]");
      }
      if (request.url.contains("/logs")) {
        return response(500);
      }
      return response(200,
                      R"({"Id":"1","Name":")" + name + R"(","Image":"i","ImageDigest":"sha256:)" +
                          std::string(64, 'c') + R"(","State":{"Status":"running"}})");
    };
    return scheduler_.look(order().deployment.id, "g", 1, {});
  }
};

TEST_F(RunningDigestTest, TheAskedOneIsSearchedAmongAllThatPodmanKnows) {
  const auto seen = look(R"(["x/y@sha256:)" + std::string(64, 'b') + R"(","r.example/a@sha256:)" +
                         std::string(64, 'a') + "\"]");
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_EQ(seen->running, order().image.digest);
}

TEST_F(RunningDigestTest, AnotherImageIsToldAsItIs) {
  const auto seen = look(R"(["x/y@sha256:)" + std::string(64, 'b') + "\"]");
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_EQ(seen->running, Digest::parse("sha256:" + std::string(64, 'c')).value());
  EXPECT_THAT(seen->last_log_lines, IsEmpty()) << "logs that cannot be had hide nothing else";
}

TEST(SocketPath, IsReadFromTheBaseUrl) {
  EXPECT_EQ(socket_path("unix:///run/podman/podman.sock").value(), "/run/podman/podman.sock");
  for (const auto* url : {"", "unix://relative", "http://host", "/run/podman.sock"}) {
    EXPECT_EQ(socket_path(url).error().code(), Code::invalid_data) << url;
  }
}

}  // namespace
}  // namespace sous::scheduler_podman
