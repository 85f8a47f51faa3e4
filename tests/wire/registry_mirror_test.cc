// Mirrors: places to pull from by digest, never asked what a tag means.
#include "wire/registry_wire.h"

namespace sous::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kBody = manifest_text();
const Digest kDigest = Digest::sha256_of(kBody);
const Digest kConfig = Digest::sha256_of("{}");

constexpr const char* kOrigin = "GET https://registry.example.com/v2/team/app/";
constexpr const char* kMirror = "GET https://mirror.example.com/v2/copy/team/app/";

class MirrorWire : public RegistryFar {
 protected:
  MirrorWire() {
    config_.mirrors = {{RegistryBase::parse("registry.example.com").value(),
                        RegistryBase::parse("mirror.example.com/copy").value()}};
    serve("registry.example.com", everything());
  }

  // A registry that has all there is.
  static HttpScript everything() {
    return [](const SeenRequest& request) {
      if (request.target.find("/tags/list") != std::string::npos) {
        return tags_answer({"v1"});
      }
      return request.target.find("/blobs/") != std::string::npos ? status_answer(200, {}, "{}")
                                                                 : manifest_answer(kBody);
    };
  }

  void mirror(HttpScript script) { serve("mirror.example.com", std::move(script)); }

  Result<RawManifest> by_digest() { return registry().manifest(repo_, kDigest, call_); }
};

TEST_F(MirrorWire, WhatIsNamedByDigestComesFromTheMirror) {
  mirror(everything());
  EXPECT_EQ(by_digest().value().bytes, kBody);
  EXPECT_EQ(registry().blob(repo_, kConfig, 100, call_).value(), "{}");
  EXPECT_THAT(
      lines(),
      ElementsAre(kMirror + ("manifests/" + kDigest.str()), kMirror + ("blobs/" + kConfig.str())));
}

TEST_F(MirrorWire, TagsAreAskedOfTheRegistryItself) {
  mirror(everything());
  ASSERT_TRUE(registry().list_tags(repo_, call_).has_value());
  ASSERT_TRUE(registry().resolve(repo_, tag("v1"), call_).has_value());
  ASSERT_TRUE(registry().manifest(repo_, tag("v1"), call_).has_value());
  for (const auto& line : lines()) {
    EXPECT_THAT(line, HasSubstr("registry.example.com"));
  }
}

TEST_F(MirrorWire, WhatAMirrorDoesNotHaveTheRegistryIsAskedFor) {
  mirror([](const SeenRequest&) { return status_answer(404); });
  EXPECT_EQ(by_digest().value().bytes, kBody);
  EXPECT_EQ(by_digest().value().bytes, kBody);
  const std::string rest = "manifests/" + kDigest.str();
  EXPECT_THAT(lines(), ElementsAre(kMirror + rest, kOrigin + rest, kMirror + rest, kOrigin + rest));
  EXPECT_EQ(events_.count("registry.mirror_failed"), 0U);
}

TEST_F(MirrorWire, AFailedMirrorIsToldAndPassedOverForAWhile) {
  for (const int status : {401, 403, 429, 500, 503}) {
    registry_.reset();
    const auto told = events_.count("registry.mirror_failed");
    mirror([status](const SeenRequest&) { return status_answer(status); });
    const auto before = http_.seen().size();
    const MonoTime begin = clock_.now();
    EXPECT_TRUE(by_digest().has_value()) << status;
    EXPECT_TRUE(by_digest().has_value()) << status;
    EXPECT_EQ(http_.seen().size() - before, 3U) << status;
    EXPECT_EQ(clock_.now(), begin) << status;  // nobody waits for a mirror
    EXPECT_EQ(events_.count("registry.mirror_failed") - told, 1U) << status;
    clock_.advance(config_.mirror_rest);
    EXPECT_TRUE(by_digest().has_value()) << status;
    EXPECT_EQ(http_.seen().size() - before, 5U) << status;
  }
}

TEST_F(MirrorWire, AMirrorThatIsNotThereCostsOneConnection) {
  std::vector<ManifestKey> keys(200, kDigest);
  int good = 0;
  registry().manifests(
      repo_,
      keys,
      [&](std::size_t, const Result<RawManifest>& read) { good += read.has_value() ? 1 : 0; },
      call_);
  EXPECT_EQ(good, 200);
  EXPECT_EQ(http_.seen().size(), 200U);
  EXPECT_EQ(events_.count("registry.mirror_failed"), 1U);
}

TEST_F(MirrorWire, OtherBytesThanTheDigestSaysAreNotTaken) {
  mirror([](const SeenRequest&) { return manifest_answer(manifest_text("another")); });
  EXPECT_EQ(by_digest().value().bytes, kBody);
  EXPECT_EQ(events_.count("registry.mirror_failed"), 1U);
}

