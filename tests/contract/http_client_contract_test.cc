// The port HttpClient, on the fake and on libcurl against a real server.
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/http_curl/curl_http_client.h"
#include "adapters/system_posix/clock.h"
#include "support/fake_clock.h"
#include "support/fake_http_client.h"
#include "support/memory_source.h"
#include "support/scripted_http.h"
#include "support/temp_dir.h"

namespace sous {
namespace {

using support::HttpScript;
using support::MemorySource;
using support::ScriptedAnswer;
using support::SeenRequest;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// A client and servers that it can reach.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual HttpClient& client() = 0;
  virtual Clock& clock() = 0;
  /// `http://host:port`.
  virtual std::string serve(HttpScript script) = 0;
  virtual std::string serve_unix(HttpScript script) = 0;
  /// An origin at which nobody listens.
  virtual std::string nobody() = 0;
  virtual std::vector<SeenRequest> seen() = 0;
};

class FakeSubject final : public Subject {
 public:
  HttpClient& client() override { return client_; }

  Clock& clock() override { return clock_; }

  std::string serve(HttpScript script) override {
    const std::string origin = fmt::format("http://host{}.test", ++servers_);
    client_.serve(origin, std::move(script));
    return origin;
  }

  std::string serve_unix(HttpScript script) override {
    client_.serve("/fake.sock", std::move(script));
    return "/fake.sock";
  }

  std::string nobody() override { return "http://nobody.test"; }

  std::vector<SeenRequest> seen() override {
    auto out = client_.seen();
    for (auto& request : out) {
      const auto slash = request.target.find('/', request.target.find("://") + 3);
      request.target = slash == std::string::npos ? "/" : request.target.substr(slash);
    }
    return out;
  }

 private:
  support::FakeClock clock_;
  support::FakeHttpClient client_{clock_};
  int servers_ = 0;
};

class CurlSubject final : public Subject {
 public:
  HttpClient& client() override { return client_; }

  Clock& clock() override { return clock_; }

  std::string serve(HttpScript script) override {
    servers_.push_back(std::make_unique<support::ScriptedHttp>(std::move(script)));
    return "http://" + servers_.back()->host();
  }

  std::string serve_unix(HttpScript script) override {
    const std::string path = directory_ / "http.sock";
    servers_.push_back(std::make_unique<support::ScriptedHttp>(
        std::move(script), support::ScriptedHttp::Options{.unix_socket = path}));
    return path;
  }

  std::string nobody() override {
    const support::ScriptedHttp gone([](const SeenRequest&) { return ScriptedAnswer{}; });
    return "http://" + gone.host();
  }

  std::vector<SeenRequest> seen() override {
    std::vector<SeenRequest> out;
    for (const auto& server : servers_) {
      std::ranges::move(server->seen(), std::back_inserter(out));
    }
    return out;
  }

 private:
  support::TempDir directory_;
  system_posix::SystemClock clock_;
  std::vector<std::unique_ptr<support::ScriptedHttp>> servers_;
  http_curl::CurlHttpClient client_{http_curl::CurlConfig{}, clock_};
};

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Subject>()> make;
};

ScriptedAnswer text(std::string body) {
  return {.headers = {{"X-One", "1"}}, .body = std::move(body)};
}

class HttpClientContract : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override { subject_ = GetParam().make(); }

  HttpClient& client() { return subject_->client(); }

  std::string serve(HttpScript script) { return subject_->serve(std::move(script)); }

  Result<HttpResponse> get(const std::string& url) { return client().send({.url = url}, call_); }

  std::unique_ptr<Subject> subject_;
  Call call_;
};

TEST_P(HttpClientContract, AnAnswerArrivesAsItWasSent) {
  const auto origin = serve([](const SeenRequest&) {
    return ScriptedAnswer{.status = 404,
                          .headers = {{"X-Twice", "a"}, {"x-twice", "b"}, {"X-Empty", ""}},
                          .body = "no such thing"};
  });
  const auto response = get(origin + "/a/b?c=d");
  ASSERT_TRUE(response.has_value()) << response.error().text();
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "no such thing");
  ASSERT_NE(response->header("X-TWICE"), nullptr);
  EXPECT_EQ(*response->header("X-TWICE"), "a");
  EXPECT_EQ(std::ranges::count_if(response->headers,
                                  [](const auto& h) { return h.second == "a" || h.second == "b"; }),
            2);
  ASSERT_NE(response->header("x-empty"), nullptr);
  EXPECT_EQ(response->header("X-Absent"), nullptr);
  ASSERT_EQ(subject_->seen().size(), 1U);
  EXPECT_EQ(subject_->seen().front().line(), "GET /a/b?c=d");
}

