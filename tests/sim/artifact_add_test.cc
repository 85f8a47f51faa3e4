#include "app/artifact_add.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/build.h"
#include "app/gdm_access.h"
#include "sim_node.h"
#include "support/code_of.h"

namespace sous::sim {
namespace {

using support::code_of;

class ArtifactAdd : public testing::Test {
 protected:
  /// Puts an image with these labels, as JSON members, into the registry.
  Digest put_image(const std::string& labels, const std::string& annotations = "") {
    const std::string config = fmt::format(
        R"({{"rootfs":{{"type":"layers","diff_ids":[]}},"config":{{"Labels":{{{}}}}}}})", labels);
    const std::string manifest = fmt::format(
        R"({{"schemaVersion":2,"config":{{"mediaType":"application/vnd.oci.image.config.v1+json",)"
        R"("digest":"{}","size":{}}},"layers":[],"annotations":{{{}}}}})",
        Digest::sha256_of(config).str(),
        config.size(),
        annotations.empty() ? ""
                            : fmt::format(R"({},"com.opentable.sous.config":"{}")",
                                          annotations,
                                          Digest::sha256_of(config).str()));
    world.registry.put_blob(repository, config);
    return world.registry.put_manifest(
        repository, "application/vnd.oci.image.manifest.v1+json", manifest, tag);
  }

  static std::string labels(const std::string& version, const Revision& revision) {
    return fmt::format(
        R"("com.opentable.sous.repo_url":"git.example.com/demo/hello",)"
        R"("com.opentable.sous.repo_offset":"","com.opentable.sous.version":"{}",)"
        R"("com.opentable.sous.revision":"{}","com.opentable.sous.advisories":"dirty workspace")",
        version,
        revision.str());
  }

  Result<LockFile> add(const std::string& version,
                       std::optional<Revision> revision = {},
                       Advisories advisories = {}) {
    return app::add_artifact(
        node,
        {.source = SourceId::parse("git.example.com/demo/hello," + version).value(),
         .revision = std::move(revision),
         .image = {repository, tag, std::nullopt},
         .advisories = std::move(advisories)},
        {});
  }

  support::Simulation simulation{1};
  World world{simulation};
  SimNode sim_node{world, "ada", Duration{0}};
  app::Node& node = sim_node.node();
  ImageRepository repository = ImageRepository::parse("registry.example.com/x/y").value();
  ImageTag tag = ImageTag::parse("any").value();
  Revision one = support::revision_number(1);
  Revision two = support::revision_number(2);
};

TEST_F(ArtifactAdd, AnImageWithoutLabelsIsWhatItIsRegisteredAs) {
  const Digest digest = put_image("");
  EXPECT_EQ(code_of(add("1.0.0")), Code::usage);  // it does not tell its revision
  const auto file = add("1.0.0+build7", one, {KnownAdvisory::unpushed_revision});
  ASSERT_TRUE(file) << file.error().text();
  ASSERT_EQ(file->registrations.size(), 1U);
  const Registration& registration = file->registrations.front();
  EXPECT_EQ(registration.digest, digest);
  EXPECT_EQ(registration.revision, one);
  EXPECT_EQ(registration.origin, Registration::Origin::added);
  EXPECT_EQ(registration.images, std::vector{repository});
  EXPECT_EQ(registration.advisories,
            Advisories({KnownAdvisory::added_artifact, KnownAdvisory::unpushed_revision}));
  EXPECT_EQ(file->locks.front().state, Lock::State::provisional);
  EXPECT_EQ(code_of(add("1.0.0", two)), Code::conflict);
}

TEST_F(ArtifactAdd, ManifestAndConfigAreReadOnceByDigest) {
  put_image("");
  ASSERT_TRUE(add("1.0.0", one));
  std::vector<std::string> asked;
  for (const auto& question : world.registry.questions()) {
    asked.push_back(question.operation);
  }
  // The config again for its environment, which no index keeps.
  EXPECT_EQ(asked, (std::vector<std::string>{"resolve", "manifest", "blob", "blob"}));
  ASSERT_TRUE(add("1.1.0", one));
  EXPECT_EQ(world.registry.questions().size(), 6U);  // the tag and the environment again
}

TEST_F(ArtifactAdd, AnImageWithLabelsIsWhatTheySay) {
  put_image(labels("1.0.0", one));
  EXPECT_EQ(code_of(add("2.0.0", one)), Code::blocked);
  EXPECT_EQ(code_of(add("1.0.0", two)), Code::blocked);
  const auto file = add("1.0.0");
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->registrations.front().revision, one);
  EXPECT_EQ(file->registrations.front().advisories,
            Advisories({KnownAdvisory::added_artifact, KnownAdvisory::dirty_workspace}));
}

TEST_F(ArtifactAdd, LabelsThatCannotBeReliedOnAreRefused) {
  put_image(labels("1.0.0", one), labels("2.0.0", one));
  EXPECT_EQ(code_of(add("1.0.0", one)), Code::invalid_data);
  put_image(labels("no version", one));
  EXPECT_EQ(code_of(add("1.0.0", one)), Code::invalid_data);
  // Without one of the four, it is not labelled.
  put_image(R"("com.opentable.sous.version":"9.9.9")");
  EXPECT_TRUE(add("1.0.0", one));
}

TEST_F(ArtifactAdd, AVersionOfAnotherRevisionIsAMismatch) {
  sim_node.check_out("1.0.0", two);
  app::BuildRequest request;
  request.directory = kCheckout;
  ASSERT_TRUE(app::build(node, request, {}, {}));
  put_image("");
  const auto file = add("1.0.0", one);
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->registrations.back().advisories,
            Advisories({KnownAdvisory::added_artifact, KnownAdvisory::tag_mismatch}));
  EXPECT_EQ(file->final_lock()->revision, two);
}

TEST_F(ArtifactAdd, WhatTheRegistryLacksIsNotRegistered) {
  EXPECT_EQ(code_of(add("1.0.0", one)), Code::not_found);
  EXPECT_EQ(code_of(app::read_gdm(node, {})), Code::not_found);
}

}  // namespace
}  // namespace sous::sim
