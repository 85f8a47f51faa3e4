#include "engine/expand.h"

#include <string>

#include <gtest/gtest.h>

#include "engine/spec_fields.h"
#include "support/samples.h"

namespace sous::engine {
namespace {

using support::cluster;
using support::manifest_id;

constexpr Kind kService = Kind::http_service;

DeploySpec spec() {
  DeploySpec out;
  out.version = support::version("1.2.3");
  out.resources = {{"cpus", "0.1"}, {"memory", "100"}, {"ports", "1"}};
  out.env = {{"COLOUR", "red"}};
  return out;
}

std::size_t count_differences(const DeploySpec& a, const DeploySpec& b, Kind kind = kService) {
  // The fingerprint tells apart exactly what is shown as a difference.
  EXPECT_EQ(fingerprint(kind, a) == fingerprint(kind, b), differences(kind, a, b).empty());
  EXPECT_EQ(differences(kind, a, b).size(), differences(kind, b, a).size());
  return differences(kind, a, b).size();
}

TEST(SpecFields, H15SkippingTheCheckIsOneDifference) {
  auto skips = spec();
  skips.startup.skip_check = true;
  EXPECT_EQ(count_differences(spec(), skips), 1U);
  // Where it is skipped, how it would be done does not matter.
  auto with_path = skips;
  with_path.startup.check_ready_uri_path = "/health";
  EXPECT_EQ(count_differences(skips, with_path), 0U);
}

TEST(SpecFields, H16VolumesAreAMultisetWithModes) {
  const Volume a{.host = "/a", .container = "/a", .mode = Volume::Mode::read_only};
  const Volume b{.host = "/b", .container = "/b", .mode = Volume::Mode::read_only};
  const auto with = [](std::vector<Volume> volumes) {
    auto out = spec();
    out.volumes = std::move(volumes);
    return out;
  };
  EXPECT_EQ(count_differences(with({a, a}), with({a})), 1U);
  auto writable = a;
  writable.mode = Volume::Mode::read_write;
  EXPECT_EQ(count_differences(with({a}), with({writable})), 1U);
  EXPECT_EQ(count_differences(with({a, b}), with({b, a})), 0U);
}

TEST(SpecFields, H17AbsentResourcesAreTheirDefaults) {
  auto empty = spec();
  empty.resources.clear();
  EXPECT_EQ(count_differences(spec(), empty), 0U);
  empty.resources["memory"] = "200";
  EXPECT_EQ(count_differences(spec(), empty), 1U);
}

TEST(SpecFields, H18NumbersCompareByValue) {
  auto longer = spec();
  longer.resources["cpus"] = "0.100000";
  EXPECT_EQ(count_differences(spec(), longer), 0U);
  longer.resources["cpus"] = "0.2";
  EXPECT_EQ(count_differences(spec(), longer), 1U);
}

TEST(SpecFields, EveryFieldThatCountsIsSeen) {
  const auto changed = [](auto change) {
    auto out = spec();
    change(out);
    return out;
  };
  const std::vector<DeploySpec> variants{
      changed([](auto& s) { s.env["COLOUR"] = "blue"; }),
      changed([](auto& s) { s.env["SIZE"] = "1"; }),
      changed([](auto& s) { s.resources["gpus"] = "1"; }),
      changed([](auto& s) { s.singularity_request_id = "mine"; }),
      changed([](auto& s) { s.startup.connect_delay = 1; }),
      changed([](auto& s) { s.startup.timeout = 1; }),
      changed([](auto& s) { s.startup.connect_interval = 1; }),
      changed([](auto& s) { s.startup.check_ready_protocol = "HTTPS"; }),
      changed([](auto& s) { s.startup.check_ready_uri_path = "/"; }),
      changed([](auto& s) { s.startup.check_ready_port_index = 1; }),
      changed([](auto& s) { s.startup.check_ready_failure_statuses = {{500}}; }),
      changed([](auto& s) { s.startup.check_ready_uri_timeout = 1; }),
      changed([](auto& s) { s.startup.check_ready_interval = 1; }),
      changed([](auto& s) { s.startup.check_ready_retries = 1; })};
  for (const auto& variant : variants) {
    EXPECT_EQ(count_differences(spec(), variant), 1U);
  }
}

TEST(SpecFields, TheNumberOfInstancesIsShownButGivesNothingAnew) {
  auto more = spec();
  more.num_instances = 2;
  EXPECT_EQ(fingerprint(kService, spec()), fingerprint(kService, more));
  EXPECT_EQ(differences(kService, spec(), more),
            (std::vector<FieldDifference>{{"NumInstances", "1", "2"}}));
}

TEST(SpecFields, VersionAndMetadataDoNotCount) {
  auto other = spec();
  other.version = support::version("9.9.9");
  other.metadata["jenkins"] = "42";
  EXPECT_EQ(count_differences(spec(), other), 0U);
}

TEST(SpecFields, AScheduleCountsForScheduledKindsAlone) {
  auto scheduled = spec();
  scheduled.schedule = "*/5 * * * *";
  EXPECT_EQ(count_differences(spec(), scheduled, Kind::scheduled), 1U);
  EXPECT_EQ(count_differences(spec(), scheduled, Kind::http_service), 0U);
}

TEST(SpecFields, TheOrderOfFailureStatusesDoesNotCount) {
  auto a = spec();
  auto b = spec();
  a.startup.check_ready_failure_statuses = {{503, 410}};
  b.startup.check_ready_failure_statuses = {{410, 503}};
  EXPECT_EQ(count_differences(a, b), 0U);
}

TEST(Fingerprint, CannotBeForgedByValues) {
  auto one = spec();
  auto two = spec();
  one.env = {{"A", "1\n5:Env.B=1:2"}};
  two.env = {{"A", "1"}, {"B", "2"}};
  EXPECT_NE(fingerprint(kService, one), fingerprint(kService, two));
  EXPECT_NE(fingerprint(Kind::worker, spec()), fingerprint(kService, spec()));
}

TEST(Fingerprint, IsKeptInRecordsAndSoNeverChanges) {
  EXPECT_EQ(fingerprint(kService, spec()).size(), 15U);
  EXPECT_EQ(fingerprint(kService, spec()), "8dff734545db031");
}

Gdm gdm() {
  Gdm out;
  ClusterDefinition c1{.name = cluster("c1")};
  c1.env = {{"COLOUR", "green"}, {"REGION", "north"}};
  c1.startup.check_ready_uri_path = "/health";
  c1.startup.skip_check = true;
  out.definitions.clusters.emplace(c1.name, c1);
  Manifest manifest{.id = manifest_id("github.com/team/project")};
  manifest.owners = {"ada"};
  manifest.deployments.emplace(cluster("c1"), spec());
  out.manifests.emplace(manifest.id, manifest);
  return out;
}

TEST(Expand, MergesTheClustersDefaultsAndKeepsWhatTheManifestSays) {
  auto state = gdm();
  auto& own = state.manifests.begin()->second.deployments.begin()->second;
  own.startup.skip_check = false;  // a present value wins whatever it is
  const auto out = expand(state);
  ASSERT_EQ(out.deployments.size(), 1U);
  const Deployment deployment = out.deployments[0].deployment();
  EXPECT_EQ(deployment.spec.env.at("COLOUR"), "red");
  EXPECT_EQ(deployment.spec.env.at("REGION"), "north");
  EXPECT_EQ(deployment.spec.startup.check_ready_uri_path, "/health");
  EXPECT_EQ(deployment.spec.startup.skip_check, false);
  EXPECT_EQ(deployment.owners, std::set<std::string>{"ada"});
  EXPECT_EQ(deployment.own_fingerprint, fingerprint(kService, own));
  EXPECT_EQ(deployment.effective_fingerprint, fingerprint(kService, deployment.spec));
}

TEST(Expand, DefaultsChangeTheEffectiveFingerprintAlone) {
  auto state = gdm();
  const auto before = expand(state).deployments[0];
  state.definitions.clusters.begin()->second.env["REGION"] = "south";
  const auto after = expand(state).deployments[0];
  EXPECT_EQ(after.own_fingerprint, before.own_fingerprint);
  EXPECT_NE(after.effective_fingerprint, before.effective_fingerprint);
}

TEST(Expand, AnEntryIsFoundByItsIdAlone) {
  auto state = gdm();
  state.manifests.begin()->second.deployments.emplace(cluster("nowhere"), spec());
  const auto out = expand(state);
  const ManifestId& manifest = state.manifests.begin()->first;
  EXPECT_EQ(out.find({manifest, cluster("c1")}), out.deployments.data());
  EXPECT_EQ(out.find({manifest, cluster("nowhere")}), nullptr);
  EXPECT_EQ(out.find({manifest_id("github.com/team/other"), cluster("c1")}), nullptr);
}

TEST(Expand, H19AnUnknownClusterIsNamedAndHidesNothingElse) {
  auto state = gdm();
  state.manifests.begin()->second.deployments.emplace(cluster("nowhere"), spec());
  const auto out = expand(state);
  EXPECT_EQ(out.deployments.size(), 1U);
  ASSERT_EQ(out.blocked.size(), 1U);
  EXPECT_NE(out.blocked[0].reason.find("nowhere"), std::string::npos);
  EXPECT_NE(out.blocked[0].reason.find("github.com/team/project"), std::string::npos);
}

TEST(Startup, H14MergesFieldByFieldInEitherDirection) {
  Startup left;
  left.connect_delay = 234;
  left.connect_interval = 678;
  left.skip_check = true;
  left.check_ready_uri_timeout = 100;
  left.timeout = 10;
  Startup right;
  right.check_ready_uri_path = "/health";
  right.check_ready_failure_statuses = {{410, 503}};
  right.check_ready_protocol = "HTTPS";
  right.check_ready_port_index = 2;
  right.check_ready_interval = 978;
  right.check_ready_retries = 67;
  EXPECT_EQ(left.merged_over(right), right.merged_over(left));
  EXPECT_EQ(left.merged_over(right).connect_interval, 678U);
  EXPECT_EQ(left.merged_over(right).check_ready_retries, 67U);
}

}  // namespace
}  // namespace sous::engine
