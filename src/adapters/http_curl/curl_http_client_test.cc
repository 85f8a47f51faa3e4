// What only the real client does: connections, concurrency, stops from other threads.
#include "adapters/http_curl/curl_http_client.h"

#include <atomic>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ports/clock.h"
#include "support/await.h"
#include "support/docker_registry.h"
#include "support/scripted_http.h"

namespace sous::http_curl {
namespace {

using support::await;
using support::ScriptedAnswer;
using support::ScriptedHttp;
using support::SeenRequest;
using testing::HasSubstr;

class SteadyClock final : public Clock {
 public:
  WallTime wall() override { return {}; }

  MonoTime now() override {
    return MonoTime(
        std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
  }

  Status sleep(Duration, const Call&) override { return ok(); }
};

ScriptedAnswer fine(const SeenRequest&) { return {.body = "fine"}; }

ScriptedAnswer held(const SeenRequest&) { return {.hold = true}; }

class CurlTest : public testing::Test {
 protected:
  SteadyClock clock_;
  CurlHttpClient client_{CurlConfig{}, clock_};
  Call call_;
};

TEST_F(CurlTest, OneAfterTheOtherUsesOneConnection) {
  ScriptedHttp server(fine);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(client_.send({.url = server.url("/")}, call_).has_value());
  }
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(CurlTest, AConnectionThatTheServerEndedIsMadeAnew) {
  int count = 0;
  ScriptedHttp server([&](const SeenRequest&) {
    // The first answer is whole; its connection ends right after it.
    return ++count == 1 ? ScriptedAnswer{.body = "fine", .cut_after = 4} : ScriptedAnswer{};
  });
  ASSERT_TRUE(client_.send({.url = server.url("/1")}, call_).has_value());
  const auto second = client_.send({.method = "POST", .url = server.url("/2"), .body = "x"}, call_);
  ASSERT_TRUE(second.has_value()) << second.error().text();
  EXPECT_EQ(server.connections(), 2U);
}

TEST_F(CurlTest, ABatchKeepsToTheLimitOfAHost) {
  ScriptedHttp server(held);
  const std::vector<HttpRequest> requests(20,
                                          HttpRequest{.url = server.url("/"), .max_per_host = 5});
  std::atomic<int> done = 0;
  std::jthread batch([&] {
    client_.send_all(requests, [&](std::size_t, const Result<HttpResponse>&) { ++done; }, call_);
  });
  EXPECT_TRUE(await([&] { return server.held() == 5; }));
  server.release();
  batch.join();
  EXPECT_EQ(done, 20);
  EXPECT_EQ(server.most_held(), 5U);
  EXPECT_LE(server.connections(), 5U);
}

TEST_F(CurlTest, ABatchKeepsToTheLimitOfAll) {
  ScriptedHttp one(held);
  ScriptedHttp two(held);
  CurlHttpClient client({.max_active = 6}, clock_);
  std::vector<HttpRequest> requests;
  for (int i = 0; i < 20; ++i) {
    requests.push_back({.url = (i % 2 == 0 ? one : two).url("/"), .max_per_host = 20});
  }
  std::jthread batch(
      [&] { client.send_all(requests, [](std::size_t, const Result<HttpResponse>&) {}, call_); });
  EXPECT_TRUE(await([&] { return one.held() + two.held() == 6; }));
  EXPECT_EQ(one.held(), 3U);  // hosts take turns
  one.release();
  two.release();
  batch.join();
  EXPECT_EQ(one.seen().size() + two.seen().size(), 20U);
}

TEST_F(CurlTest, ASlowHostDoesNotHoldUpAnother) {
  ScriptedHttp slow(held);
  ScriptedHttp quick(fine);
  std::vector<HttpRequest> requests;
  for (int i = 0; i < 30; ++i) {
    requests.push_back({.url = slow.url("/"), .max_per_host = 2});
  }
  for (int i = 0; i < 30; ++i) {
    requests.push_back({.url = quick.url("/"), .max_per_host = 2});
  }
  std::atomic<int> good = 0;
  std::jthread batch([&] {
    client_.send_all(
        requests,
        [&](std::size_t i, const Result<HttpResponse>& r) { good += i >= 30 && r.has_value(); },
        call_);
  });
  EXPECT_TRUE(await([&] { return good == 30; }));
  slow.release();
}

TEST_F(CurlTest, AStopFromAnotherThreadEndsACallAtOnce) {
  ScriptedHttp server(
      [](const SeenRequest& request) { return ScriptedAnswer{.hold = request.target == "/held"}; });
  // On a connection that is there already libcurl wakes by itself only after its connect limit, 10
  // s.
  ASSERT_TRUE(client_.send({.url = server.url("/")}, call_).has_value());
  std::stop_source stop;
  std::jthread stopper([&] {
    EXPECT_TRUE(await([&] { return server.held() == 1; }));
    stop.request_stop();
  });
  const MonoTime begin = clock_.now();
  const auto response =
      client_.send({.url = server.url("/held"), .stall_limit = std::chrono::hours(1)},
                   {.stop = stop.get_token()});
  EXPECT_EQ(response.error().code(), Code::cancelled);
  EXPECT_LT(clock_.now() - begin, std::chrono::seconds(5));
}

TEST_F(CurlTest, ManyThreadsShareOneClient) {
  ScriptedHttp server(
      [](const SeenRequest& request) { return ScriptedAnswer{.body = request.target}; });
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 30; ++i) {
          const std::string target = fmt::format("/{}/{}", t, i);
          const auto response = client_.send({.url = server.url(target)}, call_);
          good += response.has_value() && response->body == target;
        }
      });
    }
  }
  EXPECT_EQ(good, 180);
  EXPECT_LE(server.connections(), 6U);
}

