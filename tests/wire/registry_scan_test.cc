// Scans of what registries get wrong, and of what happened to others: the exact requests, what the
// index then knows, and what the user is told.
#include "app/repository_scan.h"
#include "model/labels.h"
#include "support/fake_file_system.h"
#include "support/fake_image_builder.h"
#include "support/fake_source_inspector.h"
#include "support/memory_gdm_store.h"
#include "support/memory_index.h"
#include "support/memory_operations.h"
#include "wire/registry_wire.h"

namespace sous::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr const char* kIndexType = "application/vnd.oci.image.index.v1+json";
constexpr const char* kListType = "application/vnd.docker.distribution.manifest.list.v2+json";
constexpr const char* kDockerType = "application/vnd.docker.distribution.manifest.v2+json";
constexpr const char* kConfigType = "application/vnd.oci.image.config.v1+json";
constexpr const char* kDockerConfig = "application/vnd.docker.container.image.v1+json";
constexpr const char* kRepo = "github.com/team/app";

class NoClusters final : public SchedulerDirectory {
 public:
  Result<Scheduler*> scheduler(const ClusterDefinition&) override {
    return Error(Code::unsupported, "no clusters here");
  }
};

std::string sha(const std::string& bytes) { return Digest::sha256_of(bytes).str(); }

std::string descriptor(const std::string& type,
                       const std::string& bytes,
                       const std::string& more = "") {
  return fmt::format(
      R"({{"mediaType":"{}","digest":"{}","size":{}{}}})", type, sha(bytes), bytes.size(), more);
}

// The config of an image of the original: labels and no proofs.
std::string config_of(const std::string& version,
                      const std::string& created = "2019-05-01T00:00:00Z") {
  return fmt::format(
      R"({{"architecture":"amd64","os":"linux","created":"{}","config":{{"Labels":{{)"
      R"("com.opentable.sous.repo_url":"{}","com.opentable.sous.repo_offset":"",)"
      R"("com.opentable.sous.version":"{}","com.opentable.sous.revision":"{:040x}"}}}},)"
      R"("rootfs":{{"type":"layers","diff_ids":["{}"]}}}})",
      created,
      kRepo,
      version,
      1,
      sha("layer of " + version));
}

std::string image_of(const std::string& config,
                     const std::string& type = kImageType,
                     const std::string& config_type = kConfigType,
                     const std::string& layers = "") {
  return fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[{}]}})",
                     type,
                     descriptor(config_type, config),
                     layers);
}

std::string index_of(const std::vector<std::string>& children,
                     const std::string& type = kIndexType) {
  return fmt::format(
      R"({{"schemaVersion":2,"mediaType":"{}","manifests":[{}]}})", type, fmt::join(children, ","));
}

std::string child_of(const std::string& manifest, const std::string& platform) {
  return descriptor(kImageType,
                    manifest,
                    fmt::format(R"(,"platform":{{"os":"linux","architecture":"{}"}})", platform));
}

class ScanWire : public RegistryWire {
 protected:
  // What the registry has: manifests by tag, all documents by digest.
  void tagged(const std::string& name, const std::string& manifest, const std::string& type) {
    tags_[name] = sha(manifest);
    stored(manifest, type);
  }

  void stored(const std::string& bytes, const std::string& type = kConfigType) {
    types_[sha(bytes)] = type;
    bytes_[sha(bytes)] = bytes;
  }

