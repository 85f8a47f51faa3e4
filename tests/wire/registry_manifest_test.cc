// Manifests, digests and blobs: what registries get wrong.
#include "wire/registry_wire.h"

namespace sous::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Answers HEAD and GET differently.
HttpScript by_method(ScriptedAnswer head, ScriptedAnswer get) {
  return [head = std::move(head), get = std::move(get)](const SeenRequest& request) {
    return request.method == "HEAD" ? head : get;
  };
}

TEST_F(RegistryWire, P10_WithoutDigestHeaderAGetDecidesAndIsRemembered) {
  const std::string body = manifest_text();
  auto& server = serve(by_method(status_answer(200, {{"Content-Type", kImageType}}),
                                 status_answer(200, {{"Content-Type", kImageType}}, body)));
  EXPECT_EQ(resolve("v1").value(), Digest::sha256_of(body));
  EXPECT_EQ(resolve("v2").value(), Digest::sha256_of(body));
  EXPECT_THAT(
      server.lines(),
      ElementsAre(
          "HEAD /v2/app/manifests/v1", "GET /v2/app/manifests/v1", "GET /v2/app/manifests/v2"));
}

TEST_F(RegistryWire, P11_ForATagTheDigestIsComputedAndAWrongHeaderTold) {
  const std::string body = manifest_text();
  auto answer = manifest_answer(body);
  answer.headers[1].second = Digest::sha256_of("something else").str();
  serve([&](const SeenRequest&) { return answer; });
  const auto read = manifest(tag("v1"));
  ASSERT_TRUE(read.has_value()) << read.error().text();
  EXPECT_EQ(read->digest, Digest::sha256_of(body));
  EXPECT_EQ(events_.count("registry.wrong_digest_header"), 1U);
}

TEST_F(RegistryWire, P11_OtherBytesThanTheDigestAskedForAreRefused) {
  serve([](const SeenRequest&) { return manifest_answer(manifest_text("another")); });
  const auto read = manifest(Digest::sha256_of(manifest_text("wanted")));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), Code::invalid_data);
}

TEST_F(RegistryWire, P11_ABlobOfAnotherDigestIsRefused) {
  serve([](const SeenRequest&) { return status_answer(200, {}, "changed"); });
  const auto read = registry().blob(repo(), Digest::sha256_of("original"), 100, call_);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), Code::invalid_data);
}

TEST_F(RegistryWire, P12_Schema1IsRefused) {
  const char* types[] = {"application/vnd.docker.distribution.manifest.v1+prettyjws",
                         "application/vnd.docker.distribution.manifest.v1+json",
                         kJson};
  for (const char* type : types) {
    registry_.reset();
    serve([type](const SeenRequest&) {
      return manifest_answer(R"({"schemaVersion":1,"name":"app","tag":"v1"})", type);
    });
    const auto read = manifest(tag("v1"));
    ASSERT_FALSE(read.has_value()) << type;
    EXPECT_EQ(read.error().code(), Code::invalid_data) << type;
    EXPECT_THAT(read.error().text(), HasSubstr("schema 1")) << type;
  }
  registry_.reset();
  serve([&](const SeenRequest&) { return manifest_answer("{}", types[0]); });
  EXPECT_EQ(resolve("v1").error().code(), Code::invalid_data);
}

TEST_F(RegistryWire, P13_EveryManifestRequestAcceptsAllFourTypes) {
  auto& server = serve([](const SeenRequest&) { return manifest_answer(manifest_text()); });
  ASSERT_TRUE(resolve("v1").has_value());
  ASSERT_TRUE(manifest(tag("v1")).has_value());
  ASSERT_TRUE(manifest(Digest::sha256_of(manifest_text())).has_value());
  ASSERT_EQ(server.seen().size(), 3U);
  for (const auto& request : server.seen()) {
    for (const char* type : {"application/vnd.oci.image.index.v1+json",
                             "application/vnd.oci.image.manifest.v1+json",
                             "application/vnd.docker.distribution.manifest.list.v2+json",
                             "application/vnd.docker.distribution.manifest.v2+json"}) {
      EXPECT_THAT(request.header("Accept"), HasSubstr(type)) << request.line();
    }
  }
}