TEST_F(CurlTest, ThousandsOfRequestsReuseFewConnections) {
  ScriptedHttp server(fine);
  const std::vector<HttpRequest> requests(3000, HttpRequest{.url = server.url("/")});
  int good = 0;
  client_.send_all(
      requests, [&](std::size_t, const Result<HttpResponse>& r) { good += r.has_value(); }, call_);
  EXPECT_EQ(good, 3000);
  EXPECT_LE(server.connections(), 8U);
}

TEST_F(CurlTest, HeadersCannotBeSmuggledIn) {
  ScriptedHttp server(fine);
  for (const auto& [name, value] : {std::pair("X", "a\r\nEvil: 1"),
                                    std::pair("X\nEvil", "1"),
                                    std::pair("X:Y", "1"),
                                    std::pair("", "1")}) {
    const auto response = client_.send({.url = server.url("/"), .headers = {{name, value}}}, call_);
    EXPECT_EQ(response.error().code(), Code::invalid_data);
  }
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(CurlTest, TheSurroundingsDoNotChooseAProxy) {
  ScriptedHttp proxy(fine);
  ASSERT_EQ(setenv("http_proxy", proxy.url("").c_str(), 1), 0);
  const auto response = client_.send(
      {.url = "http://sous-no-such-host.invalid/", .stall_limit = std::chrono::seconds(5)}, call_);
  ASSERT_EQ(unsetenv("http_proxy"), 0);
  EXPECT_FALSE(response.has_value());
  EXPECT_TRUE(proxy.seen().empty());
}

TEST_F(CurlTest, TheConfiguredProxyIsUsedButNotForLoopback) {
  ScriptedHttp proxy(fine);
  ScriptedHttp server(fine);
  CurlHttpClient client({.http_proxy = proxy.url(""), .no_proxy = "a.test, .b.test"}, clock_);
  ASSERT_TRUE(client.send({.url = server.url("/direct")}, call_).has_value());
  HttpRequest request{.url = "http://far.test/x"};
  request.refused_addresses.loopback = true;  // says nothing about the proxy's own address
  const auto response = client.send(request, call_);
  ASSERT_TRUE(response.has_value()) << response.error().text();
  EXPECT_EQ(response->peer, std::nullopt);
  EXPECT_THAT(proxy.lines(), testing::ElementsAre("GET http://far.test/x"));
  EXPECT_THAT(server.lines(), testing::ElementsAre("GET /direct"));
}

TEST_F(CurlTest, TlsIsVerifiedAndAnExtraCaCounts) {
  support::DockerRegistry server({.tls = true});
  const std::string url = "https://" + server.host() + "/v2/";
  const auto untrusted = client_.send({.url = url}, call_);
  ASSERT_FALSE(untrusted.has_value());
  EXPECT_EQ(untrusted.error().code(), Code::unavailable);
  EXPECT_THAT(untrusted.error().hint(), HasSubstr("CA"));
  CurlHttpClient trusting({.extra_ca_file = server.ca_file()}, clock_);
  const auto response = trusting.send({.url = url}, call_);
  ASSERT_TRUE(response.has_value()) << response.error().text();
  EXPECT_EQ(response->status, 200);
}

TEST_F(CurlTest, AMissingCaFileIsNamedInTheHint) {
  support::DockerRegistry server({.tls = true});
  CurlHttpClient client({.extra_ca_file = "/nonexistent.pem"}, clock_);
  const auto response = client.send({.url = "https://" + server.host() + "/v2/"}, call_);
  ASSERT_FALSE(response.has_value());
  EXPECT_THAT(response.error().hint(), HasSubstr("extra CA file"));
}

}  // namespace
}  // namespace sous::http_curl