TEST_P(HttpClientContract, RequestsArriveAsTheyWereMade) {
  const auto origin = serve([](const SeenRequest&) { return text(""); });
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    const HttpRequest request{.method = method,
                              .url = origin + "/x",
                              .headers = {{"Content-Type", "text/plain"}, {"X-Empty", ""}},
                              .body = "payload"};
    ASSERT_TRUE(client().send(request, call_).has_value());
    const auto seen = subject_->seen().back();
    EXPECT_EQ(seen.method, method);
    EXPECT_EQ(seen.body, "payload");
    EXPECT_EQ(seen.header("Content-Type"), "text/plain");
    EXPECT_TRUE(seen.has("X-Empty"));
    EXPECT_FALSE(seen.has("Expect"));
  }
}

TEST_P(HttpClientContract, NothingIsAddedThatWasNotAskedFor) {
  const auto origin = serve([](const SeenRequest&) { return text(""); });
  ASSERT_TRUE(client().send({.method = "POST", .url = origin + "/"}, call_).has_value());
  EXPECT_FALSE(subject_->seen().back().has("Accept"));
  EXPECT_FALSE(subject_->seen().back().has("Content-Type"));
  EXPECT_EQ(subject_->seen().back().body, "");
}

TEST_P(HttpClientContract, WhatIsHeldBackIsNotSent) {
  const auto origin = serve([](const SeenRequest&) { return text("x"); });
  std::vector<HttpRequest> requests(3);
  for (auto& request : requests) {
    request.url = origin + "/";
  }
  requests[1].before = []() -> Status { return Error(Code::blocked, "not now"); };
  std::vector<Code> failures;
  client().send_all(
      requests,
      [&](std::size_t i, const Result<HttpResponse>& response) {
        if (!response.has_value()) {
          EXPECT_EQ(i, 1U);
          failures.push_back(response.error().code());
        }
      },
      call_);
  EXPECT_EQ(failures, std::vector{Code::blocked});
  EXPECT_EQ(subject_->seen().size(), 2U);
}

TEST_P(HttpClientContract, AHeadHasNoBody) {
  const auto origin = serve([](const SeenRequest&) { return text("long body"); });
  const auto response = client().send({.method = "HEAD", .url = origin + "/"}, call_);
  ASSERT_TRUE(response.has_value()) << response.error().text();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "");
}

TEST_P(HttpClientContract, RedirectsAreAnswersNotFollowed) {
  const auto origin = serve([](const SeenRequest&) {
    return ScriptedAnswer{.status = 307, .headers = {{"Location", "/elsewhere"}}};
  });
  const auto response = get(origin + "/");
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 307);
  EXPECT_EQ(subject_->seen().size(), 1U);
}

TEST_P(HttpClientContract, ABodyGoesToTheSinkPieceByPiece) {
  const std::string big(1U << 20U, 'x');
  const auto origin = serve([&](const SeenRequest&) { return text(big); });
  std::string got;
  HttpRequest request{.url = origin + "/"};
  request.sink = [&](std::string_view piece) {
    got += piece;
    return ok();
  };
  const auto response = client().send(request, call_);
  ASSERT_TRUE(response.has_value()) << response.error().text();
  EXPECT_EQ(response->body, "");
  EXPECT_EQ(got, big);
}

TEST_P(HttpClientContract, ARefusalDoesNotGoToTheSink) {
  const auto origin =
      serve([](const SeenRequest&) { return ScriptedAnswer{.status = 500, .body = "why"}; });
  HttpRequest request{.url = origin + "/", .max_body = 1};
  request.sink = [](std::string_view) { return Status(Error(Code::internal, "not for me")); };
  const auto response = client().send(request, call_);
  ASSERT_TRUE(response.has_value()) << response.error().text();
  EXPECT_EQ(response->body, "why");
}

TEST_P(HttpClientContract, AFailedSinkEndsTheExchange) {
  const auto origin = serve([](const SeenRequest&) { return text("body"); });
  HttpRequest request{.url = origin + "/"};
  request.sink = [](std::string_view) { return Status(Error(Code::blocked, "disk full")); };
  const auto response = client().send(request, call_);
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code(), Code::blocked);
}