TEST_F(RegistryWire, P14_WhereHeadDoesNotWorkAGetDoesAndIsRemembered) {
  for (const int status : {404, 405, 501, 400}) {
    registry_.reset();
    auto& server = serve(by_method(status_answer(status), manifest_answer(manifest_text())));
    EXPECT_TRUE(resolve("v1").has_value()) << status;
    EXPECT_TRUE(resolve("v2").has_value()) << status;
    EXPECT_THAT(
        server.lines(),
        ElementsAre(
            "HEAD /v2/app/manifests/v1", "GET /v2/app/manifests/v1", "GET /v2/app/manifests/v2"))
        << status;
  }
}

TEST_F(RegistryWire, P14_OnceHeadWasSeenToWorkItsNoIsBelieved) {
  auto& server = serve([](const SeenRequest& request) {
    return request.target.ends_with("v1") ? manifest_answer(manifest_text()) : status_answer(404);
  });
  EXPECT_TRUE(resolve("v1").has_value());
  EXPECT_EQ(resolve("v2").error().code(), Code::not_found);
  EXPECT_THAT(server.lines(),
              ElementsAre("HEAD /v2/app/manifests/v1", "HEAD /v2/app/manifests/v2"));
}

TEST_F(RegistryWire, P14_WhereGetAgreesHeadIsBelievedFromThenOn) {
  auto& server = serve([](const SeenRequest&) { return status_answer(404); });
  EXPECT_EQ(resolve("v1").error().code(), Code::not_found);
  EXPECT_EQ(resolve("v2").error().code(), Code::not_found);
  EXPECT_THAT(
      server.lines(),
      ElementsAre(
          "HEAD /v2/app/manifests/v1", "GET /v2/app/manifests/v1", "HEAD /v2/app/manifests/v2"));
}

TEST_F(RegistryWire, P19_ManifestsAndBlobsHaveLimits) {
  config_.max_manifest_bytes = 1000;
  const std::string large = manifest_text(std::string(1000, 'x'));
  serve([&](const SeenRequest&) { return manifest_answer(large); });
  EXPECT_EQ(manifest(tag("v1")).error().code(), Code::invalid_data);
  EXPECT_EQ(registry().blob(repo(), Digest::sha256_of(large), 1000, call_).error().code(),
            Code::invalid_data);
  EXPECT_EQ(registry().blob(repo(), Digest::sha256_of(large), large.size(), call_).value(), large);
}

TEST_F(RegistryWire, P24_AMissingManifestEndsNothingElse) {
  const std::string body = manifest_text();
  serve([&](const SeenRequest& request) {
    return request.target.ends_with("gone") ? status_answer(404) : manifest_answer(body);
  });
  const std::vector<ManifestKey> keys{tag("a"), tag("gone"), tag("b")};
  std::vector<Code> failures;
  int good = 0;
  registry().manifests(
      repo(),
      keys,
      [&](std::size_t i, Result<RawManifest> read) {
        good += read.has_value() ? 1 : 0;
        if (!read.has_value()) {
          EXPECT_EQ(i, 1U);
          failures.push_back(read.error().code());
        }
      },
      call_);
  EXPECT_EQ(good, 2);
  EXPECT_THAT(failures, ElementsAre(Code::not_found));
}

TEST_F(RegistryWire, P27_ParametersAndCaseOfATypeDoNotMatter) {
  serve([](const SeenRequest&) {
    return manifest_answer(manifest_text(),
                           "Application/Vnd.OCI.image.manifest.v1+JSON; charset=utf-8");
  });
  EXPECT_EQ(manifest(tag("v1")).value().media_type, kImageType);
}

TEST_F(RegistryWire, P27_AnUnspecificTypeIsMadeUpForByTheBody) {
  for (const char* type : {kJson, "text/plain", "application/octet-stream"}) {
    registry_.reset();
    serve([type](const SeenRequest&) { return manifest_answer(manifest_text(), type); });
    EXPECT_EQ(manifest(tag("v1")).value().media_type, kImageType) << type;
  }
}