TEST_F(MirrorWire, ABlobThatIsNotItsDigestIsReadAnewFromTheRegistry) {
  class Kept final : public ByteSink {
   public:
    Status write(std::string_view piece) override {
      bytes += piece;
      return ok();
    }

    Status restart() override {
      bytes.clear();
      return ok();
    }

    std::string bytes;
  };

  mirror([](const SeenRequest&) { return ScriptedAnswer{.body = "changed on the way"}; });
  serve("registry.example.com", [](const SeenRequest&) { return ScriptedAnswer{.body = "blob"}; });
  Kept into;
  const auto read = registry().read_blob(repo_, Digest::sha256_of("blob"), 100, into, call_);
  ASSERT_TRUE(read.has_value()) << read.error().text();
  EXPECT_EQ(into.bytes, "blob");
  EXPECT_EQ(events_.count("registry.mirror_failed"), 1U);
}

TEST_F(MirrorWire, InABatchTheRegistryIsAskedOnlyForTheRest) {
  const std::string other = manifest_text("other");
  mirror([](const SeenRequest& request) {
    return request.target.ends_with(kDigest.str()) ? manifest_answer(kBody) : status_answer(404);
  });
  serve("registry.example.com", [&](const SeenRequest& request) {
    return request.target.ends_with("v1") ? manifest_answer(kBody) : manifest_answer(other);
  });
  const std::vector<ManifestKey> keys{Digest::sha256_of(other), tag("v1"), kDigest};
  std::vector<int> seen(3);
  registry().manifests(
      repo_,
      keys,
      [&](std::size_t i, const Result<RawManifest>& read) { seen[i] += read.has_value() ? 1 : 0; },
      call_);
  EXPECT_THAT(seen, ElementsAre(1, 1, 1));
  EXPECT_EQ(http_.seen().size(), 4U);
}

TEST_F(MirrorWire, AMirrorMayBeForAPartAndForDockerHub) {
  config_.mirrors = {{RegistryBase::parse("registry.example.com/team").value(),
                      RegistryBase::parse("mirror.example.com").value()},
                     {RegistryBase::parse("docker.io").value(),
                      RegistryBase::parse("mirror.example.com/hub").value()}};
  mirror(everything());
  ASSERT_TRUE(by_digest().has_value());
  ASSERT_TRUE(registry().manifest({"index.docker.io", "nginx"}, kDigest, call_).has_value());
  ASSERT_TRUE(
      registry().manifest({"registry.example.com", "teamsx/app"}, kDigest, call_).has_value());
  const std::string rest = "manifests/" + kDigest.str();
  EXPECT_THAT(lines(),
              ElementsAre("GET https://mirror.example.com/v2/app/" + rest,
                          "GET https://mirror.example.com/v2/hub/library/nginx/" + rest,
                          "GET https://registry.example.com/v2/teamsx/app/" + rest));
}

TEST_F(MirrorWire, AMirrorHasALoginOfItsOwn) {
  credentials_.set("registry.example.com", "origin", "pw");
  mirror([](const SeenRequest& request) {
    return request.has("Authorization") ? manifest_answer(kBody)
                                        : status_answer(401, {{"WWW-Authenticate", "Basic"}});
  });
  ASSERT_TRUE(by_digest().has_value());
  for (const auto& request : http_.seen()) {
    EXPECT_FALSE(request.has("Authorization")) << request.line();
  }
  registry_.reset();
  credentials_.set("mirror.example.com", "me", "pw");
  ASSERT_TRUE(by_digest().has_value());
  EXPECT_TRUE(http_.seen().back().has("Authorization"));
}

TEST_F(MirrorWire, AStopIsNotAskedOfTheNextOne) {
  mirror(everything());
  std::stop_source stop;
  stop.request_stop();
  const Call stopped{.stop = stop.get_token()};
  EXPECT_EQ(registry().manifest(repo_, kDigest, stopped).error().code(), Code::cancelled);
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(RegistryFar, ANamespaceMayHaveALoginOfItsOwn) {
  serve("registry.example.com", [](const SeenRequest& request) {
    return request.has("Authorization") ? tags_answer({})
                                        : status_answer(401, {{"WWW-Authenticate", "Basic"}});
  });
  credentials_.set("registry.example.com", "host", "pw");
  credentials_.set("registry.example.com/team", "team", "pw");
  const auto used = [&](const std::string& path) {
    EXPECT_TRUE(registry().list_tags({"registry.example.com", path}, call_).has_value());
    return http_.seen().back().header("Authorization");
  };
  const std::string team = used("team/app");
  const std::string host = used("other/app");
  EXPECT_NE(team, host);
  EXPECT_EQ(used("team/app"), team);
  EXPECT_EQ(used("other/app"), host);
  EXPECT_EQ(credentials_.lookups(), 2U);
}

TEST_F(RegistryFar, OneLoginForAHostIsLookedUpOnce) {
  serve("registry.example.com", [](const SeenRequest& request) {
    return request.has("Authorization") ? tags_answer({})
                                        : status_answer(401, {{"WWW-Authenticate", "Basic"}});
  });
  credentials_.set("registry.example.com", "host", "pw");
  for (const char* path : {"a", "b", "c"}) {
    EXPECT_TRUE(registry().list_tags({"registry.example.com", path}, call_).has_value());
  }
  EXPECT_EQ(credentials_.lookups(), 1U);
}

}  // namespace
}  // namespace sous::wire