TEST_P(HttpClientContract, ALongerBodyThanAllowedFails) {
  const auto origin = serve([](const SeenRequest&) { return text("0123456789"); });
  EXPECT_TRUE(client().send({.url = origin + "/", .max_body = 10}, call_).has_value());
  const auto response = client().send({.url = origin + "/", .max_body = 9}, call_);
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code(), Code::invalid_data);
}

TEST_P(HttpClientContract, TheBodyOfARefusalIsCut) {
  const auto origin = serve([](const SeenRequest&) {
    return ScriptedAnswer{.status = 500, .body = std::string(100'000, 'x')};
  });
  const auto response = get(origin + "/");
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->body.size(), 64U << 10U);
}

TEST_P(HttpClientContract, AnUploadIsStreamed) {
  const auto origin = serve([](const SeenRequest&) { return text(""); });
  const std::string big(300'000, 'u');
  MemorySource source(big, 1000);
  HttpRequest request{
      .method = "PUT", .url = origin + "/", .upload = &source, .upload_size = big.size()};
  ASSERT_TRUE(client().send(request, call_).has_value());
  EXPECT_EQ(subject_->seen().back().body, big);
}

TEST_P(HttpClientContract, AnUploadThatEndsEarlyFails) {
  const auto origin = serve([](const SeenRequest&) { return text(""); });
  MemorySource source("short");
  const auto response = client().send(
      {.method = "PUT", .url = origin + "/", .upload = &source, .upload_size = 10}, call_);
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code(), Code::invalid_data) << response.error().text();
}

TEST_P(HttpClientContract, NobodyThereIsUnavailable) {
  const auto response = get(subject_->nobody() + "/path");
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code(), Code::unavailable);
}

TEST_P(HttpClientContract, ErrorsNameTheUrlWithoutItsQuery) {
  const auto error = get(subject_->nobody() + "/path?signature=secret").error();
  EXPECT_THAT(error.text(), HasSubstr("/path"));
  EXPECT_THAT(error.text(), Not(HasSubstr("secret")));
}

TEST_P(HttpClientContract, ACutAnswerIsUnavailable) {
  const auto origin = serve(
      [](const SeenRequest&) { return ScriptedAnswer{.body = "0123456789", .cut_after = 4}; });
  EXPECT_EQ(get(origin + "/").error().code(), Code::unavailable);
}

TEST_P(HttpClientContract, AConnectionThatEndsWithoutAnswerIsUnavailable) {
  const auto origin = serve([](const SeenRequest&) { return ScriptedAnswer{.hang_up = true}; });
  EXPECT_EQ(get(origin + "/").error().code(), Code::unavailable);
}

TEST_P(HttpClientContract, WhatIsNotHttpIsInvalid) {
  const auto origin =
      serve([](const SeenRequest&) { return ScriptedAnswer{.raw = "SSH-2.0-OpenSSH\r\n"}; });
  EXPECT_EQ(get(origin + "/").error().code(), Code::invalid_data);
}

TEST_P(HttpClientContract, OtherSchemesAndBrokenUrlsAreInvalid) {
  for (const char* url : {"", "/path", "file:///etc/passwd", "ftp://host/", "http://a b/"}) {
    EXPECT_EQ(get(url).error().code(), Code::invalid_data) << url;
  }
}

TEST_P(HttpClientContract, SilenceEndsAtTheStallLimit) {
  const auto origin = serve([](const SeenRequest&) { return ScriptedAnswer{.hold = true}; });
  const auto response =
      client().send({.url = origin + "/", .stall_limit = std::chrono::milliseconds(50)}, call_);
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code(), Code::timeout);
}

TEST_P(HttpClientContract, TheDeadlineEndsACall) {
  const auto origin = serve([](const SeenRequest&) { return ScriptedAnswer{.hold = true}; });
  const Call call{.deadline =
                      Deadline::at(subject_->clock().now() + std::chrono::milliseconds(50))};
  EXPECT_EQ(client().send({.url = origin + "/"}, call).error().code(), Code::timeout);
  // Whatever was under way is gone, and the client works on.
  const auto other = serve([](const SeenRequest&) { return text("fine"); });
  EXPECT_EQ(get(other + "/").value().body, "fine");
}

