// Logging in, redirects and waiting: what registries get wrong.
#include "base/base64.h"
#include "wire/registry_wire.h"

namespace sous::wire {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr const char* kSecret = "hunter2";

ScriptedAnswer challenge(const std::string& header) {
  return status_answer(401, {{"WWW-Authenticate", header}});
}

// A registry that wants a bearer token, and its token service, on one server.
struct TokenRegistry {
  std::string token_answer = R"({"token":"t0ken","expires_in":300})";
  std::string accepted = "Bearer t0ken";

  HttpScript script(const std::string& realm_origin = "") const {
    return [*this, realm_origin](const SeenRequest& request) {
      if (request.target.starts_with("/token")) {
        return json_answer(token_answer);
      }
      if (request.header("Authorization") != accepted) {
        const std::string origin =
            realm_origin.empty() ? "http://" + request.header("Host") : realm_origin;
        return challenge(fmt::format(R"(Bearer realm="{}/token",service="svc",scope="x")", origin));
      }
      return request.target.find("tags/list") != std::string::npos
                 ? tags_answer({"v1"})
                 : manifest_answer(manifest_text());
    };
  }
};

constexpr const char* kTokenLine = "GET /token?service=svc&scope=repository%3Aapp%3Apull";

TEST_F(RegistryWire, P15_ATokenIsFetchedOnceForARepository) {
  auto& server = serve(TokenRegistry{}.script());
  ASSERT_TRUE(list().has_value());
  ASSERT_TRUE(resolve("v1").has_value());
  EXPECT_THAT(server.lines(),
              ElementsAre("GET /v2/app/tags/list?n=1000",
                          kTokenLine,
                          "GET /v2/app/tags/list?n=1000",
                          "HEAD /v2/app/manifests/v1"));
  EXPECT_EQ(registry().requests_sent(), 4U);
  EXPECT_FALSE(server.seen()[1].has("Authorization"));
}

TEST_F(RegistryWire, P15_ForAnotherRepositoryOnlyATokenIsNeeded) {
  auto& server = serve(TokenRegistry{}.script());
  ASSERT_TRUE(list().has_value());
  ASSERT_TRUE(registry().list_tags(repo("other"), call_).has_value());
  EXPECT_THAT(server.lines(), SizeIs(5));
  EXPECT_EQ(server.lines()[3], "GET /token?service=svc&scope=repository%3Aother%3Apull");
}

TEST_F(RegistryWire, P15_ABatchFindsOutAboutLoginWithOneRequest) {
  auto& server = serve(TokenRegistry{}.script());
  std::vector<ImageTag> tags;
  for (int i = 0; i < 100; ++i) {
    tags.push_back(tag(fmt::format("v{}", i)));
  }
  int good = 0;
  registry().resolve_all(
      repo(), tags, [&](std::size_t, const Result<Digest>& d) { good += d.has_value(); }, call_);
  EXPECT_EQ(good, 100);
  EXPECT_EQ(server.lines().size(), 102U);
}

TEST_F(RegistryWire, P15_StoredCredentialsGoToTheTokenService) {
  auto& server = serve(TokenRegistry{}.script());
  credentials_.set(server.host(), "me", kSecret);
  ASSERT_TRUE(list().has_value());
  EXPECT_EQ(server.seen()[1].header("Authorization"),
            "Basic " + to_base64(std::string("me:") + kSecret));
  EXPECT_EQ(server.seen()[2].header("Authorization"), "Bearer t0ken");
}

TEST_F(RegistryWire, P15_AnIdentityTokenIsRefreshedByPost) {
  auto& server = serve(TokenRegistry{}.script());
  credentials_.set(server.host(),
                   Credential{.user = "", .password = {}, .identity_token = Secret("re/fresh")});
  ASSERT_TRUE(list().has_value());
  EXPECT_EQ(server.lines()[1], "POST /token");
  EXPECT_THAT(server.seen()[1].body,
              AllOf(HasSubstr("grant_type=refresh_token"),
                    HasSubstr("refresh_token=re/fresh"),
                    HasSubstr("service=svc"),
                    HasSubstr("scope=repository%3Aapp%3Apull")));
}

TEST_F(RegistryWire, P15_BasicIsUsedWhereItIsAskedFor) {
  const std::string accepted = "Basic " + to_base64("me:pw");
  auto& server = serve([&](const SeenRequest& request) {
    return request.header("Authorization") == accepted ? tags_answer({"v1"})
                                                       : challenge("Basic realm=\"x\"");
  });
  credentials_.set(server.host(), "me", "pw");
  ASSERT_TRUE(list().has_value());
  ASSERT_TRUE(list().has_value());
  EXPECT_EQ(server.lines().size(), 3U);
  EXPECT_EQ(credentials_.lookups(), 1U);
}

TEST_F(RegistryWire, P15_AMissingOrWrongLoginIsUnauthorizedAndSaysWhatToDo) {
  auto& server = serve([](const SeenRequest&) { return challenge("Basic realm=\"x\""); });
  const auto none = list();
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code(), Code::unauthorized);
  EXPECT_EQ(none.error().hint(), "log in: podman login " + server.host());
  EXPECT_EQ(server.lines().size(), 1U);
  credentials_.set(server.host(), "me", kSecret);
  registry_.reset();
  const auto wrong = list();
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().code(), Code::unauthorized);
  EXPECT_EQ(wrong.error().hint(), "log in: podman login " + server.host());
  EXPECT_THAT(wrong.error().text(), Not(HasSubstr(kSecret)));
  EXPECT_EQ(server.lines().size(), 3U);
}