  HttpScript everything() {
    return [this](const SeenRequest& request) {
      const std::string last = request.target.substr(request.target.rfind('/') + 1);
      if (last.starts_with("list")) {
        std::vector<std::string> names;
        for (const auto& [name, digest] : tags_) {
          names.push_back(name);
        }
        return tags_answer(names);
      }
      const auto tag_at = tags_.find(last);
      const std::string& digest = tag_at == tags_.end() ? last : tag_at->second;
      const auto found = bytes_.find(digest);
      if (found == bytes_.end()) {
        return status_answer(404,
                             {{"Content-Type", kJson}},
                             R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"unknown"}]})");
      }
      return status_answer(200, {{"Content-Type", types_[digest]}}, found->second);
    };
  }

  ScanRecord scan() {
    auto record = app::scan_repository(node_(), repo(), call_);
    EXPECT_TRUE(record.has_value()) << record.error().text();
    return record.value();
  }

  app::Node node_over(ArtifactIndex& index) {
    return {.settings = {.registry = {server_->host(), ""},
                         .user = {"Pat", "pat@example.org"},
                         .machine_id = "machine",
                         .podman_socket = ""},
            .clock = clock_,
            .rng = rng_,
            .executor = executor_,
            .files = files_,
            .events = events_,
            .registry = registry(),
            .credentials = credentials_,
            .index = index,
            .gdm = gdm_,
            .schedulers = clusters_,
            .operations = operations_,
            .sources = sources_,
            .builder = builder_};
  }

  app::Node& node_() {
    if (!made_) {
      made_ = std::make_unique<app::Node>(node_over(index_));
    }
    return *made_;
  }

  // The versions that the index has Sous images of.
  std::vector<std::string> versions() {
    std::vector<std::string> out;
    const auto location = SourceLocation::parse(kRepo).value();
    const auto all = index_.find(location, std::nullopt).value();
    for (const auto& found : all) {
      out.push_back(found.image.artifact.source.version.str());
    }
    return out;
  }

  TagFact fact(const std::string& name) {
    const auto all = index_.tags(repo()).value();
    for (const auto& found : all) {
      if (found.tag.str() == name) {
        return found;
      }
    }
    ADD_FAILURE() << "the index knows nothing of " << name;
    return {tag(name), {}, {}, {}, {}};
  }

  std::string list_line() const { return "GET /v2/app/tags/list?n=1000"; }

  static std::string get(const std::string& name) { return "GET /v2/app/manifests/" + name; }

  static std::string get_blob(const std::string& bytes) {
    return "GET /v2/app/blobs/" + sha(bytes);
  }

  std::map<std::string, std::string> tags_;
  std::map<std::string, std::string> types_;
  std::map<std::string, std::string> bytes_;
  support::FakeFileSystem files_{clock_};
  support::MemoryIndex index_;
  support::MemoryGdmStore gdm_{std::make_shared<support::MemoryGdm>(), clock_};
  NoClusters clusters_;
  support::MemoryOperations operations_;
  support::FakeSourceInspector sources_;
  support::FakeImageBuilder builder_{files_};
  std::unique_ptr<app::Node> made_;
};

TEST_F(ScanWire, P22_WhatOnlyAttestsIsNeverFetched) {
  const std::string config = config_of("1.0.0");
  const std::string image = image_of(config);
  const std::string statement = image_of("{}", kImageType, "application/vnd.in-toto+json");
  const std::string index =
      index_of({descriptor(kImageType,
                           statement,
                           R"(,"annotations":{"vnd.docker.reference.type":"attestation-manifest"})"
                           R"(,"platform":{"os":"unknown","architecture":"unknown"})"),
                child_of(image, "amd64")});
  tagged("1.0.0", index, kIndexType);
  stored(image, kImageType);
  stored(statement, kImageType);
  stored(config);
  auto& server = serve(everything());
  EXPECT_TRUE(scan().completeness.is_complete());
  EXPECT_THAT(server.lines(),
              ElementsAre(list_line(), get("1.0.0"), get(sha(image)), get_blob(config)));
  EXPECT_THAT(versions(), ElementsAre("1.0.0"));
  EXPECT_EQ(fact("1.0.0").digest, Digest::sha256_of(index));
  EXPECT_THAT(index_.facts(Digest::sha256_of(index)).value()->children, SizeIs(1));
}

TEST_F(ScanWire, P23_NestedAndCircularIndexesAreNotFollowedWithoutEnd) {
  const std::string inner = index_of({child_of("anything", "amd64")});
  const std::string outer = index_of({descriptor(kIndexType, inner)});
  tagged("nested", outer, kIndexType);
  stored(inner, kIndexType);
  auto& server = serve(everything());
  scan();
  EXPECT_LE(server.lines().size(), 4U);
  EXPECT_THAT(versions(), IsEmpty());
}

TEST_F(ScanWire, P23_AnIndexOfThousandsIsRefusedAndSaysWhy) {
  std::vector<std::string> children;
  for (int i = 0; i < 1001; ++i) {
    children.push_back(child_of(std::to_string(i), "amd64"));
  }
  tagged("huge", index_of(children), kIndexType);
  auto& server = serve(everything());
  EXPECT_TRUE(scan().completeness.is_complete());  // it can never be pulled, so nothing is missing
  EXPECT_THAT(server.lines(), ElementsAre(list_line(), get("huge")));
  EXPECT_FALSE(fact("huge").digest.has_value());
  EXPECT_THAT(fact("huge").broken, HasSubstr("1001 entries, more than the 1000 that are read"));
}