TEST_F(RegistryWire, P27_ContradictionAndUnknownTypesAreRefused) {
  const std::pair<std::string, std::string> rows[] = {
      {"application/vnd.oci.image.index.v1+json", manifest_text()},
      {"application/vnd.example+json", R"({"schemaVersion":2})"},
      {kJson, R"({"schemaVersion":2})"},
      {kImageType, "not json"},
      {kImageType, "[]"}};
  for (const auto& row : rows) {
    registry_.reset();
    serve([&](const SeenRequest&) { return manifest_answer(row.second, row.first); });
    const auto read = manifest(tag("v1"));
    ASSERT_FALSE(read.has_value()) << row.first;
    EXPECT_EQ(read.error().code(), Code::invalid_data) << row.first;
  }
}

TEST_F(RegistryWire, P27_AnOciManifestMayLeaveItsTypeToTheHeader) {
  serve([](const SeenRequest&) { return manifest_answer(R"({"schemaVersion":2,"layers":[]})"); });
  EXPECT_EQ(manifest(tag("v1")).value().media_type, kImageType);
}

TEST_F(RegistryWire, P30_ATagThatVanishedIsNotFound) {
  serve([](const SeenRequest&) {
    return status_answer(
        404,
        {{"Content-Type", kJson}},
        R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]})");
  });
  const auto read = manifest(tag("v1"));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), Code::not_found);
  EXPECT_THAT(read.error().text(), HasSubstr("MANIFEST_UNKNOWN: manifest unknown"));
  EXPECT_THAT(read.error().text(), HasSubstr(server_->host() + "/app:v1"));
}

TEST_F(RegistryWire, P33_NamesThatCannotBeCostNoRequest) {
  auto& server = serve([](const SeenRequest&) { return tags_answer({}); });
  const std::string paths[] = {"Upper", "a//b", "", "../etc", "a b", std::string(300, 'a')};
  for (const auto& path : paths) {
    EXPECT_EQ(registry().list_tags(repo(path), call_).error().code(), Code::invalid_data) << path;
  }
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(RegistryWire, P36_TheCatalogIsNeverAskedFor) {
  auto& server = serve([](const SeenRequest& request) {
    return request.target.find("tags/list") != std::string::npos ? tags_answer({"v1"})
                                                                 : manifest_answer(manifest_text());
  });
  ASSERT_TRUE(list().has_value());
  ASSERT_TRUE(resolve("v1").has_value());
  for (const auto& line : server.lines()) {
    EXPECT_THAT(line, Not(HasSubstr("_catalog")));
  }
}

TEST_F(RegistryWire, P37_ASha512DigestIsCheckedByItsOwnAlgorithm) {
  const std::string body = manifest_text();
  Hasher hasher(Digest::Algorithm::sha512);
  hasher.update(body);
  const Digest digest = hasher.finish();
  auto& server = serve([&](const SeenRequest&) { return manifest_answer(body); });
  const auto read = manifest(digest);
  ASSERT_TRUE(read.has_value()) << read.error().text();
  EXPECT_EQ(read->digest, digest);
  EXPECT_THAT(server.lines(), ElementsAre("GET /v2/app/manifests/" + digest.str()));
}

TEST_F(RegistryWire, P38_HeaderNamesMayBeInLowerCase) {
  const std::string body = manifest_text();
  auto& server = serve([&](const SeenRequest&) {
    return status_answer(
        200,
        {{"content-type", kImageType}, {"docker-content-digest", Digest::sha256_of(body).str()}},
        body);
  });
  EXPECT_EQ(resolve("v1").value(), Digest::sha256_of(body));
  EXPECT_EQ(server.lines().size(), 1U);
}

TEST_F(RegistryWire, P39_AWebPageIsNoManifest) {
  serve([](const SeenRequest&) {
    return status_answer(200, {{"Content-Type", "text/html"}}, "<html>log in</html>");
  });
  EXPECT_EQ(manifest(tag("v1")).error().code(), Code::invalid_data);
}

}  // namespace
}  // namespace sous::wire