TEST_F(RegistryWire, P15_AChallengeThatSaysNothingIsUnauthorized) {
  for (const char* header : {"",
                             "Negotiate",
                             "garbage \"",
                             "Bearer",
                             "Bearer realm=\"/relative\"",
                             "Bearer realm=\"ftp://x/\"",
                             "Bearer realm=\"http://user@127.0.0.1/\""}) {
    registry_.reset();
    auto& server = serve([header](const SeenRequest&) {
      return *header == 0 ? status_answer(401) : challenge(header);
    });
    const auto tags = list();
    ASSERT_FALSE(tags.has_value()) << header;
    EXPECT_EQ(tags.error().code(), Code::unauthorized) << header;
    EXPECT_EQ(server.lines().size(), 1U) << header;
  }
}

TEST_F(RegistryWire, P15_OfSeveralChallengesBearerIsTaken) {
  auto& server = serve([](const SeenRequest& request) {
    if (request.target.starts_with("/token")) {
      return json_answer(R"({"token":"t"})");
    }
    if (request.header("Authorization") == "Bearer t") {
      return tags_answer({});
    }
    return status_answer(
        401,
        {{"www-authenticate", "Negotiate"},
         {"WWW-Authenticate",
          fmt::format("Basic realm=\"a, b\", BEARER Realm=\"http://{}/token\", Service=s",
                      request.header("Host"))}});
  });
  ASSERT_TRUE(list().has_value());
  EXPECT_THAT(server.lines()[1], HasSubstr("/token?service=s&"));
}

TEST_F(RegistryFar, P15_ATokenServiceMustNotBePlainOrNearby) {
  const std::string realms[] = {"http://auth.example.com/token",
                                "https://169.254.169.254/token",
                                "https://10.0.0.1/token",
                                "https://127.0.0.1/token",
                                "https://localhost/token",
                                "https://[::1]/token"};
  credentials_.set("registry.example.com", "me", kSecret);
  for (const auto& realm : realms) {
    registry_.reset();
    serve("registry.example.com",
          [&](const SeenRequest&) { return challenge(fmt::format("Bearer realm=\"{}\"", realm)); });
    const auto before = http_.seen().size();
    const auto tags = registry().list_tags(repo_, call_);
    ASSERT_FALSE(tags.has_value()) << realm;
    EXPECT_EQ(tags.error().code(), Code::forbidden) << realm;
    EXPECT_EQ(http_.seen().size() - before, 1U) << realm;
  }
}