TEST_F(ScanWire, P25_OneChildSpeaksForAnIndexAndItIsAlwaysTheSame) {
  const std::string config = config_of("1.0.0");
  const std::string labelled = image_of(config);
  const std::string bare_config = R"({"architecture":"arm64","os":"linux","config":{}})";
  const std::string bare = image_of(bare_config);
  tagged("a", index_of({child_of(labelled, "amd64"), child_of(bare, "arm64")}), kIndexType);
  tagged("b", index_of({child_of(bare, "arm64"), child_of(labelled, "amd64")}), kIndexType);
  for (const auto& manifest : {labelled, bare}) {
    stored(manifest, kImageType);
  }
  stored(config);
  stored(bare_config);
  auto& server = serve(everything());
  EXPECT_TRUE(scan().completeness.is_complete());
  // Three requests for an index, whatever the number of its platforms.
  EXPECT_THAT(server.lines(), SizeIs(1 + 3 + 3));
  EXPECT_THAT(versions(), ElementsAre("1.0.0"));
}

TEST_F(ScanWire, P26_WhatIsNoImageCostsOneRequestAndIsRemembered) {
  const std::string chart = image_of("{}", kImageType, "application/vnd.cncf.helm.config.v1+json");
  const std::string signature =
      image_of("{ }", kImageType, "application/vnd.dev.cosign.simplesigning.v1+json");
  tagged("chart", chart, kImageType);
  tagged("sha256-abc.sig", signature, kImageType);
  auto& server = serve(everything());
  EXPECT_TRUE(scan().completeness.is_complete());
  EXPECT_THAT(server.lines(),
              UnorderedElementsAre(list_line(), get("chart"), get("sha256-abc.sig")));
  EXPECT_THAT(versions(), IsEmpty());
  EXPECT_EQ(fact("chart").digest, Digest::sha256_of(chart));
  scan();
  EXPECT_THAT(server.lines(), SizeIs(4));
}

TEST_F(ScanWire, P28_ATimeOfCreationThatLiesIsKeptAsItIs) {
  for (const auto& [version, created] : {std::pair{"1.0.0", "1970-01-01T00:00:00Z"},
                                         {"1.0.1", "9999-01-01T00:00:00Z"},
                                         {"1.0.2", "yesterday"}}) {
    const std::string config = config_of(version, created);
    tagged(version, image_of(config), kImageType);
    stored(config);
  }
  serve(everything());
  EXPECT_TRUE(scan().completeness.is_complete());
  EXPECT_THAT(versions(), UnorderedElementsAre("1.0.0", "1.0.1", "1.0.2"));
  EXPECT_EQ(index_.facts(*fact("1.0.0").digest).value()->created, WallTime());
  EXPECT_EQ(index_.facts(*fact("1.0.2").digest).value()->created, std::nullopt);
}

TEST_F(ScanWire, P29_LayersOfAnyKindDoNotMatter) {
  const std::string config = config_of("1.0.0");
  tagged("1.0.0",
         image_of(config,
                  kImageType,
                  kConfigType,
                  descriptor("application/vnd.oci.image.layer.v1.tar+zstd", "z") + "," +
                      descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "f")),
         kImageType);
  stored(config);
  auto& server = serve(everything());
  EXPECT_TRUE(scan().completeness.is_complete());
  EXPECT_THAT(server.lines(), ElementsAre(list_line(), get("1.0.0"), get_blob(config)));
  EXPECT_THAT(versions(), ElementsAre("1.0.0"));
}

TEST_F(ScanWire, P30_ATagThatGoesBetweenListAndFetchIsNoGap) {
  const std::string config = config_of("1.0.0");
  tagged("1.0.0", image_of(config), kImageType);
  stored(config);
  tags_["2.0.0"] = sha("gone");
  serve(everything());
  EXPECT_TRUE(scan().completeness.is_complete());
  EXPECT_FALSE(fact("2.0.0").digest.has_value());
  EXPECT_THAT(fact("2.0.0").broken, HasSubstr("answered 404 (MANIFEST_UNKNOWN: unknown)"));
  EXPECT_THAT(versions(), ElementsAre("1.0.0"));
}

