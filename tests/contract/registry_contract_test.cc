// The port Registry, on the fake and on Debian's docker-registry through our client.
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/http_curl/curl_http_client.h"
#include "adapters/registry_oci/oci_registry.h"
#include "adapters/system_posix/clock.h"
#include "adapters/system_posix/executor.h"
#include "adapters/system_posix/rng.h"
#include "ports/registry.h"
#include "support/docker_registry.h"
#include "support/fake_credentials.h"
#include "support/fake_event_sink.h"
#include "support/fake_registry.h"
#include "support/memory_source.h"

namespace sous {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kIndexType = "application/vnd.oci.image.index.v1+json";
constexpr const char* kConfigType = "application/vnd.oci.image.config.v1+json";
constexpr const char* kLayerType = "application/vnd.oci.image.layer.v1.tar";

// A registry for one test.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual Registry& registry() = 0;
  virtual std::string host() = 0;
};

class FakeSubject final : public Subject {
 public:
  Registry& registry() override { return registry_; }

  std::string host() override { return "registry.test"; }

 private:
  support::FakeRegistry registry_;
};

// What one kind of real registry is made of.
struct Setup {
  bool tls = false;
  bool login = false;
  bool tokens = false;
  bool mirrored = false;
};

class RealSubject final : public Subject {
 public:
  explicit RealSubject(const Setup& setup)
      : tokens_(setup.tokens ? std::make_unique<support::TokenServer>() : nullptr),
        server_({.tls = setup.tls, .login = setup.login, .tokens = tokens_.get()}) {
    http_curl::CurlConfig curl;
    registry_oci::OciConfig oci;
    if (setup.tls) {
      curl.extra_ca_file = server_.ca_file();
      oci.tls_hosts.push_back(server_.host());
    }
    if (setup.login) {
      credentials_.set(
          server_.host(), support::DockerRegistry::kUser, support::DockerRegistry::kPassword);
    }
    if (setup.tokens) {
      credentials_.set(
          server_.host(), support::TokenServer::kUser, support::TokenServer::kPassword);
    }
    if (setup.mirrored) {
      mirror_ = std::make_unique<support::DockerRegistry>(
          support::DockerRegistry::Options{.mirror_of = "http://" + server_.host()});
      oci.mirrors = {{RegistryBase::parse(server_.host()).value(),
                      RegistryBase::parse(mirror_->host()).value()}};
    }
    http_ = std::make_unique<http_curl::CurlHttpClient>(curl, clock_);
    registry_ = std::make_unique<registry_oci::OciRegistry>(
        oci, *http_, credentials_, clock_, rng_, executor_, events_);
  }

  Registry& registry() override { return *registry_; }

  std::string host() override { return server_.host(); }

 private:
  std::unique_ptr<support::TokenServer> tokens_;
  support::DockerRegistry server_;
  std::unique_ptr<support::DockerRegistry> mirror_;
  system_posix::SystemClock clock_;
  system_posix::SystemRng rng_;
  support::FakeCredentials credentials_;
  support::FakeEventSink events_;
  system_posix::ThreadExecutor executor_{events_};
  std::unique_ptr<http_curl::CurlHttpClient> http_;
  std::unique_ptr<registry_oci::OciRegistry> registry_;
};

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Subject>()> make;
};

Kind real(const std::string& name, const Setup& setup) {
  return {name, [setup] { return std::make_unique<RealSubject>(setup); }};
}

ImageTag tag(const std::string& text) { return ImageTag::parse(text).value(); }

std::string descriptor(const char* type, const std::string& bytes) {
  return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{}}})",
                     type,
                     Digest::sha256_of(bytes).str(),
                     bytes.size());
}