TEST_F(RegistryFar, P15_ANameThatLeadsNearbyIsRefusedToo) {
  serve("registry.example.com", [](const SeenRequest&) {
    return challenge("Bearer realm=\"https://rebound.example.com/token\"");
  });
  serve(
      "rebound.example.com",
      [](const SeenRequest&) { return json_answer("{}"); },
      AddressKind::loopback);
  const auto tags = registry().list_tags(repo_, call_);
  ASSERT_FALSE(tags.has_value());
  EXPECT_EQ(tags.error().code(), Code::forbidden);
}

TEST_F(RegistryWire, P16_CredentialsDoNotFollowARedirectToAnotherHost) {
  const std::string config = "{}";
  auto storage = elsewhere([&](const SeenRequest&) { return status_answer(200, {}, config); });
  auto& server = serve([&](const SeenRequest& request) {
    if (!request.has("Authorization")) {
      return challenge("Basic realm=\"x\"");
    }
    return status_answer(
        307, {{"Location", storage->url("/bucket/x?X-Signature=" + std::string(kSecret))}});
  });
  credentials_.set(server.host(), "me", "pw");
  const auto read = registry().blob(repo(), Digest::sha256_of(config), 100, call_);
  ASSERT_TRUE(read.has_value()) << read.error().text();
  ASSERT_EQ(storage->seen().size(), 1U);
  EXPECT_EQ(storage->lines().front(), "GET /bucket/x?X-Signature=hunter2");
  EXPECT_FALSE(storage->seen().front().has("Authorization"));
}

TEST_F(RegistryWire, P16_CredentialsFollowARedirectOnTheSameHost) {
  auto& server = serve([&](const SeenRequest& request) {
    if (!request.has("Authorization")) {
      return challenge("Basic realm=\"x\"");
    }
    return request.target == "/moved" ? status_answer(200, {}, "{}")
                                      : status_answer(302, {{"Location", "/moved"}});
  });
  credentials_.set(server.host(), "me", "pw");
  ASSERT_TRUE(registry().blob(repo(), Digest::sha256_of("{}"), 100, call_).has_value());
  EXPECT_TRUE(server.seen().back().has("Authorization"));
}

TEST_F(RegistryWire, P16_NorInABatchOfWhichOthersStillNeedThem) {
  auto storage = elsewhere([](const SeenRequest&) { return status_answer(200, {}, "one"); });
  int busy = 1;
  auto& server = serve([&](const SeenRequest& request) {
    if (!request.has("Authorization")) {
      return challenge("Basic realm=\"x\"");
    }
    if (request.target.ends_with(Digest::sha256_of("one").hex())) {
      return status_answer(307, {{"Location", storage->url("/one")}});
    }
    return busy-- > 0 ? status_answer(429) : status_answer(200, {}, "two");
  });
  credentials_.set(server.host(), "me", "pw");
  const Digest digests[] = {Digest::sha256_of("two"), Digest::sha256_of("one")};
  int good = 0;
  registry().blobs(
      repo(),
      digests,
      100,
      [&](std::size_t, const Result<std::string>& r) { good += r.has_value(); },
      call_);
  EXPECT_EQ(good, 2);
  ASSERT_EQ(storage->seen().size(), 1U);
  EXPECT_FALSE(storage->seen().front().has("Authorization"));
}

TEST_F(RegistryWire, P16_SignedUrlsDoNotShowInErrors) {
  auto storage = elsewhere([](const SeenRequest&) { return ScriptedAnswer{.hang_up = true}; });
  serve([&](const SeenRequest&) {
    return status_answer(307,
                         {{"Location", storage->url("/x?X-Signature=" + std::string(kSecret))}});
  });
  const auto read = registry().blob(repo(), Digest::sha256_of("{}"), 100, call_);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), Code::unavailable);
  EXPECT_THAT(read.error().text() + read.error().hint(), Not(HasSubstr(kSecret)));
}

TEST_F(RegistryWire, P16_RedirectsWithoutEndEnd) {
  config_.max_redirects = 3;
  auto& server = serve([](const SeenRequest& request) {
    return status_answer(302, {{"Location", request.target + "x"}});
  });
  EXPECT_EQ(registry().blob(repo(), Digest::sha256_of("{}"), 100, call_).error().code(),
            Code::unavailable);
  EXPECT_EQ(server.lines().size(), 4U);
}

