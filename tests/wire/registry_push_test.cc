// Pushing: the exact requests, and what registries get wrong.
#include "base/base64.h"
#include "support/memory_source.h"
#include "wire/registry_wire.h"

namespace sous::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Digest kBlob = Digest::sha256_of("bytes");

class PushWire : public RegistryWire {
 protected:
  Result<BlobOutcome> push(std::optional<ImageRepository> mount_from = std::nullopt) {
    return registry().push_blob(
        repo(),
        {.digest = kBlob,
         .size = 5,
         .source = &source_,
         .mount_from = std::move(mount_from),
         .progress = [this](std::uint64_t bytes) { progress_.push_back(bytes); }},
        call_);
  }

  // A registry that has nothing and gives `location` for each upload.
  static HttpScript accepting(const std::string& location) {
    return [location](const SeenRequest& request) {
      if (request.method == "HEAD") {
        return status_answer(404);
      }
      return request.method == "POST" ? status_answer(202, {{"Location", location}})
                                      : status_answer(201);
    };
  }

  // The connection ends while the registry answers, so nobody knows what it has.
  static ScriptedAnswer broken_off() {
    return {.status = 201, .body = "0123456789", .cut_after = 4};
  }

  static std::string encoded() { return "digest=sha256%3A" + kBlob.hex(); }

  support::MemorySource source_{"bytes", 2};
  std::vector<std::uint64_t> progress_;
};

TEST_F(PushWire, ABlobIsAskedForOpenedAndSent) {
  auto& server = serve(accepting("/v2/app/blobs/uploads/u1?_state=a%2Fb"));
  EXPECT_EQ(push().value(), BlobOutcome::uploaded);
  EXPECT_THAT(server.lines(),
              ElementsAre("HEAD /v2/app/blobs/" + kBlob.str(),
                          "POST /v2/app/blobs/uploads/",
                          "PUT /v2/app/blobs/uploads/u1?_state=a%2Fb&" + encoded()));
  EXPECT_EQ(server.seen()[2].body, "bytes");
  EXPECT_EQ(server.seen()[2].header("Content-Length"), "5");
}

TEST_F(PushWire, ALocationOfTheSameHostKeepsToOurSchemeAndPort) {
  for (const char* location :
       {"https://127.0.0.1/v2/app/up", "http://127.0.0.1:1/v2/app/up", "up"}) {
    registry_.reset();
    auto& server = serve(accepting(location));
    EXPECT_EQ(push().value(), BlobOutcome::uploaded) << location;
    EXPECT_THAT(server.lines().back(), HasSubstr("up?digest=")) << location;
  }
}

TEST_F(PushWire, CredentialsStayAtTheRegistryWhenBytesGoElsewhere) {
  auto storage = elsewhere([](const SeenRequest&) { return status_answer(201); });
  auto& server = serve([&](const SeenRequest& request) {
    if (!request.has("Authorization")) {
      return status_answer(401, {{"WWW-Authenticate", "Basic realm=\"x\""}});
    }
    return request.method == "HEAD" ? status_answer(404)
                                    : status_answer(202, {{"Location", storage->url("/up")}});
  });
  credentials_.set(server.host(), "me", "pw");
  EXPECT_EQ(push().value(), BlobOutcome::uploaded);
  ASSERT_EQ(storage->seen().size(), 1U);
  EXPECT_FALSE(storage->seen().front().has("Authorization"));
  EXPECT_EQ(storage->seen().front().body, "bytes");
}

TEST_F(PushWire, AnUploadToANearbyAddressIsRefused) {
  auto& server = serve(accepting("https://169.254.169.254/up"));
  const auto outcome = push();
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code(), Code::forbidden);
  EXPECT_EQ(server.lines().size(), 2U);
}

TEST_F(PushWire, AMissingLocationIsTold) {
  serve([](const SeenRequest& request) {
    return status_answer(request.method == "HEAD" ? 404 : 202);
  });
  EXPECT_EQ(push().error().code(), Code::unavailable);
}

TEST_F(PushWire, ABlobOfThisHostIsMounted) {
  auto& server = serve([](const SeenRequest& request) {
    return status_answer(request.method == "HEAD" ? 404 : 201);
  });
  EXPECT_EQ(push(repo("base")).value(), BlobOutcome::mounted);
  EXPECT_EQ(server.lines().back(),
            "POST /v2/app/blobs/uploads/?mount=sha256%3A" + kBlob.hex() + "&from=base");
}