class RegistryContract : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override { subject_ = GetParam().make(); }

  Registry& registry() { return subject_->registry(); }

  ImageRepository repository(const std::string& path) { return {subject_->host(), path}; }

  Result<BlobOutcome> push_blob(const ImageRepository& into,
                                const std::string& bytes,
                                std::optional<ImageRepository> mount_from = std::nullopt) {
    support::MemorySource source(bytes);
    return registry().push_blob(into,
                                {.digest = Digest::sha256_of(bytes),
                                 .size = bytes.size(),
                                 .source = &source,
                                 .mount_from = std::move(mount_from)},
                                call_);
  }

  // An image of one layer; different `content`, different digest.
  RawManifest image(const std::string& content) {
    const std::string config = fmt::format(
        R"({{"architecture":"amd64","os":"linux","config":{{"Labels":{{"content":"{}"}}}},)"
        R"("rootfs":{{"type":"layers","diff_ids":[]}}}})",
        content);
    const std::string bytes =
        fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[{}]}})",
                    kManifestType,
                    descriptor(kConfigType, config),
                    descriptor(kLayerType, content));
    last_config_ = config;
    return {Digest::sha256_of(bytes), kManifestType, bytes};
  }

  RawManifest push_image(const ImageRepository& into,
                         const std::string& content,
                         const std::optional<ImageTag>& name) {
    const RawManifest manifest = image(content);
    EXPECT_TRUE(push_blob(into, content).has_value());
    EXPECT_TRUE(push_blob(into, last_config_).has_value());
    const auto pushed = registry().push_manifest(into, manifest, name, call_);
    EXPECT_TRUE(pushed.has_value()) << pushed.error().text();
    return manifest;
  }

  std::unique_ptr<Subject> subject_;
  std::string last_config_;
  Call call_;
};

TEST_P(RegistryContract, WhatIsPushedCanBeRead) {
  const auto repo = repository("team/app");
  const auto pushed = push_image(repo, "one", tag("1.0.0"));

  const auto tags = registry().list_tags(repo, call_);
  ASSERT_TRUE(tags.has_value()) << tags.error().text();
  EXPECT_THAT(tags->tags, ElementsAre(tag("1.0.0")));
  EXPECT_TRUE(tags->completeness.is_complete());

  const auto resolved = registry().resolve(repo, tag("1.0.0"), call_);
  ASSERT_TRUE(resolved.has_value()) << resolved.error().text();
  EXPECT_EQ(*resolved, pushed.digest);

  for (const ManifestKey& key : {ManifestKey(tag("1.0.0")), ManifestKey(pushed.digest)}) {
    const auto read = registry().manifest(repo, key, call_);
    ASSERT_TRUE(read.has_value()) << read.error().text();
    EXPECT_EQ(read->digest, pushed.digest);
    EXPECT_EQ(read->media_type, kManifestType);
    EXPECT_EQ(read->bytes, pushed.bytes);
  }
  const auto config = registry().blob(repo, Digest::sha256_of(last_config_), 1U << 20U, call_);
  ASSERT_TRUE(config.has_value()) << config.error().text();
  EXPECT_EQ(*config, last_config_);
}

TEST_P(RegistryContract, AManifestWithoutTagIsReadByDigestAndNotListed) {
  const auto repo = repository("app");
  const auto untagged = push_image(repo, "one", std::nullopt);
  push_image(repo, "two", tag("v2"));
  EXPECT_TRUE(registry().manifest(repo, untagged.digest, call_).has_value());
  EXPECT_THAT(registry().list_tags(repo, call_).value().tags, ElementsAre(tag("v2")));
}

TEST_P(RegistryContract, ABlobIsSentOnlyWhenItIsMissing) {
  const auto repo = repository("app");
  EXPECT_EQ(push_blob(repo, "bytes").value(), BlobOutcome::uploaded);
  const auto before = registry().requests_sent();
  EXPECT_EQ(push_blob(repo, "bytes").value(), BlobOutcome::was_there);
  EXPECT_EQ(registry().requests_sent() - before, 1U);
}

