#include "app/lock_edits.h"

#include <gtest/gtest.h>

#include "app/artifact_add.h"
#include "app/build.h"
#include "app/gdm_access.h"
#include "sim_node.h"
#include "support/code_of.h"

namespace sous::sim {
namespace {

using support::code_of;

constexpr const char* kReason = "for a test";

/// A node with two clean checkouts built: version 1.0.0, then a rebuild of it.
class LockEdits : public testing::Test {
 protected:
  LockEdits() {
    sim_node.check_out("1.0.0", support::revision_number(1));
    sim_node.builder().reproducible = false;
    first = build();
    second = build();
  }

  Digest build() {
    app::BuildRequest request;
    request.directory = kCheckout;
    return app::build(sim_node.node(), request, {}, {}).value().main().image.digest;
  }

  LockFile file() { return app::read_gdm(node, {}).value().gdm.locks.at(source); }

  Result<LockFile> supersede(const Digest& to, const std::string& reason = kReason) {
    return app::supersede_lock(node, source, to, reason, {});
  }

  Result<LockFile> withdraw(const Digest& digest) {
    return app::withdraw_artifact(node, source, digest, kReason, {});
  }

  Result<LockFile> restore(const Digest& digest) {
    return app::restore_artifact(node, source, digest, kReason, {});
  }

  support::Simulation simulation{1};
  World world{simulation};
  SimNode sim_node{world, "ada", Duration{0}};
  app::Node& node = sim_node.node();
  SourceId source = SourceId::parse("git.example.com/demo/hello,1.0.0").value();
  Digest first = Digest::sha256_of("");
  Digest second = first;
};

TEST_F(LockEdits, SupersedeMovesTheLockAndKeepsWhoWhenAndWhy) {
  const auto moved = supersede(second);
  ASSERT_TRUE(moved) << moved.error().text();
  ASSERT_NE(moved->final_lock(), nullptr);
  EXPECT_EQ(moved->final_lock()->digest, second);
  EXPECT_EQ(moved->final_lock()->made.why, kReason);
  ASSERT_EQ(moved->superseded.size(), 1U);
  EXPECT_EQ(moved->superseded.front().lock.digest, first);
  EXPECT_EQ(moved->superseded.front().ended.who, node.who());
  EXPECT_EQ(file(), *moved);
}

TEST_F(LockEdits, SupersedeByWhatIsLockedChangesNothing) {
  const auto before = app::read_gdm(node, {}).value().gdm.revision;
  EXPECT_TRUE(supersede(first));
  EXPECT_EQ(app::read_gdm(node, {}).value().gdm.revision, before);
}

TEST_F(LockEdits, SupersedeNeedsARegisteredImageAndAReason) {
  EXPECT_EQ(code_of(supersede(Digest::sha256_of("other"))), Code::not_found);
  EXPECT_EQ(code_of(supersede(second, "  ")), Code::usage);
  source.version = Version(9, 9, 9);
  EXPECT_EQ(code_of(supersede(second)), Code::not_found);
}

TEST_F(LockEdits, SupersedeReadsTheImageByDigestFirst) {
  SimNode other(world, "bob", Duration{0});  // its index knows nothing
  world.registry.remove_manifest(file().registration_of(second)->images.front(), second);
  const auto gone = app::supersede_lock(other.node(), source, second, kReason, {});
  EXPECT_EQ(code_of(gone), Code::not_found);
  EXPECT_EQ(file().final_lock()->digest, first);
}

TEST_F(LockEdits, WithdrawnIsNoCandidateAndRestoredIsOneAgain) {
  EXPECT_EQ(code_of(withdraw(first)), Code::blocked);  // the version is locked to it
  const auto withdrawn = withdraw(second);
  ASSERT_TRUE(withdrawn) << withdrawn.error().text();
  EXPECT_EQ(withdrawn->registration_of(second)->withdrawn->why, kReason);
  EXPECT_EQ(*withdraw(second), *withdrawn);
  EXPECT_EQ(code_of(supersede(second)), Code::blocked);

  const auto restored = restore(second);
  ASSERT_TRUE(restored) << restored.error().text();
  EXPECT_EQ(restored->registration_of(second)->withdrawn, std::nullopt);
  EXPECT_EQ(restored->registration_of(second)->ended_withdrawals.size(), 1U);
  EXPECT_TRUE(supersede(second));
}

TEST_F(LockEdits, ARegistrationIsFoundByTheBeginningOfItsDigest) {
  const auto find = [&](const std::string& digest, std::optional<Version> version = {}) {
    return app::find_registration(node, source.location, version, digest, {});
  };
  EXPECT_EQ(find(first.str())->second, first);
  EXPECT_EQ(find(second.hex().substr(0, 12))->second, second);
  EXPECT_EQ(find(second.hex().substr(0, 12), Version(1, 0, 0))->first, source);
  EXPECT_EQ(code_of(find(second.hex().substr(0, 6))), Code::not_found);  // too few digits
  EXPECT_EQ(code_of(find(second.hex(), Version(1, 1, 0))), Code::not_found);
  EXPECT_EQ(code_of(find("0000000")), Code::not_found);
}

TEST_F(LockEdits, OneDigestInTwoVersionsIsToldApartByTheVersion) {
  const ImageRepository elsewhere = ImageRepository::parse("registry.example.com/x/y").value();
  const std::string config = R"({"rootfs":{"type":"layers","diff_ids":[]},"config":{}})";
  const std::string manifest =
      R"({"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json",)"
      R"("digest":")" +
      Digest::sha256_of(config).str() + R"(","size":)" + std::to_string(config.size()) +
      R"(},"layers":[]})";
  world.registry.put_blob(elsewhere, config);
  const Digest digest = world.registry.put_manifest(
      elsewhere, "application/vnd.oci.image.manifest.v1+json", manifest, std::nullopt);
  const auto add = [&](const Version& version) {
    return app::add_artifact(node,
                             {.source = {source.location, version},
                              .revision = support::revision_number(7),
                              .image = {elsewhere, std::nullopt, digest},
                              .advisories = {}},
                             {});
  };
  const auto added = add(Version(2, 0, 0));
  ASSERT_TRUE(added) << added.error().text();
  ASSERT_TRUE(add(Version(3, 0, 0)));
  const auto find = [&](std::optional<Version> version) {
    return app::find_registration(node, source.location, version, digest.str(), {});
  };
  EXPECT_EQ(code_of(find(std::nullopt)), Code::usage);
  EXPECT_EQ(find(Version(3, 0, 0))->first.version, Version(3, 0, 0));
}

}  // namespace
}  // namespace sous::sim