TEST_F(PushWire, AnotherHostsBlobIsNotMounted) {
  auto& server = serve(accepting("/up"));
  EXPECT_EQ(push(ImageRepository{"elsewhere.example", "base"}).value(), BlobOutcome::uploaded);
  EXPECT_EQ(server.lines()[1], "POST /v2/app/blobs/uploads/");
}

TEST_F(PushWire, ARefusedMountBecomesAnUpload) {
  auto& server = serve([](const SeenRequest& request) {
    if (request.target.find("mount=") != std::string::npos) {
      return status_answer(403);
    }
    return accepting("/up")(request);
  });
  EXPECT_EQ(push(repo("base")).value(), BlobOutcome::uploaded);
  EXPECT_EQ(server.lines().size(), 4U);
}

TEST_F(PushWire, ABrokenUploadBeginsAnew) {
  int broken = 1;
  auto& server = serve([&](const SeenRequest& request) {
    if (request.method == "PUT" && broken-- > 0) {
      return broken_off();
    }
    return accepting("/up")(request);
  });
  EXPECT_EQ(push().value(), BlobOutcome::uploaded);
  EXPECT_THAT(server.lines(),
              ElementsAre(HasSubstr("HEAD "),
                          HasSubstr("POST "),
                          "PUT /up?" + encoded(),
                          "GET /up",
                          HasSubstr("HEAD "),
                          HasSubstr("POST "),
                          "PUT /up?" + encoded()));
  EXPECT_EQ(server.seen().back().body, "bytes");
}

TEST_F(PushWire, AnInterruptedUploadGoesOnWhereItEnded) {
  int broken = 1;
  auto& server = serve([&](const SeenRequest& request) {
    if (request.method == "PUT" && broken-- > 0) {
      return broken_off();
    }
    if (request.method == "GET") {
      return status_answer(204, {{"Range", "0-1"}, {"Location", "/up?at=2"}});
    }
    return accepting("/up?at=0")(request);
  });
  EXPECT_EQ(push().value(), BlobOutcome::uploaded);
  EXPECT_THAT(server.lines(),
              ElementsAre(HasSubstr("HEAD "),
                          HasSubstr("POST "),
                          "PUT /up?at=0&" + encoded(),
                          "GET /up?at=0",
                          "PUT /up?at=2&" + encoded()));
  EXPECT_EQ(server.seen().back().body, "tes");
  EXPECT_EQ(server.seen().back().header("Content-Range"), "2-4");
  EXPECT_THAT(progress_, ElementsAre(2, 4, 5, 4, 5));
}

TEST_F(PushWire, WhatDoesNotFitTogetherBeginsAnew) {
  for (const char* range : {"0-0", "0-4", "0-99", "2-3", "x", "0-", "18446744073709551615"}) {
    registry_.reset();
    int broken = 1;
    auto& server = serve([&](const SeenRequest& request) {
      if (request.method == "PUT" && broken-- > 0) {
        return broken_off();
      }
      return request.method == "GET" ? status_answer(204, {{"Range", range}})
                                     : accepting("/up")(request);
    });
    EXPECT_EQ(push().value(), BlobOutcome::uploaded) << range;
    EXPECT_EQ(server.lines().size(), 7U) << range;
    EXPECT_EQ(server.seen().back().body, "bytes") << range;
  }
}

TEST_F(PushWire, ARefusedRestBeginsAnew) {
  for (const int status : {400, 404, 416}) {
    registry_.reset();
    int puts = 0;
    auto& server = serve([&](const SeenRequest& request) {
      if (request.method == "GET") {
        return status_answer(204, {{"Range", "bytes=0-2"}});
      }
      if (request.method == "PUT") {
        ++puts;
        return puts == 1   ? broken_off()
               : puts == 2 ? status_answer(status, {}, R"({"errors":[{"code":"DIGEST_INVALID"}]})")
                           : status_answer(201);
      }
      return accepting("/up")(request);
    });
    EXPECT_EQ(push().value(), BlobOutcome::uploaded) << status;
    EXPECT_EQ(server.seen().back().body, "bytes") << status;
    EXPECT_EQ(puts, 3) << status;
  }
}