TEST_P(RegistryContract, ABlobOfAnotherRepositoryIsMounted) {
  const auto base = repository("base");
  const auto repo = repository("app");
  ASSERT_EQ(push_blob(base, "layer").value(), BlobOutcome::uploaded);
  EXPECT_EQ(push_blob(repo, "layer", base).value(), BlobOutcome::mounted);
  EXPECT_EQ(registry().blob(repo, Digest::sha256_of("layer"), 100, call_).value(), "layer");
  EXPECT_EQ(push_blob(repo, "other", base).value(), BlobOutcome::uploaded);
  EXPECT_EQ(registry().blob(repo, Digest::sha256_of("other"), 100, call_).value(), "other");
}

TEST_P(RegistryContract, AnEmptyAndALargeBlobArrive) {
  const auto repo = repository("app");
  const std::string large(3U << 20U, 'x');
  EXPECT_EQ(push_blob(repo, "").value(), BlobOutcome::uploaded);
  EXPECT_EQ(push_blob(repo, large).value(), BlobOutcome::uploaded);
  EXPECT_EQ(registry().blob(repo, Digest::sha256_of(large), large.size(), call_).value(), large);
}

TEST_P(RegistryContract, ABlobThatIsNotItsDigestIsRefused) {
  const auto repo = repository("app");
  support::MemorySource source("what it is");
  const auto outcome = registry().push_blob(repo,
                                            {.digest = Digest::sha256_of("what was said"),
                                             .size = 10,
                                             .source = &source,
                                             .mount_from = {}},
                                            call_);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code(), Code::invalid_data) << outcome.error().text();
}

TEST_P(RegistryContract, AManifestThatIsNotItsDigestIsRefused) {
  auto manifest = image("one");
  manifest.bytes += " ";
  const auto pushed = registry().push_manifest(repository("app"), manifest, std::nullopt, call_);
  ASSERT_FALSE(pushed.has_value());
  EXPECT_EQ(pushed.error().code(), Code::invalid_data);
}

TEST_P(RegistryContract, AManifestNeedsItsBlobs) {
  const auto pushed =
      registry().push_manifest(repository("app"), image("never sent"), tag("v1"), call_);
  ASSERT_FALSE(pushed.has_value());
  EXPECT_EQ(pushed.error().code(), Code::failed) << pushed.error().text();
}

TEST_P(RegistryContract, ATagMoves) {
  const auto repo = repository("app");
  const auto first = push_image(repo, "one", tag("v"));
  const auto second = push_image(repo, "two", tag("v"));
  EXPECT_EQ(registry().resolve(repo, tag("v"), call_).value(), second.digest);
  EXPECT_EQ(registry().manifest(repo, first.digest, call_).value().bytes, first.bytes);
}

TEST_P(RegistryContract, AnIndexIsKeptAsItIs) {
  const auto repo = repository("app");
  const auto child = push_image(repo, "one", std::nullopt);
  const std::string bytes =
      fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","manifests":[{}]}})",
                  kIndexType,
                  fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{},"platform":)"
                              R"({{"architecture":"amd64","os":"linux"}}}})",
                              kManifestType,
                              child.digest.str(),
                              child.bytes.size()));
  const RawManifest index{Digest::sha256_of(bytes), kIndexType, bytes};
  const auto pushed = registry().push_manifest(repo, index, tag("multi"), call_);
  ASSERT_TRUE(pushed.has_value()) << pushed.error().text();
  EXPECT_EQ(registry().resolve(repo, tag("multi"), call_).value(), index.digest);
  const auto read = registry().manifest(repo, tag("multi"), call_);
  ASSERT_TRUE(read.has_value()) << read.error().text();
  EXPECT_EQ(read->media_type, kIndexType);
  EXPECT_EQ(read->bytes, bytes);
}

TEST_P(RegistryContract, WhatIsNotThereIsNotFound) {
  const auto repo = repository("app");
  const Digest absent = Digest::sha256_of("absent");
  EXPECT_EQ(registry().list_tags(repo, call_).error().code(), Code::not_found);
  push_image(repo, "one", tag("v1"));
  EXPECT_EQ(registry().resolve(repo, tag("v2"), call_).error().code(), Code::not_found);
  EXPECT_EQ(registry().manifest(repo, tag("v2"), call_).error().code(), Code::not_found);
  EXPECT_EQ(registry().manifest(repo, absent, call_).error().code(), Code::not_found);
  EXPECT_EQ(registry().blob(repo, absent, 100, call_).error().code(), Code::not_found);
}