TEST_P(HttpClientContract, AStopBeforeTheCallSendsNothing) {
  const auto origin = serve([](const SeenRequest&) { return text(""); });
  std::stop_source stop;
  stop.request_stop();
  const auto response = client().send({.url = origin + "/"}, {.stop = stop.get_token()});
  EXPECT_EQ(response.error().code(), Code::cancelled);
  EXPECT_TRUE(subject_->seen().empty());
}

TEST_P(HttpClientContract, RefusedAddressesAreNotReached) {
  const auto origin = serve([](const SeenRequest&) { return text(""); });
  HttpRequest request{.url = origin + "/"};
  request.refused_addresses.private_use = true;
  const auto allowed = client().send(request, call_);
  ASSERT_TRUE(allowed.has_value()) << allowed.error().text();
  EXPECT_EQ(allowed->peer, AddressKind::loopback);
  // The connection of before must not be a way around.
  request.refused_addresses.loopback = true;
  EXPECT_EQ(client().send(request, call_).error().code(), Code::forbidden);
  EXPECT_EQ(subject_->seen().size(), 1U);
}

TEST_P(HttpClientContract, UnixSocketsAreSpokenTo) {
  const auto path = subject_->serve_unix([](const SeenRequest&) { return text("by socket"); });
  const auto response = client().send({.url = "http://d/v4/info", .unix_socket = path}, call_);
  ASSERT_TRUE(response.has_value()) << response.error().text();
  EXPECT_EQ(response->body, "by socket");
  EXPECT_EQ(response->peer, std::nullopt);
  EXPECT_EQ(subject_->seen().back().line(), "GET /v4/info");
}

TEST_P(HttpClientContract, ABatchAnswersEachRequestOnce) {
  const auto echo = [](const SeenRequest& request) { return text(request.target); };
  const std::string origins[] = {serve(echo), serve(echo), subject_->nobody()};
  std::vector<HttpRequest> requests;
  for (int i = 0; i < 300; ++i) {
    requests.push_back({.url = fmt::format("{}/{}", origins[i % 3], i)});
  }
  requests.push_back({.url = "no url"});
  std::map<std::size_t, Result<HttpResponse>> results;
  client().send_all(
      requests,
      [&](std::size_t i, Result<HttpResponse> result) {
        EXPECT_TRUE(results.emplace(i, std::move(result)).second) << i;
      },
      call_);
  ASSERT_EQ(results.size(), requests.size());
  for (auto& [i, result] : results) {
    if (i == 300) {
      EXPECT_EQ(result.error().code(), Code::invalid_data);
    } else if (i % 3 == 2) {
      EXPECT_EQ(result.error().code(), Code::unavailable);
    } else {
      ASSERT_TRUE(result.has_value()) << result.error().text();
      EXPECT_EQ(result->body, fmt::format("/{}", i));
    }
  }
}

TEST_P(HttpClientContract, AStopEndsTheRestOfABatch) {
  std::stop_source stop;
  const auto origin = serve([&](const SeenRequest&) { return text(""); });
  const std::vector<HttpRequest> requests(50, HttpRequest{.url = origin + "/", .max_per_host = 1});
  int good = 0;
  int cancelled = 0;
  client().send_all(requests,
                    [&](std::size_t, const Result<HttpResponse>& result) {
                      good += result.has_value() ? 1 : 0;
                      cancelled +=
                          !result.has_value() && result.error().code() == Code::cancelled ? 1 : 0;
                      if (good == 3) {
                        stop.request_stop();
                      }
                    },
                    {.stop = stop.get_token()});
  EXPECT_EQ(good + cancelled, 50);
  EXPECT_GE(cancelled, 40);
}

TEST_P(HttpClientContract, ACallMayBeMadeFromWithinABatch) {
  const auto origin = serve([](const SeenRequest&) { return text("inner"); });
  const HttpRequest requests[] = {{.url = origin + "/outer"}};
  std::string inner;
  client().send_all(
      requests,
      [&](std::size_t, Result<HttpResponse>) { inner = get(origin + "/inner").value().body; },
      call_);
  EXPECT_EQ(inner, "inner");
}

INSTANTIATE_TEST_SUITE_P(
    Clients,
    HttpClientContract,
    testing::Values(Kind{"Fake", [] { return std::make_unique<FakeSubject>(); }},
                    Kind{"Curl", [] { return std::make_unique<CurlSubject>(); }}),
    [](const auto& param_info) { return param_info.param.name; });

}  // namespace
}  // namespace sous
