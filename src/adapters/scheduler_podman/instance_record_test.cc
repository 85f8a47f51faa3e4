#include "adapters/scheduler_podman/instance_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace sous::scheduler_podman {
namespace {

InstanceRecord record() {
  InstanceRecord out{
      .gdm_id = "0b5e2f6a-0000-4000-8000-000000000001",
      .deployment = {ManifestId::make(SourceLocation::make("github.com/a/B_c", "x/y").value(),
                                      "vanilla")
                         .value(),
                     ClusterName::parse("East.1").value()},
      .image = ImageByDigest::parse("r.example:5000/a/b@sha256:" + std::string(64, 'a')).value()};
  out.generation = 7;
  out.attempt = 2;
  out.instance = 3;
  out.version = Version(1, 2, 3, "rc.1");
  out.revision = Revision::parse(std::string(40, 'b')).value();
  out.pending = true;
  out.fingerprint = "f";
  out.spec_fields = {{"Env.A", "x=\"y\""}, {"NumInstances", "3"}};
  out.task_host = "127.0.0.1";
  out.ports = {20'000, 20'001};
  out.ready.path = "/a \"b\"";
  out.ready.failure_statuses = {503};
  return out;
}

TEST(InstanceRecord, LabelsGiveItBack) {
  for (const bool with_revision : {true, false}) {
    InstanceRecord written = record();
    if (!with_revision) {
      written.revision.reset();
    }
    const auto read = from_labels(to_labels(written));
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->gdm_id, written.gdm_id);
    EXPECT_EQ(read->deployment, written.deployment);
    EXPECT_EQ(read->kind, written.kind);
    EXPECT_EQ(read->image, written.image);
    EXPECT_EQ(read->version, written.version);
    EXPECT_EQ(read->revision, written.revision);
    EXPECT_EQ(read->pending, written.pending);
    EXPECT_EQ(read->spec_fields, written.spec_fields);
    EXPECT_EQ(read->ports, written.ports);
    EXPECT_EQ(read->ready, written.ready);
    EXPECT_EQ(container_name(*read), container_name(written));
  }
}

TEST(InstanceRecord, NoLabelMayBeMissingOrDamaged) {
  const TextMap labels = to_labels(record());
  for (const auto& [key, value] : labels) {
    TextMap without = labels;
    without.erase(key);
    EXPECT_EQ(from_labels(without).has_value(), key == "com.opentable.sous.pending") << key;
  }
  for (const auto* key : {"com.opentable.sous.generation",
                          "com.opentable.sous.ports",
                          "com.opentable.sous.ready",
                          "com.opentable.sous.digest",
                          "com.opentable.sous.kind",
                          "com.opentable.sous.cluster"}) {
    TextMap damaged = labels;
    damaged[key] = "!:";
    EXPECT_FALSE(from_labels(damaged)) << key;
  }
  TextMap portless = labels;
  portless["com.opentable.sous.ports"] = "";
  EXPECT_FALSE(from_labels(portless)) << "there is nothing to probe";
}

TEST(ContainerName, IsReadableValidAndTellsApart) {
  const InstanceRecord one = record();
  const std::string name = container_name(one);
  EXPECT_THAT(name, testing::StartsWith("sous-b-c-vanilla-east-1-"));
  EXPECT_THAT(name, testing::EndsWith("-g7-a2-i3"));
  for (const char c : name) {
    EXPECT_TRUE(is_alnum(c) || c == '-') << name;
  }
  EXPECT_EQ(container_name(record()), name);

  InstanceRecord other_gdm = one;
  other_gdm.gdm_id.back() = '2';
  InstanceRecord other_place = one;
  // The readable part is the same: only the hash tells them apart.
  other_place.deployment.manifest =
      ManifestId::make(SourceLocation::make("github.com/z/B_c", "x/y").value(), "vanilla").value();
  EXPECT_NE(container_name(other_gdm), name);
  EXPECT_NE(container_name(other_place), name);
}

}  // namespace
}  // namespace sous::scheduler_podman