TEST_P(RegistryContract, ErrorsNameWhatAndWhere) {
  const auto error = registry().resolve(repository("team/app"), tag("v9"), call_).error();
  EXPECT_THAT(error.text(), HasSubstr(subject_->host()));
}

TEST_P(RegistryContract, ATooLongBlobIsRefused) {
  const auto repo = repository("app");
  ASSERT_TRUE(push_blob(repo, "0123456789").has_value());
  const auto read = registry().blob(repo, Digest::sha256_of("0123456789"), 9, call_);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), Code::invalid_data) << read.error().text();
}

// Keeps what it gets, and how it got it.
class KeptBytes final : public ByteSink {
 public:
  Status write(std::string_view piece) override {
    if (full) {
      return Error(Code::forbidden, "the sink is full");
    }
    largest = std::max(largest, piece.size());
    bytes += piece;
    return ok();
  }

  Status restart() override {
    bytes.clear();
    return ok();
  }

  std::string bytes;
  std::size_t largest = 0;
  bool full = false;
};

TEST_P(RegistryContract, ALargeBlobIsReadInPieces) {
  const auto repo = repository("app");
  std::string large(5'000'000, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) {
    large[i] = static_cast<char>(i * 7 % 251);
  }
  ASSERT_TRUE(push_blob(repo, large).has_value());
  KeptBytes into;
  into.bytes = "left by an attempt";
  const auto read = registry().read_blob(repo, Digest::sha256_of(large), large.size(), into, call_);
  ASSERT_TRUE(read.has_value()) << read.error().text();
  EXPECT_TRUE(into.bytes == large);
  EXPECT_LT(into.largest, std::size_t{1} << 20U) << "pieces, not the whole";
}

TEST_P(RegistryContract, WhatCannotBeReadInPiecesFails) {
  const auto repo = repository("app");
  ASSERT_TRUE(push_blob(repo, "0123456789").has_value());
  KeptBytes into;
  const auto digest = Digest::sha256_of("0123456789");
  const auto too_long = registry().read_blob(repo, digest, 9, into, call_);
  ASSERT_FALSE(too_long.has_value());
  EXPECT_EQ(too_long.error().code(), Code::invalid_data);
  const auto absent = registry().read_blob(repo, Digest::sha256_of("absent"), 9, into, call_);
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().code(), Code::not_found) << absent.error().text();
  into.full = true;
  const auto refused = registry().read_blob(repo, digest, 10, into, call_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Code::forbidden) << "the sink's own failure";
}

TEST_P(RegistryContract, ANameThatCannotBeIsRefusedBeforeAnyRequest) {
  const auto before = registry().requests_sent();
  EXPECT_EQ(registry().list_tags(repository("Upper/Case"), call_).error().code(),
            Code::invalid_data);
  EXPECT_EQ(registry().requests_sent(), before);
}