TEST_F(RegistryFar, P17_RedirectsToNearbyAddressesAreRefused) {
  const std::string targets[] = {"https://169.254.169.254/latest/meta-data",
                                 "https://10.1.2.3/x",
                                 "https://192.168.0.1/x",
                                 "https://127.0.0.1/x",
                                 "https://localhost:6443/x",
                                 "https://[fe80::1]/x",
                                 "https://[::ffff:10.0.0.1]/x",
                                 "http://storage.example.com/x"};
  for (const auto& target : targets) {
    registry_.reset();
    serve("registry.example.com",
          [&](const SeenRequest&) { return status_answer(307, {{"Location", target}}); });
    const auto before = http_.seen().size();
    const auto read = registry().blob(repo_, Digest::sha256_of("{}"), 100, call_);
    ASSERT_FALSE(read.has_value()) << target;
    EXPECT_EQ(read.error().code(), Code::forbidden) << target;
    EXPECT_EQ(http_.seen().size() - before, 1U) << target;
  }
}

TEST_F(RegistryFar, P17_ARegistryMayLeadToItsOwnKindOfAddress) {
  const auto lead = [](const SeenRequest&) {
    return status_answer(307, {{"Location", "https://10.9.9.9/x"}});
  };
  serve(
      "10.9.9.9",
      [](const SeenRequest&) { return status_answer(200, {}, "{}"); },
      AddressKind::private_use);
  const auto read = [&] {
    registry_.reset();
    return registry().blob(repo_, Digest::sha256_of("{}"), 100, call_);
  };
  serve("registry.example.com", lead, AddressKind::private_use);
  EXPECT_TRUE(read().has_value());
  serve("registry.example.com", lead, AddressKind::loopback);
  EXPECT_EQ(read().error().code(), Code::forbidden);
  serve("registry.example.com", lead, AddressKind::global);
  EXPECT_EQ(read().error().code(), Code::forbidden);
  config_.trusted_targets.emplace_back("10.9.9.9");
  EXPECT_TRUE(read().has_value());
}

TEST_F(RegistryWire, P18_ATokenLivesAMinuteWhenNothingIsSaid) {
  for (const char* answer : {R"({"token":"t0ken"})",
                             R"({"access_token":"t0ken"})",
                             R"({"token":"","access_token":"t0ken","expires_in":1})",
                             R"({"token":"t0ken","issued_at":"2099-01-01T00:00:00Z"})"}) {
    registry_.reset();
    auto& server = serve(TokenRegistry{.token_answer = answer}.script());
    ASSERT_TRUE(list().has_value()) << answer;
    clock_.advance(std::chrono::seconds(50));
    ASSERT_TRUE(list().has_value()) << answer;
    EXPECT_EQ(server.lines().size(), 4U) << answer;
    clock_.advance(std::chrono::seconds(10));
    ASSERT_TRUE(list().has_value()) << answer;
    EXPECT_EQ(server.lines().size(), 6U) << answer;
  }
}

TEST_F(RegistryWire, P18_ATokenThatEndedEarlyIsReplaced) {
  int valid = 0;
  auto& server = serve([&](const SeenRequest& request) {
    if (request.target.starts_with("/token")) {
      return json_answer(fmt::format(R"({{"token":"t{}","expires_in":3000}})", ++valid));
    }
    if (request.header("Authorization") != fmt::format("Bearer t{}", valid)) {
      return challenge(fmt::format("Bearer realm=\"http://{}/token\"", request.header("Host")));
    }
    return tags_answer({});
  });
  ASSERT_TRUE(list().has_value());
  valid = 7;  // the service forgot what it gave
  ASSERT_TRUE(list().has_value());
  EXPECT_EQ(server.lines().size(), 6U);
}

TEST_F(RegistryWire, P18_AnEndlessNoIsTakenAsOne) {
  auto& server = serve(TokenRegistry{.accepted = "never"}.script());
  const auto tags = list();
  ASSERT_FALSE(tags.has_value());
  EXPECT_EQ(tags.error().code(), Code::unauthorized);
  EXPECT_THAT(tags.error().hint(), HasSubstr("podman login"));
  EXPECT_EQ(server.lines().size(), 3U);
}

