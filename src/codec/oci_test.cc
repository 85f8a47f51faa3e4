#include "codec/oci.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "codec/json.h"

namespace sous::codec {
namespace {

const std::string kA = Digest::sha256_of("a").str();
const std::string kB = Digest::sha256_of("b").str();

std::string manifest(std::string_view config_type = media::kOciConfig, std::string_view more = "") {
  return fmt::format(
      R"({{"schemaVersion":2,"mediaType":"{}","config":{{"mediaType":"{}","digest":"{}","size":7}},)"
      R"("layers":[{{"mediaType":"l","digest":"{}","size":9}}]{}}})",
      media::kOciManifest,
      config_type,
      kA,
      kB,
      more);
}

std::string child(const std::string& digest, std::string_view more) {
  return fmt::format(
      R"({{"mediaType":"{}","digest":"{}","size":5{}}})", media::kOciManifest, digest, more);
}

std::string problem_of(std::string_view bytes, std::string_view type = "") {
  const auto facts = parse_manifest_facts(bytes, type);
  if (facts) {
    return "it is accepted";
  }
  EXPECT_EQ(facts.error().code(), Code::invalid_data);
  return facts.error().text();
}

TEST(ParseManifest, ReadsAnImage) {
  const std::string bytes =
      manifest(media::kOciConfig, R"(,"annotations":{"k":"v"},"unknown":[1])");
  const auto facts =
      parse_manifest_facts(bytes, "Application/vnd.oci.image.manifest.v1+JSON; charset=x");
  ASSERT_TRUE(facts) << facts.error().text();
  EXPECT_EQ(facts->digest, Digest::sha256_of(bytes));
  EXPECT_EQ(facts->media_type, media::kOciManifest);
  EXPECT_EQ(facts->manifest_size, bytes.size());
  EXPECT_EQ(facts->annotations, (LabelMap{{"k", "v"}}));
  EXPECT_EQ(facts->config_digest->str(), kA);
  EXPECT_FALSE(facts->labels);
}

TEST(ParseManifest, ReadsAnIndexWithoutItsAttestations) {
  const std::string bytes = fmt::format(
      R"({{"schemaVersion":2,"manifests":[{},{},{},{}]}})",
      child(kA, R"(,"platform":{"os":"linux","architecture":"arm","variant":"v7"})"),
      child(kB, R"(,"platform":{"os":"unknown","architecture":"unknown"})"),
      child(kB, R"(,"annotations":{"vnd.docker.reference.type":"attestation-manifest"})"),
      child(kB, ""));
  const auto facts = parse_manifest_facts(bytes, "application/json");
  ASSERT_TRUE(facts) << facts.error().text();
  EXPECT_EQ(facts->media_type, media::kOciIndex);
  EXPECT_FALSE(facts->config_digest);
  ASSERT_EQ(facts->children.size(), 2U);
  EXPECT_EQ(facts->children[0].platform, "linux/arm/v7");
  EXPECT_EQ(facts->children[1].digest.str(), kB);
}

TEST(ParseManifest, KnowsWhatIsNoImage) {
  EXPECT_FALSE(parse_manifest_facts(manifest("application/vnd.cncf.helm.config.v1+json"), "")
                   ->config_digest);
  EXPECT_FALSE(parse_manifest_facts(manifest(media::kOciConfig, R"(,"artifactType":"x/y")"), "")
                   ->config_digest);
}

TEST(ParseManifest, TakesOddButValidDocuments) {
  EXPECT_EQ(
      problem_of(R"({"manifests":null,"mediaType":")" + std::string(media::kOciIndex) + "\"}"),
      "it is accepted");
  EXPECT_EQ(problem_of(manifest(media::kDockerConfig, R"(,"annotations":null)")), "it is accepted");
  EXPECT_EQ(problem_of(" \n" + manifest() + "\n", "text/plain; charset=utf-8"), "it is accepted");
}

TEST(ParseManifest, RefusesDocumentsThatReadersTakeDifferently) {
  EXPECT_NE(problem_of(manifest(media::kOciConfig, R"(,"manifests":[])")).find("at once"),
            std::string::npos);
  EXPECT_NE(problem_of(manifest(media::kOciConfig, R"(,"schemaVersion":1)")).find("twice"),
            std::string::npos);
  EXPECT_NE(problem_of(manifest(), media::kOciIndex).find("calls itself"), std::string::npos);
  EXPECT_NE(problem_of(manifest(), media::kDockerManifest).find("calls itself"), std::string::npos);
}

TEST(ParseManifest, RefusesWhatItDoesNotKnow) {
  EXPECT_NE(problem_of(R"({"schemaVersion":1,"fsLayers":[]})").find("schema 1"), std::string::npos);
  for (const std::string bytes : {"",
                                  "[]",
                                  "{}",
                                  "<html>",
                                  R"({"layers":[]})",
                                  R"({"config":{"digest":"x"},"layers":[]})",
                                  R"({"manifests":{}})",
                                  R"({"manifests":[1]})"}) {
    EXPECT_NE(problem_of(bytes), "it is accepted") << bytes;
  }
  EXPECT_NE(problem_of(manifest(media::kOciConfig, R"(,"annotations":{"a":1})")), "it is accepted");
  std::string many = R"({"manifests":[)" + child(kA, "");
  for (int i = 0; i < 1000; ++i) {
    many += "," + child(kA, "");
  }
  EXPECT_NE(problem_of(many + "]}").find("1001"), std::string::npos);
}

TEST(AddConfigFacts, ReadsLabelsLayersAndTime) {
  ImageFacts facts{.digest = Digest::sha256_of("m")};
  const std::string config =
      fmt::format(R"({{"created":"2026-11-21T22:26:42.5Z","config":{{"Labels":{{"a":"b"}}}},)"
                  R"("rootfs":{{"type":"layers","diff_ids":["{}","{}"]}}}})",
                  kA,
                  kB);
  ASSERT_TRUE(add_config_facts(config, facts));
  EXPECT_EQ(facts.labels, (LabelMap{{"a", "b"}}));
  ASSERT_EQ(facts.diff_ids->size(), 2U);
  EXPECT_EQ(facts.diff_ids->at(1).str(), kB);
  EXPECT_EQ(facts.created, parse_rfc3339("2026-11-21T22:26:42.5Z").value());
}

TEST(AddConfigFacts, TakesAConfigThatSaysLittle) {
  for (const std::string_view config : {"{}",
                                        R"({"config":null,"created":"yesterday"})",
                                        R"({"config":{"Labels":null},"rootfs":{}})"}) {
    ImageFacts facts{.digest = Digest::sha256_of("m")};
    ASSERT_TRUE(add_config_facts(config, facts)) << config;
    EXPECT_TRUE(facts.labels->empty());
    EXPECT_TRUE(facts.diff_ids->empty());
    EXPECT_FALSE(facts.created);
  }
}

TEST(AddConfigFacts, RefusesAmbiguousLabels) {
  for (const std::string_view config : {R"({"config":{"Labels":{"a":"1","a":"2"}}})",
                                        R"({"config":{"Labels":[]}})",
                                        R"({"config":{"Labels":{"a":1}}})",
                                        R"({"rootfs":{"diff_ids":["x"]}})",
                                        "[]"}) {
    ImageFacts facts{.digest = Digest::sha256_of("m")};
    EXPECT_FALSE(add_config_facts(config, facts)) << config;
    EXPECT_FALSE(facts.labels);
  }
}

TEST(Rewrite, ChangesNothingButTheLabels) {
  const std::string config =
      R"({"architecture":"amd64","x":1.50,"config":{"Env":["A=B"],"Labels":{"old":"1"},"Cmd":null}})";
  EXPECT_EQ(
      with_labels(config, {{"z", "1"}, {"a", "\""}}).value(),
      R"({"architecture":"amd64","x":1.50,"config":{"Env":["A=B"],"Labels":{"a":"\"","z":"1"},"Cmd":null}})");
  EXPECT_EQ(with_labels(R"({"config":null})", {{"a", "b"}}).value(),
            R"({"config":{"Labels":{"a":"b"}}})");
  EXPECT_FALSE(with_labels(R"({"config":[]})", {}));
}

