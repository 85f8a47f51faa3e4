#include "model/labels.h"

#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace sous {
namespace {

const std::string kRevisionText(40, 'a');

Digest digest(std::string_view seed) { return Digest::sha256_of(seed); }

ArtifactStamp stamp() {
  return {.source = SourceId::parse("github.com/user/project,1.2.3-rc.1+meta,svc").value(),
          .revision = Revision::parse(kRevisionText).value(),
          .advisories = {KnownAdvisory::dirty_workspace, KnownAdvisory::ephemeral_tag},
          .built_at = parse_rfc3339("2026-11-21T22:26:42.000001Z").value(),
          .rebuild_of = digest("first")};
}

std::vector<Digest> layers() { return {digest("layer 1"), digest("layer 2")}; }

// The facts of an image that Sous wrote: config read or not.
ImageFacts written_facts(bool config_read = true) {
  const LabelMap labels = written_labels({}, stamp(), layers());
  ImageFacts facts{.digest = digest("manifest"), .media_type = "m"};
  facts.config_digest = digest("config");
  facts.annotations = written_annotations({}, labels, *facts.config_digest);
  if (config_read) {
    facts.labels = labels;
    facts.diff_ids = layers();
    facts.created = parse_rfc3339("2026-11-01T00:00:00Z").value();
  }
  return facts;
}

// The facts of an image of the 2019 original.
ImageFacts original_facts() {
  ImageFacts facts{.digest = digest("manifest"), .media_type = "m"};
  facts.config_digest = digest("config");
  facts.labels = LabelMap{{"com.opentable.sous.repo_url", "github.com/user/project"},
                          {"com.opentable.sous.repo_offset", ""},
                          {"com.opentable.sous.version", "1.2.3"},
                          {"com.opentable.sous.revision", kRevisionText}};
  facts.diff_ids = layers();
  return facts;
}

std::string refusal(const ImageFacts& facts) {
  const auto identity = read_identity(facts);
  const auto* reason = std::get_if<NotSous>(&identity);
  return reason == nullptr ? "it is accepted, or undecided" : reason->reason;
}

TEST(LayersProof, IsTheDigestOfTheOrderedDiffIdsJoinedByNewlines) {
  const auto a = digest("layer 1");
  const auto b = digest("layer 2");
  EXPECT_EQ(layers_proof({a, b}), Digest::sha256_of(a.str() + "\n" + b.str()));
  EXPECT_NE(layers_proof({a, b}), layers_proof({b, a}));
  EXPECT_EQ(layers_proof({}), Digest::sha256_of(""));
}

TEST(WrittenLabels, CarryTheStampTheTwinsAndTheProof) {
  const LabelMap expected{
      {"com.opentable.sous.repo_url", "github.com/user/project"},
      {"com.opentable.sous.repo_offset", "svc"},
      {"com.opentable.sous.version", "1.2.3-rc.1"},
      {"com.opentable.sous.revision", kRevisionText},
      {"com.opentable.sous.advisories", "dirty workspace,ephemeral tag"},
      {"com.opentable.sous.built_at", "2026-11-21T22:26:42.000001Z"},
      {"com.opentable.sous.rebuild_of", digest("first").str()},
      {"com.opentable.sous.layers", layers_proof(layers()).str()},
      {"org.opencontainers.image.source", "https://github.com/user/project"},
      {"org.opencontainers.image.revision", kRevisionText},
      {"org.opencontainers.image.version", "1.2.3-rc.1"},
      {"org.opencontainers.image.created", "2026-11-21T22:26:42.000001Z"},
  };
  EXPECT_EQ(written_labels({}, stamp(), layers()), expected);
}

TEST(WrittenLabels, LeaveOutAdvisoriesAndRebuildOfWhereThereAreNone) {
  ArtifactStamp clean = stamp();
  clean.advisories = {};
  clean.rebuild_of.reset();
  const LabelMap labels = written_labels({}, clean, layers());
  EXPECT_FALSE(labels.contains(label::kAdvisories));
  EXPECT_FALSE(labels.contains(label::kRebuildOf));
}

TEST(WrittenLabels, RemoveWhatCameWithTheBaseAndKeepForeignLabels) {
  ArtifactStamp clean = stamp();
  clean.advisories = {};
  clean.rebuild_of.reset();
  const LabelMap base{{"com.opentable.sous.rebuild_of", "sha256:old"},
                      {"com.opentable.sous.advisories", "dirty workspace"},
                      {"com.opentable.sous.anything", "x"},
                      {"org.opencontainers.image.version", "9.9.9"},
                      {"maintainer", "somebody"}};
  const LabelMap labels = written_labels(base, clean, layers());
  EXPECT_FALSE(labels.contains("com.opentable.sous.anything"));
  EXPECT_FALSE(labels.contains(label::kAdvisories));
  EXPECT_FALSE(labels.contains(label::kRebuildOf));
  EXPECT_EQ(labels.at("org.opencontainers.image.version"), "1.2.3-rc.1");
  EXPECT_EQ(labels.at("maintainer"), "somebody");
}

TEST(WrittenLabels, NameALocalRepositoryAsAFile) {
  ArtifactStamp local = stamp();
  local.source = SourceId::parse("localhost/srv/git/project,1.0.0").value();
  EXPECT_EQ(written_labels({}, local, layers()).at(std::string(label::kOciSource)),
            "file:///srv/git/project");
}

TEST(WrittenAnnotations, MirrorTheLabelsAndProveTheConfig) {
  const LabelMap labels = written_labels({{"maintainer", "somebody"}}, stamp(), layers());
  const LabelMap base{{"com.opentable.sous.config", "sha256:of the base"},
                      {"com.opentable.sous.stale", "x"},
                      {"org.opencontainers.image.base.name", "debian"}};
  const LabelMap annotations = written_annotations(base, labels, digest("config"));
  LabelMap expected = labels;
  expected.erase("maintainer");
  expected["com.opentable.sous.config"] = digest("config").str();
  expected["org.opencontainers.image.base.name"] = "debian";
  EXPECT_EQ(annotations, expected);
}

TEST(ReadIdentity, NeedsNoConfigWhereTheAnnotationsProveThemselves) {
  const auto identity = read_identity(written_facts(false));
  const auto& image = std::get<SousImage>(identity);
  EXPECT_EQ(image.proof, Proof::proven);
  EXPECT_TRUE(image.diff_ids.empty());
  EXPECT_EQ(image.artifact.digest, digest("manifest"));
  EXPECT_EQ(image.artifact.source.str(), "github.com/user/project,1.2.3-rc.1,svc");
  EXPECT_EQ(image.artifact.revision.str(), kRevisionText);
  EXPECT_EQ(image.artifact.advisories, stamp().advisories);
  EXPECT_EQ(image.artifact.built_at, stamp().built_at);
  EXPECT_EQ(image.artifact.rebuild_of, digest("first"));
  EXPECT_EQ(image.artifact.config_digest, digest("config"));
  EXPECT_EQ(image.artifact.layers, layers_proof(layers()));
}

TEST(ReadIdentity, TakesTheConfigsFactsWhereTheyAreKnown) {
  const auto identity = read_identity(written_facts());
  const auto& image = std::get<SousImage>(identity);
  EXPECT_EQ(image.proof, Proof::proven);
  EXPECT_EQ(image.diff_ids, layers());
  EXPECT_EQ(image.artifact.created, parse_rfc3339("2026-11-01T00:00:00Z").value());
}

TEST(ReadIdentity, AsksForTheConfigWhereNoAnnotationSettlesIt) {
  ImageFacts facts = written_facts(false);
  facts.annotations.clear();
  EXPECT_TRUE(std::holds_alternative<NeedsConfig>(read_identity(facts)));
  facts.annotations = written_facts().annotations;
  facts.annotations.erase(std::string(label::kConfig));
  EXPECT_TRUE(std::holds_alternative<NeedsConfig>(read_identity(facts)));
}

TEST(ReadIdentity, AsksForTheConfigOfAnIndex) {
  ImageFacts facts{.digest = digest("index"), .media_type = "m"};
  facts.children = {{digest("manifest"), "linux/amd64"}};
  EXPECT_TRUE(std::holds_alternative<NeedsConfig>(read_identity(facts)));
  facts.children.clear();
  EXPECT_EQ(refusal(facts), "no image config");
}

TEST(ReadIdentity, RefusesInheritedAnnotations) {
  for (const bool config_read : {false, true}) {
    ImageFacts facts = written_facts(config_read);
    facts.config_digest = digest("config of an image built FROM it");
    EXPECT_EQ(refusal(facts), "labels are the base image's");
  }
}

TEST(ReadIdentity, RefusesInheritedLabels) {
  ImageFacts facts = written_facts();
  facts.annotations.clear();
  facts.diff_ids->push_back(digest("a layer on top"));
  EXPECT_EQ(refusal(facts), "labels are the base image's");
}

TEST(ReadIdentity, NeedsATwinWhereOnlyTheLayersProveIt) {
  ImageFacts facts = written_facts();
  facts.annotations.clear();
  EXPECT_EQ(std::get<SousImage>(read_identity(facts)).proof, Proof::needs_twin);
  facts.diff_ids.reset();
  EXPECT_TRUE(std::holds_alternative<NeedsConfig>(read_identity(facts)));
}

TEST(ReadIdentity, ReadsImagesOfTheOriginal) {
  const auto identity = read_identity(original_facts());
  const auto& image = std::get<SousImage>(identity);
  EXPECT_EQ(image.proof, Proof::original);
  EXPECT_EQ(image.diff_ids, layers());
  EXPECT_EQ(image.artifact.source.str(), "github.com/user/project,1.2.3");
  EXPECT_TRUE(image.artifact.advisories.empty());
  EXPECT_FALSE(image.artifact.built_at);
}

TEST(ReadIdentity, NamesWhatIsMissing) {
  ImageFacts facts = original_facts();
  facts.labels->erase("com.opentable.sous.version");
  facts.labels->erase("com.opentable.sous.revision");
  EXPECT_EQ(refusal(facts),
            "labels missing: com.opentable.sous.version, com.opentable.sous.revision");
  facts.labels = LabelMap{{"maintainer", "somebody"}};
  EXPECT_EQ(refusal(facts), "no Sous labels");
}

TEST(ReadIdentity, NamesTheMalformedValue) {
  for (const std::string_view key :
       {label::kRepoUrl, label::kVersion, label::kRevision, label::kBuiltAt, label::kRebuildOf}) {
    ImageFacts facts = original_facts();
    (*facts.labels)[std::string(key)] = key == label::kRepoUrl ? "" : "?";
    EXPECT_TRUE(refusal(facts).starts_with(std::string(key) + ": ")) << key << refusal(facts);
  }
}

TEST(ReadIdentity, RefusesLabelsThatDisagreeWithTheAnnotations) {
  ImageFacts facts = written_facts();
  (*facts.labels)["com.opentable.sous.version"] = "1.2.4";
  EXPECT_EQ(refusal(facts), "label and annotation disagree: com.opentable.sous.version");
  facts = written_facts();
  facts.labels->erase("com.opentable.sous.advisories");
  EXPECT_EQ(refusal(facts), "label and annotation disagree: com.opentable.sous.advisories");
}

}  // namespace
}  // namespace sous