TEST_P(RegistryContract, BatchesAnswerEachItemOnce) {
  const auto repo = repository("app");
  std::vector<ImageTag> tags;
  std::vector<ManifestKey> keys;
  std::vector<Digest> configs;
  std::vector<Digest> digests;
  constexpr int kImages = 40;
  for (int i = 0; i < kImages; ++i) {
    tags.push_back(tag(fmt::format("v{}", i)));
    const auto pushed = push_image(repo, fmt::format("content {}", i), tags.back());
    digests.push_back(pushed.digest);
    keys.emplace_back(pushed.digest);
    configs.push_back(Digest::sha256_of(last_config_));
  }
  tags.push_back(tag("absent"));
  keys.emplace_back(tag("absent"));
  configs.push_back(Digest::sha256_of("absent"));

  std::vector<int> seen(tags.size());
  registry().resolve_all(
      repo,
      tags,
      [&](std::size_t i, Result<Digest> digest) {
        ++seen[i];
        EXPECT_EQ(digest.has_value(), i < kImages);
        EXPECT_TRUE(!digest.has_value() || *digest == digests[i]);
      },
      call_);
  registry().manifests(
      repo,
      keys,
      [&](std::size_t i, Result<RawManifest> manifest) {
        ++seen[i];
        EXPECT_EQ(manifest.has_value(), i < kImages);
        EXPECT_TRUE(!manifest.has_value() || manifest->digest == digests[i]);
      },
      call_);
  registry().blobs(
      repo,
      configs,
      1U << 20U,
      [&](std::size_t i, Result<std::string> config) {
        ++seen[i];
        EXPECT_EQ(config.has_value(), i < kImages);
        EXPECT_TRUE(!config.has_value() || Digest::sha256_of(*config) == configs[i]);
      },
      call_);
  EXPECT_THAT(seen, testing::Each(3));
}

TEST_P(RegistryContract, TheCostIsWhatTheDesignSays) {
  const auto repo = repository("app");
  const auto pushed = push_image(repo, "one", tag("v1"));
  ASSERT_TRUE(registry().resolve(repo, tag("v1"), call_).has_value());
  const auto cost = [&](const auto& action) {
    const auto before = registry().requests_sent();
    action();
    return registry().requests_sent() - before;
  };
  EXPECT_EQ(cost([&] { EXPECT_TRUE(registry().list_tags(repo, call_).has_value()); }), 1U);
  EXPECT_EQ(cost([&] { EXPECT_TRUE(registry().resolve(repo, tag("v1"), call_).has_value()); }), 1U);
  EXPECT_EQ(cost([&] { EXPECT_FALSE(registry().resolve(repo, tag("v2"), call_).has_value()); }),
            1U);
  EXPECT_EQ(cost([&] { EXPECT_TRUE(registry().manifest(repo, pushed.digest, call_).has_value()); }),
            1U);
  EXPECT_EQ(cost([&] {
              EXPECT_TRUE(
                  registry().blob(repo, Digest::sha256_of(last_config_), 9999, call_).has_value());
            }),
            1U);
}

TEST_P(RegistryContract, AStopEndsACallAsCancelled) {
  std::stop_source stop;
  stop.request_stop();
  const Call call{.stop = stop.get_token()};
  EXPECT_EQ(registry().list_tags(repository("app"), call).error().code(), Code::cancelled);
  const ImageTag tags[] = {tag("a"), tag("b")};
  int cancelled = 0;
  registry().resolve_all(
      repository("app"),
      tags,
      [&](std::size_t, Result<Digest> digest) {
        cancelled += !digest.has_value() && digest.error().code() == Code::cancelled ? 1 : 0;
      },
      call);
  EXPECT_EQ(cancelled, 2);
}

TEST_P(RegistryContract, ManyThreadsShareOneObject) {
  const auto repo = repository("app");
  const auto pushed = push_image(repo, "one", tag("v1"));
  std::vector<std::jthread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const std::string content = fmt::format("blob {}", i);
      good += push_blob(repo, content).has_value() ? 1 : 0;
      for (int k = 0; k < 10; ++k) {
        const auto digest = registry().resolve(repo, tag("v1"), call_);
        good += digest.has_value() && *digest == pushed.digest ? 1 : 0;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(good, 44);
}

INSTANTIATE_TEST_SUITE_P(Registries,
                         RegistryContract,
                         testing::Values(Kind{"Fake",
                                              [] { return std::make_unique<FakeSubject>(); }},
                                         real("Plain", {}),
                                         real("PrivateCa", {.tls = true}),
                                         real("Htpasswd", {.login = true}),
                                         real("Token", {.tokens = true}),
                                         real("PullThroughMirror", {.mirrored = true})),
                         [](const auto& param_info) { return param_info.param.name; });

}  // namespace
}  // namespace sous