TEST(Rewrite, NamesTheNewConfig) {
  const std::string old = manifest(media::kOciConfig, R"(,"annotations":{"old":"1"})");
  const auto out = with_config(
      old, {.media_type = "", .digest = Digest::sha256_of("b"), .size = 42}, {{"new", "2"}});
  ASSERT_TRUE(out);
  const auto parsed = parse_image_manifest(*out);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->config,
            (Descriptor{std::string(media::kOciConfig), Digest::sha256_of("b"), 42}));
  EXPECT_EQ(parsed->layers, parse_image_manifest(old)->layers);
  EXPECT_EQ(parse_manifest_facts(*out, "")->annotations, (LabelMap{{"new", "2"}}));
  EXPECT_EQ(with_config(old, parsed->config, {{"new", "2"}}).value(), *out)
      << "it is deterministic";
}

TEST(LayoutIndex, NamesItsOneImage) {
  const auto found = parse_layout_index(R"({"manifests":[)" + child(kA, "") + "]}");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->digest.str(), kA);
  EXPECT_FALSE(parse_layout_index(R"({"manifests":[]})"));
  EXPECT_FALSE(
      parse_layout_index(R"({"manifests":[)" + child(kA, "") + "," + child(kB, "") + "]}"));
}

TEST(ConfigDifference, LeavesOutLabelsOfOursAndTimes) {
  const auto a = R"({"created":"1","history":[{"created":"1","by":"x"}],
      "config":{"Labels":{"com.opentable.sous.version":"1","org.opencontainers.image.created":"1","k":"v"}}})";
  const auto b =
      R"({"config":{"Labels":{"k":"v"},"Cmd":null},"history":[{"by":"x"}],"created":"2"})";
  EXPECT_EQ(config_difference(a, b).value(), std::nullopt);
  EXPECT_EQ(config_difference(R"({"config":{"Labels":{"com.opentable.sous.version":"1"}}})",
                              R"({"config":{}})")
                .value(),
            std::nullopt);
  EXPECT_EQ(
      config_difference(a, R"({"config":{"Labels":{"k":"w"}},"history":[{"by":"x"}]})").value(),
      "config.Labels.k");
  EXPECT_EQ(
      config_difference(a, R"({"config":{"Labels":{"k":"v"}},"history":[{"by":"y"}]})").value(),
      "history[0].by");
  EXPECT_EQ(config_difference(R"({"os":"linux"})", "{}").value(), "os");
}

}  // namespace
}  // namespace sous::codec