TEST_F(PushWire, OnlyWhatIsSentHasProgress) {
  serve([](const SeenRequest&) { return status_answer(200); });
  EXPECT_EQ(push().value(), BlobOutcome::was_there);
  EXPECT_TRUE(progress_.empty());
}

TEST_F(PushWire, AForgottenUploadBeginsAnew) {
  int forgotten = 1;
  serve([&](const SeenRequest& request) {
    return request.method == "PUT" && forgotten-- > 0 ? status_answer(404)
                                                      : accepting("/up")(request);
  });
  EXPECT_EQ(push().value(), BlobOutcome::uploaded);
}

TEST_F(PushWire, ARefusedBlobIsNotTriedAgain) {
  auto& server = serve([](const SeenRequest& request) {
    if (request.method == "PUT") {
      return status_answer(400, {}, R"({"errors":[{"code":"DIGEST_INVALID","message":"no"}]})");
    }
    return accepting("/up")(request);
  });
  EXPECT_EQ(push().error().code(), Code::invalid_data);
  EXPECT_EQ(server.lines().size(), 3U);
}

TEST_F(PushWire, NoRightToPushSaysSo) {
  serve([](const SeenRequest& request) {
    return status_answer(request.method == "HEAD" ? 404 : 403,
                         {},
                         R"({"errors":[{"code":"DENIED","message":"read only"}]})");
  });
  const auto outcome = push();
  EXPECT_EQ(outcome.error().code(), Code::forbidden);
  EXPECT_THAT(outcome.error().text(), HasSubstr("DENIED: read only"));
  EXPECT_THAT(outcome.error().hint(), HasSubstr("podman login " + server_->host()));
}

TEST_F(PushWire, AManifestGoesByDigestThenByTag) {
  const std::string body = manifest_text();
  const RawManifest manifest{Digest::sha256_of(body), kImageType, body};
  auto& server = serve([](const SeenRequest&) { return status_answer(201); });
  ASSERT_TRUE(registry().push_manifest(repo(), manifest, tag("v1"), call_).has_value());
  EXPECT_THAT(
      server.lines(),
      ElementsAre("PUT /v2/app/manifests/" + manifest.digest.str(), "PUT /v2/app/manifests/v1"));
  for (const auto& request : server.seen()) {
    EXPECT_EQ(request.body, body);
    EXPECT_EQ(request.header("Content-Type"), kImageType);
  }
}

TEST_F(PushWire, ATagThatMustNotMoveIsForbidden) {
  const std::string body = manifest_text();
  const RawManifest manifest{Digest::sha256_of(body), kImageType, body};
  const std::pair<int, std::string> refusals[] = {
      {403, ""},
      {405, ""},
      {409, ""},
      {412, ""},
      {400, R"({"errors":[{"code":"TAG_INVALID","message":"immutable"}]})"}};
  for (const auto& refusal : refusals) {
    registry_.reset();
    serve([&](const SeenRequest& request) {
      return request.target.ends_with("/v1") ? status_answer(refusal.first, {}, refusal.second)
                                             : status_answer(201);
    });
    const auto pushed = registry().push_manifest(repo(), manifest, tag("v1"), call_);
    ASSERT_FALSE(pushed.has_value());
    EXPECT_EQ(pushed.error().code(), Code::forbidden) << refusal.first;
    EXPECT_THAT(pushed.error().text(), HasSubstr("v1")) << refusal.first;
  }
}

TEST_F(PushWire, OneTokenForPullAndPushServesAPush) {
  auto& server = serve([](const SeenRequest& request) {
    if (request.target.starts_with("/token")) {
      return json_answer(R"({"token":"t","expires_in":300})");
    }
    if (request.header("Authorization") != "Bearer t") {
      return status_answer(
          401,
          {{"WWW-Authenticate",
            fmt::format("Bearer realm=\"http://{}/token\"", request.header("Host"))}});
    }
    return accepting("/up")(request);
  });
  EXPECT_EQ(push().value(), BlobOutcome::uploaded);
  EXPECT_THAT(server.lines(),
              ElementsAre(HasSubstr("HEAD "),
                          "GET /token?scope=repository%3Aapp%3Apull%2Cpush",
                          HasSubstr("HEAD "),
                          HasSubstr("POST "),
                          HasSubstr("PUT ")));
}

}  // namespace
}  // namespace sous::wire
