// Who may send how much when: turns at a host, its wish for peace, its allowance.
#include <atomic>
#include <thread>

#include "support/await.h"
#include "wire/registry_wire.h"

namespace sous::wire {
namespace {

using testing::HasSubstr;

class TurnsWire : public RegistryWire {
 protected:
  // Reads `count` tags' manifests; how each ended.
  std::vector<Code> scan(std::size_t count) {
    const std::vector<ManifestKey> keys(count, tag("v1"));
    std::vector<Code> failures;
    registry().manifests(
        repo(),
        keys,
        [&](std::size_t, const Result<RawManifest>& read) {
          if (!read.has_value()) {
            failures.push_back(read.error().code());
          }
        },
        call_);
    return failures;
  }
};

TEST_F(TurnsWire, A429StormSendsNothingBeforeRetryAfter) {
  std::size_t arrivals = 0;
  std::size_t too_early = 0;
  std::optional<MonoTime> stormed;
  auto& server = serve([&](const SeenRequest&) {
    if (++arrivals == 100) {
      stormed = clock_.now();
    }
    if (!stormed || clock_.now() >= *stormed + std::chrono::seconds(20)) {
      return manifest_answer(manifest_text());
    }
    ++too_early;
    return status_answer(429, {{"Retry-After", "20"}});
  });
  EXPECT_TRUE(scan(2000).empty());
  // What was under way when the storm broke cannot be called back.
  EXPECT_LE(too_early, config_.requests_per_host);
  EXPECT_EQ(server.lines().size(), 2000 + too_early);
  EXPECT_EQ(registry().requests_sent(), 2000 + too_early);
}

TEST_F(TurnsWire, AStormAtOneHostDoesNotSlowAnother) {
  auto other = elsewhere([](const SeenRequest&) { return tags_answer({"v1"}); });
  auto& server =
      serve([](const SeenRequest&) { return status_answer(429, {{"Retry-After", "3600"}}); });
  EXPECT_EQ(list().error().code(), Code::rate_limited);
  const MonoTime begin = clock_.now();
  EXPECT_TRUE(registry().list_tags({other->host(), "app"}, call_).has_value());
  EXPECT_EQ(clock_.now(), begin);
  EXPECT_EQ(server.lines().size(), 1U);
}

TEST_F(TurnsWire, ADeployDoesNotWaitForAScan) {
  std::atomic<int> manifests = 0;
  auto& server = serve([&](const SeenRequest& request) {
    auto answer = manifest_answer(manifest_text());
    answer.hold = request.method == "GET" && ++manifests > 1;
    return answer;
  });
  std::atomic<std::size_t> failed = 99;
  std::jthread scanner([&] { failed = scan(100).size(); });
  ASSERT_TRUE(support::await([&] { return server.held() == config_.requests_per_host; }));
  EXPECT_TRUE(resolve("v1").has_value());
  EXPECT_EQ(server.held(), config_.requests_per_host);
  server.release();
  scanner.join();
  EXPECT_EQ(failed, 0U);
}

TEST_F(TurnsWire, TwoScansShareThePlacesOfAHost) {
  auto& server = serve([&](const SeenRequest& request) {
    auto answer = request.method == "GET" ? manifest_answer(manifest_text()) : status_answer(200);
    answer.hold = request.target.ends_with("/held");
    return answer;
  });
  ASSERT_TRUE(manifest(tag("v1")).has_value());  // now it is known that no login is needed
  const std::vector<ManifestKey> keys(200, tag("held"));
  std::atomic<int> good = 0;
  std::vector<std::jthread> scanners;
  for (int i = 0; i < 3; ++i) {
    scanners.emplace_back([&] {
      registry().manifests(
          repo(),
          keys,
          [&](std::size_t, const Result<RawManifest>& read) { good += read.has_value() ? 1 : 0; },
          call_);
    });
  }
  ASSERT_TRUE(support::await([&] { return server.held() == config_.requests_per_host; }));
  server.release();
  scanners.clear();
  EXPECT_EQ(good, 600);
  EXPECT_EQ(server.most_held(), config_.requests_per_host);
}

TEST_F(TurnsWire, TheLastOfAnAllowanceIsNotAScans) {
  int left = 100;
  auto& server = serve([&](const SeenRequest& request) {
    auto answer =
        request.method == "GET"
            ? manifest_answer(manifest_text())
            : status_answer(200,
                            {{"Docker-Content-Digest", Digest::sha256_of(manifest_text()).str()}});
    answer.headers.emplace_back("RateLimit-Limit", "100;w=21600");
    answer.headers.emplace_back("RateLimit-Remaining", fmt::format("{};w=21600", --left));
    return answer;
  });
  const auto failures = scan(300);
  const std::size_t sent = server.lines().size();
  EXPECT_EQ(failures.size(), 300U - sent);
  EXPECT_EQ(failures.front(), Code::rate_limited);
  // What was under way when the last tenth began was let through.
  EXPECT_GE(sent, 90U);
  EXPECT_LT(sent, 90U + config_.requests_per_host);
  const auto refused = [&] {
    const std::vector<ManifestKey> keys(20, tag("v1"));
    std::string text;
    registry().manifests(
        repo(),
        keys,
        [&](std::size_t, const Result<RawManifest>& read) { text = read.error().text(); },
        call_);
    return text;
  };
  EXPECT_THAT(refused(), HasSubstr("the last ones are kept for deploys"));
  EXPECT_TRUE(resolve("v1").has_value());
  EXPECT_EQ(server.lines().size(), sent + 1);
  clock_.advance(std::chrono::hours(7));
  left = 100;
  EXPECT_TRUE(scan(20).empty());
}

}  // namespace
}  // namespace sous::wire