TEST_F(RegistryWire, P19_AHugeOrBrokenTokenAnswerIsRefused) {
  for (const std::string& answer : {std::string(70'000, ' ') + R"({"token":"t0ken"})",
                                    std::string("not json"),
                                    std::string("[]"),
                                    std::string(R"({"token":"a\r\nEvil: 1"})")}) {
    registry_.reset();
    serve(TokenRegistry{.token_answer = answer}.script());
    EXPECT_EQ(list().error().code(), Code::invalid_data) << answer.substr(0, 20);
  }
}

TEST_F(RegistryWire, P20_A429WithoutWordsIsWaitedForWithGrowingJitter) {
  int busy = 3;
  auto& server = serve([&](const SeenRequest&) {
    return busy-- > 0
               ? status_answer(429, {{"Content-Type", "text/html"}}, "<html>slow down</html>")
               : tags_answer({"v1"});
  });
  const MonoTime begin = clock_.now();
  ASSERT_TRUE(list().has_value());
  const Duration waited = clock_.now() - begin;
  EXPECT_EQ(server.lines().size(), 4U);
  // Between the halves and the wholes of 0.25 s, 0.5 s and 1 s.
  EXPECT_GE(waited, std::chrono::milliseconds(875));
  EXPECT_LE(waited, std::chrono::milliseconds(1750));
}

TEST_F(RegistryWire, P20_RetryAfterIsHonoured) {
  for (const bool as_date : {false, true}) {
    registry_.reset();
    int busy = 1;
    // FakeClock begins at 2026-01-01T00:00:00Z and has been moved by whole seconds.
    auto& server = serve([&](const SeenRequest&) {
      return busy-- > 0 ? status_answer(
                              as_date ? 503 : 429,
                              {{"Retry-After", as_date ? "Thu, 01 Jan 2026 00:00:50 GMT" : "20"}})
                        : tags_answer({"v1"});
    });
    const MonoTime begin = clock_.now();
    ASSERT_TRUE(list().has_value());
    EXPECT_EQ(clock_.now() - begin, as_date ? std::chrono::seconds(30) : std::chrono::seconds(20));
    EXPECT_EQ(server.lines().size(), 2U);
  }
}

TEST_F(RegistryWire, P20_TooLongAWaitIsAnErrorAndTheHostIsLeftAlone) {
  auto& server =
      serve([&](const SeenRequest&) { return status_answer(429, {{"Retry-After", "7200"}}); });
  const MonoTime begin = clock_.now();
  const auto tags = list();
  ASSERT_FALSE(tags.has_value());
  EXPECT_EQ(tags.error().code(), Code::rate_limited);
  EXPECT_EQ(clock_.now(), begin);
  EXPECT_EQ(server.lines().size(), 1U);
  const Call hurried{.deadline = Deadline::at(clock_.now() + std::chrono::seconds(5))};
  EXPECT_EQ(registry().list_tags(repo(), hurried).error().code(), Code::rate_limited);
  EXPECT_EQ(server.lines().size(), 1U);
}

TEST_F(RegistryWire, P20_AUsedUpAllowanceIsTold) {
  int left = 2;
  serve([&](const SeenRequest&) {
    auto answer = tags_answer({"v1"});
    answer.headers.emplace_back("ratelimit-remaining", fmt::format("{};w=21600", --left));
    return answer;
  });
  ASSERT_TRUE(list().has_value());
  EXPECT_EQ(events_.count("registry.allowance_used_up"), 0U);
  ASSERT_TRUE(list().has_value());
  EXPECT_EQ(events_.count("registry.allowance_used_up"), 1U);
}

TEST_F(RegistryWire, P20_AttemptsAreBounded) {
  for (const int status : {429, 500, 502, 503, 504}) {
    registry_.reset();
    auto& server = serve([status](const SeenRequest&) { return status_answer(status); });
    EXPECT_FALSE(list().has_value());
    EXPECT_EQ(server.lines().size(), 5U) << status;
  }
}

TEST_F(RegistryWire, P20_ABrokenConnectionIsTriedAgain) {
  int broken = 2;
  auto& server = serve([&](const SeenRequest&) {
    return broken-- > 0 ? ScriptedAnswer{.hang_up = true} : tags_answer({"v1"});
  });
  EXPECT_TRUE(list().has_value());
  EXPECT_EQ(server.lines().size(), 3U);
}

TEST_F(RegistryWire, P21_ABatchAgainstAHostThatOnlySays429IsGivenUp) {
  auto& server = serve([](const SeenRequest&) { return status_answer(429); });
  const std::vector<ManifestKey> keys(500, tag("v1"));
  int limited = 0;
  int other = 0;
  registry().manifests(
      repo(),
      keys,
      [&](std::size_t, const Result<RawManifest>& read) {
        const bool transient = !read.has_value() && (read.error().code() == Code::rate_limited ||
                                                     read.error().code() == Code::unavailable);
        ++(transient ? limited : other);
      },
      call_);
  EXPECT_EQ(limited, 500);
  EXPECT_EQ(other, 0);
  EXPECT_LT(server.lines().size(), 100U);
}

TEST_F(RegistryWire, P21_ABatchGoesOnAfterA429InItsMiddle) {
  int count = 0;
  serve([&](const SeenRequest&) {
    return ++count % 10 == 0 ? status_answer(429, {{"Retry-After", "1"}})
                             : manifest_answer(manifest_text());
  });
  const std::vector<ManifestKey> keys(200, tag("v1"));
  int good = 0;
  registry().manifests(
      repo(),
      keys,
      [&](std::size_t, const Result<RawManifest>& r) { good += r.has_value(); },
      call_);
  EXPECT_EQ(good, 200);
}

TEST_F(RegistryFar, P34_OnlyDockerHubHasALibrary) {
  serve("registry-1.docker.io", [](const SeenRequest&) { return tags_answer({"v1"}); });
  serve("registry.example.com", [](const SeenRequest&) { return tags_answer({"v1"}); });
  ASSERT_TRUE(registry().list_tags({"docker.io", "nginx"}, call_).has_value());
  ASSERT_TRUE(registry().list_tags({"docker.io", "user/app"}, call_).has_value());
  ASSERT_TRUE(registry().list_tags({"registry.example.com", "nginx"}, call_).has_value());
  EXPECT_THAT(lines(),
              ElementsAre("GET https://registry-1.docker.io/v2/library/nginx/tags/list?n=1000",
                          "GET https://registry-1.docker.io/v2/user/app/tags/list?n=1000",
                          "GET https://registry.example.com/v2/nginx/tags/list?n=1000"));
}

TEST_F(RegistryFar, P35_AllNamesOfDockerHubAreOneHost) {
  serve("registry-1.docker.io", [](const SeenRequest& request) {
    return request.has("Authorization") ? tags_answer({"v1"}) : challenge("Basic realm=\"x\"");
  });
  credentials_.set("docker.io", "me", "pw");
  for (const char* host : {"docker.io", "index.docker.io", "registry-1.docker.io"}) {
    ASSERT_TRUE(registry().list_tags({host, "user/app"}, call_).has_value()) << host;
  }
  EXPECT_EQ(http_.seen().size(), 4U);  // one 401 in all
  EXPECT_EQ(credentials_.lookups(), 1U);
}

TEST_F(RegistryFar, PlainHttpIsForLoopbackAndListedHostsOnly) {
  http_.serve("http://plain.example.com:5000", [](const SeenRequest&) { return tags_answer({}); });
  const ImageRepository plain{"plain.example.com:5000", "app"};
  EXPECT_FALSE(registry().list_tags(plain, call_).has_value());
  EXPECT_TRUE(http_.seen().empty());
  registry_.reset();
  config_.plain_http_hosts.emplace_back("plain.example.com:5000");
  EXPECT_TRUE(registry().list_tags(plain, call_).has_value());
}

}  // namespace
}  // namespace sous::wire