TEST_F(ScanWire, P31_P32_AMirrorIsNeverAskedWhichTagsThereAreOrWhatTheyMean) {
  const std::string config = config_of("1.0.0");
  tagged("1.0.0", image_of(config), kImageType);
  stored(config);
  auto& server = serve(everything());
  // It lags behind, and lists only the oldest.
  auto stale = elsewhere([&](const SeenRequest& request) {
    return request.target.find("/blobs/") != std::string::npos ? status_answer(200, {}, config)
                                                               : tags_answer({"0.0.1"});
  });
  config_.mirrors = {
      {RegistryBase::parse(server.host()).value(), RegistryBase::parse(stale->host()).value()}};
  EXPECT_TRUE(scan().completeness.is_complete());
  EXPECT_THAT(server.lines(), ElementsAre(list_line(), get("1.0.0")));
  EXPECT_THAT(stale->lines(), ElementsAre(get_blob(config)));
  EXPECT_THAT(versions(), ElementsAre("1.0.0"));
}

// A wall clock that somebody sets.
class SetClock final : public Clock {
 public:
  explicit SetClock(Clock& clock) : clock_(clock) {}

  WallTime wall() override { return clock_.wall() + skew; }

  MonoTime now() override { return clock_.now(); }

  Status sleep(Duration duration, const Call& call) override {
    return clock_.sleep(duration, call);
  }

  Duration skew{};

 private:
  Clock& clock_;
};

TEST_F(RegistryWire, P40_AClockThatIsSetNeitherEndsNorProlongsAToken) {
  auto& server = serve([](const SeenRequest& request) {
    if (request.target.starts_with("/token")) {
      return json_answer(R"({"token":"t","expires_in":300,"issued_at":"2099-01-01T00:00:00Z"})");
    }
    return request.has("Authorization")
               ? tags_answer({})
               : status_answer(
                     401,
                     {{"WWW-Authenticate",
                       fmt::format("Bearer realm=\"http://{}/token\"", request.header("Host"))}});
  });
  SetClock clock(clock_);
  registry_oci::OciRegistry registry(config_, http_, credentials_, clock, rng_, executor_, events_);
  ASSERT_TRUE(registry.list_tags(repo(), call_).has_value());
  clock.skew = std::chrono::hours(24 * 3650);
  ASSERT_TRUE(registry.list_tags(repo(), call_).has_value());
  EXPECT_THAT(server.lines(), SizeIs(4));
  clock.skew = -std::chrono::hours(24 * 3650);
  clock_.advance(std::chrono::seconds(299));
  ASSERT_TRUE(registry.list_tags(repo(), call_).has_value());
  EXPECT_THAT(server.lines(), SizeIs(6));  // and one more token
}

TEST_F(ScanWire, ImagesOfTheOriginalAreReadFromDockersSchema2) {
  const std::string config = config_of("1.0.0");
  const std::string image = image_of(config, kDockerType, kDockerConfig);
  tagged("1.0.0", index_of({child_of(image, "amd64")}, kListType), kListType);
  const std::string other = config_of("2.0.0");
  tagged("2.0.0", image_of(other, kDockerType, kDockerConfig), kDockerType);
  stored(image, kDockerType);
  stored(config);
  stored(other);
  auto& server = serve(everything());
  EXPECT_EQ(scan().requests, 1U + 3U + 2U);
  EXPECT_THAT(versions(), UnorderedElementsAre("1.0.0", "2.0.0"));
  scan();
  EXPECT_THAT(server.lines(), SizeIs(7));  // unchanged: its tag list and nothing else
}

TEST_F(ScanWire, Schema1IsRefusedWithItsReason) {
  tagged("old",
         R"({"schemaVersion":1,"name":"app","tag":"old","fsLayers":[]})",
         "application/vnd.docker.distribution.manifest.v1+prettyjws");
  auto& server = serve(everything());
  EXPECT_TRUE(scan().completeness.is_complete());
  EXPECT_THAT(server.lines(), ElementsAre(list_line(), get("old")));
  EXPECT_THAT(fact("old").broken, HasSubstr("schema 1, whose digest does not last"));
}

// argocd-image-updater#511: it decided on what a rate limit had let through.
TEST_F(ScanWire, Incident_Aiu511_ARateLimitWithinAScanLeavesAGapThatIsNamed) {
  config_.max_attempts = 2;
  for (const auto* version : {"1.0.0", "1.0.1", "1.0.2"}) {
    const std::string config = config_of(version);
    tagged(version, image_of(config), kImageType);
    stored(config);
  }
  serve([usual = everything()](const SeenRequest& request) {
    return request.target.ends_with("manifests/1.0.1") ? status_answer(429) : usual(request);
  });
  const auto record = scan();
  ASSERT_FALSE(record.completeness.is_complete());
  EXPECT_THAT(record.completeness.reason(), HasSubstr("answered 429"));
  EXPECT_THAT(record.completeness.missing(), ElementsAre(HasSubstr("tag 1.0.1 of")));
  EXPECT_THAT(versions(), UnorderedElementsAre("1.0.0", "1.0.2"));
}

// kargo, in a home laboratory (issue 650): one tag whose image was cleaned away stopped all.
TEST_F(ScanWire, Incident_KargoHomelab650_ABrokenTagStopsNoOther) {
  const std::string config = config_of("1.0.0");
  tagged("1.0.0", image_of(config), kImageType);
  stored(config);
  tagged("2.0.0", index_of({child_of("cleaned away", "amd64")}), kIndexType);
  serve(everything());
  EXPECT_TRUE(scan().completeness.is_complete());
  EXPECT_THAT(versions(), ElementsAre("1.0.0"));
  EXPECT_THAT(fact("2.0.0").broken, HasSubstr("404"));
}

// image-reflector-controller#343: Nexus writes Links without its port.
TEST_F(ScanWire, Incident_Irc343_ALinkWithoutThePortLeadsToTheSameHost) {
  const std::string config = config_of("1.0.0");
  tagged("1.0.0", image_of(config), kImageType);
  stored(config);
  auto& server = serve([usual = everything()](const SeenRequest& request) {
    if (request.target.ends_with("/list?n=1000")) {
      return tags_answer({}, "<http://127.0.0.1/v2/app/tags/list?last=x>; rel=\"next\"");
    }
    return usual(request);
  });
  EXPECT_TRUE(scan().completeness.is_complete());
  EXPECT_EQ(server.lines()[1], "GET /v2/app/tags/list?last=x");
  EXPECT_THAT(versions(), ElementsAre("1.0.0"));
}

// image-reflector-controller#585: Quay began to refuse n above 100.
TEST_F(ScanWire, Incident_Irc585_ARefusedPageSizeIsNoFailure) {
  const std::string config = config_of("1.0.0");
  tagged("1.0.0", image_of(config), kImageType);
  stored(config);
  auto& server = serve([usual = everything()](const SeenRequest& request) {
    return request.target.ends_with("n=1000") ? status_answer(400) : usual(request);
  });
  EXPECT_TRUE(scan().completeness.is_complete());
  EXPECT_EQ(server.lines()[1], "GET /v2/app/tags/list");
  EXPECT_THAT(versions(), ElementsAre("1.0.0"));
}

// spinnaker#2893: a lost cache made every image look new.
TEST_F(ScanWire, Incident_Spinnaker2893_ALostIndexCostsRequestsAndChangesNothing) {
  const std::string config = config_of("1.0.0");
  tagged("1.0.0", image_of(config), kImageType);
  stored(config);
  serve(everything());
  const auto first = scan();
  const auto digest = fact("1.0.0").digest;
  support::MemoryIndex fresh;
  app::Node again = node_over(fresh);
  const auto second = app::scan_repository(again, repo(), call_);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->requests, first.requests);
  EXPECT_EQ(fresh.tags(repo()).value().front().digest, digest);
}

// The original read the first page of a list and took it for all of it.
TEST_F(ScanWire, Incident_SousFirstPage_AnUnfinishedListIsPartialAndSaysWhere) {
  const std::string config = config_of("1.0.0");
  tagged("1.0.0", image_of(config), kImageType);
  stored(config);
  serve([usual = everything()](const SeenRequest& request) {
    if (request.target.ends_with("/list?n=1000")) {
      return tags_answer({"1.0.0"}, "</v2/app/tags/list?last=1.0.0>; rel=\"next\"");
    }
    return request.target.find("last=") != std::string::npos ? status_answer(403) : usual(request);
  });
  const auto record = scan();
  ASSERT_FALSE(record.completeness.is_complete());
  EXPECT_THAT(record.completeness.missing(),
              ElementsAre("tags of " + repo().str() + " after the page with 1.0.0"));
  EXPECT_THAT(versions(), ElementsAre("1.0.0"));
}

}  // namespace
}  // namespace sous::wire
