#include "codec/manifest_record.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace sous::codec {
namespace {

constexpr std::string_view kManifest = R"(# The payments team's service.
Source: github.com/user/project,svc
Flavor: vanilla
Owners:
- b@example.org
- a@example.org
Kind: http-service
Deployments:
  prod: # the real thing
    Resources: {cpus: "0.5", memory: "256", ports: "2"}
    Env:
      GREETING: 'hello # world'
      FLAG: yes
    Metadata: {}
    NumInstances: 3
    Volumes:
    - Host: /data
      Container: /mnt
      Mode: RW
    Version: 1.10
    Startup:
      CheckReadyProtocol: HTTPS
      CheckReadyFailureStatuses: [500, 503]
      SkipCheck: false
    SomethingNew: {a: 1}
  ci:
    Resources:
      cpus: "0.1"
      memory: "100"
      ports: "1"
    NumInstances: 1
    Version: "2.0.0"
    Schedule: "*/5 * * * *"
    SingularityRequestID: my-request
)";

ClusterName cluster(std::string_view name) { return ClusterName::parse(name).value(); }

Decoded<Manifest> decoded(std::string_view text) {
  auto out = decode_manifest("m.yaml", text);
  EXPECT_TRUE(out) << (out ? "" : out.error().details().front());
  return std::move(*out);
}

std::vector<std::string> problems(std::string_view text) {
  const auto out = decode_manifest("m.yaml", text);
  return out ? std::vector<std::string>{} : out.error().details();
}

std::string replaced(std::string_view from, std::string_view to) {
  std::string out(kManifest);
  const auto at = out.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return out.replace(at, from.size(), to);
}

// The lines that only one of two texts has, as a diff shows them.
std::string changed_lines(std::string_view before, std::string_view after) {
  const auto lines = [](std::string_view text) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find('\n', at), text.size());
      out.emplace_back(text.substr(at, end - at));
      at = end + 1;
    }
    return out;
  };
  auto old_lines = lines(before);
  auto new_lines = lines(after);
  const auto [o, n] = std::ranges::mismatch(old_lines, new_lines);
  const auto first = o - old_lines.begin();
  while (old_lines.size() > static_cast<std::size_t>(first) &&
         new_lines.size() > static_cast<std::size_t>(first) &&
         old_lines.back() == new_lines.back()) {
    old_lines.pop_back();
    new_lines.pop_back();
  }
  std::string out;
  for (auto at = old_lines.begin() + first; at != old_lines.end(); ++at) {
    out += "-" + *at + "\n";
  }
  for (auto at = new_lines.begin() + first; at != new_lines.end(); ++at) {
    out += "+" + *at + "\n";
  }
  return out;
}

TEST(DecodeManifest, ReadsEveryField) {
  const auto [manifest, flaws] = decoded(kManifest);
  EXPECT_TRUE(flaws.empty()) << flaws.front().field << flaws.front().message;
  EXPECT_EQ(manifest.id.str(), "github.com/user/project,svc~vanilla");
  EXPECT_EQ(manifest.kind, Kind::http_service);
  EXPECT_EQ(manifest.owners, (std::set<std::string>{"a@example.org", "b@example.org"}));
  const DeploySpec& prod = manifest.deployments.at(cluster("prod"));
  EXPECT_EQ(prod.version.str(), "1.10");
  EXPECT_EQ(prod.num_instances, 3U);
  EXPECT_EQ(prod.resources, (TextMap{{"cpus", "0.5"}, {"memory", "256"}, {"ports", "2"}}));
  EXPECT_EQ(prod.env, (TextMap{{"FLAG", "yes"}, {"GREETING", "hello # world"}}));
  EXPECT_EQ(prod.volumes, (std::vector<Volume>{{"/data", "/mnt", Volume::Mode::read_write}}));
  EXPECT_EQ(prod.startup.check_ready_protocol, "HTTPS");
  EXPECT_EQ(prod.startup.check_ready_failure_statuses, (std::vector<std::uint32_t>{500, 503}));
  EXPECT_EQ(prod.startup.skip_check, false);
  EXPECT_FALSE(prod.startup.timeout);
  const DeploySpec& ci = manifest.deployments.at(cluster("ci"));
  EXPECT_EQ(ci.schedule, "*/5 * * * *");
  EXPECT_EQ(ci.singularity_request_id, "my-request");
}

TEST(DecodeManifest, TellsAllProblemsAtOnce) {
  const auto found = problems(
      "Source: a,b,c\nKind: http\nDeployments:\n  prod:\n    Version: v1\n    NumInstances: -1\n"
      "    Env: [x]\n    Volumes:\n    - {Host: /a, Mode: XX}\n    Startup: {CheckReadyProtocol: "
      "ftp, "
      "Timeout: soon}\n  \"a b\": {}\n");
  std::string all;
  for (const auto& problem : found) {
    all += problem + "\n";
  }
  EXPECT_EQ(found.size(), 10U) << all;
  for (const std::string_view start :
       {"m.yaml:1:9: Source: ",
        "m.yaml:2:7: Kind: \"http\" is none of",
        "m.yaml:5:14: Deployments.prod.Version: ",
        "m.yaml:6:19: Deployments.prod.NumInstances: ",
        "m.yaml:7:10: Deployments.prod.Env: must be a mapping",
        "m.yaml:9:7: Deployments.prod.Volumes.Container: is missing",
        "m.yaml:9:24: Deployments.prod.Volumes.Mode: \"XX\" is neither RO nor RW",
        "m.yaml:10:35: Deployments.prod.Startup.CheckReadyProtocol: \"ftp\"",
        "m.yaml:10:49: Deployments.prod.Startup.Timeout: \"soon\"",
        "m.yaml:11:3: Deployments: "}) {
    EXPECT_TRUE(std::ranges::any_of(found, [&](const auto& p) { return p.starts_with(start); }))
        << start << "\n"
        << all;
  }
}

TEST(DecodeManifest, RepairsFlawsAndSaysSo) {
  const auto [manifest, flaws] = decoded(
      "Source: github.com/user/project\nOwner: me\nDeployments:\n  prod:\n    Resources: {cpus: "
      "lots}\n"
      "    Volumes: [~, {Host: /a, Container: /b, Mode: ro}]\n    Startup: {CheckReadyProtocol: "
      "http}\n"
      "  ci: {Version: 1.0.0, NumInstances: 0, Resources: {cpus: 1, memory: 2, ports: 3}, "
      "Startup: {SkipCheck: true, Timeout: -1}}\n");
  const DeploySpec& prod = manifest.deployments.at(cluster("prod"));
  EXPECT_EQ(manifest.kind, Kind::http_service);
  EXPECT_EQ(prod.resources, (TextMap{{"cpus", "0.1"}, {"memory", "100"}, {"ports", "1"}}));
  EXPECT_EQ(prod.volumes, (std::vector<Volume>{{"/a", "/b", Volume::Mode::read_only}}));
  EXPECT_EQ(prod.startup.check_ready_protocol, "HTTP");
  EXPECT_TRUE(prod.version.is_none());
  EXPECT_EQ(prod.num_instances, 1U);
  EXPECT_EQ(manifest.deployments.at(cluster("ci")).num_instances, 0U);
  std::set<std::string> fields;
  for (const Flaw& flaw : flaws) {
    fields.insert(flaw.field);
  }
  EXPECT_EQ(fields,
            (std::set<std::string>{"Kind",
                                   "Owner",
                                   "Deployments.prod.Resources.cpus",
                                   "Deployments.prod.Resources.memory",
                                   "Deployments.prod.Resources.ports",
                                   "Deployments.prod.Volumes",
                                   "Deployments.prod.Volumes.Mode",
                                   "Deployments.prod.Startup.CheckReadyProtocol",
                                   "Deployments.prod.Version",
                                   "Deployments.prod.NumInstances",
                                   "Deployments.ci.Startup.Timeout"}));
}

TEST(DecodeManifest, RefusesWhatNamesNoManifest) {
  EXPECT_FALSE(problems("").empty());
  EXPECT_FALSE(problems("- a\n").empty());
  EXPECT_FALSE(problems("Source: a\nFlavor: b~c\n").empty());
  EXPECT_TRUE(problems("Source: a\nOwners:\nDeployments:\n").empty());
}

TEST(EncodeManifest, WritesTheCanonicalText) {
  Manifest manifest{.id = ManifestId::parse("github.com/user/project").value(),
                    .kind = Kind::worker,
                    .owners = {"b", "a"},
                    .deployments = {}};
  DeploySpec spec;
  spec.version = Version::parse("1.10").value();
  spec.num_instances = 2;
  spec.resources = {{"cpus", "0.1"}};
  spec.env = {{"A", "x: y"}};
  manifest.deployments.emplace(cluster("prod"), spec);
  EXPECT_EQ(
      encode_manifest(manifest),
      "Source: github.com/user/project\nOwners:\n- a\n- b\nKind: worker\nDeployments:\n  prod:\n"
      "    Version: \"1.10\"\n    NumInstances: 2\n    Resources:\n      cpus: \"0.1\"\n"
      "    Env:\n      A: \"x: y\"\n");
  manifest.owners.clear();
  manifest.deployments.clear();
  EXPECT_EQ(encode_manifest(manifest),
            "Source: github.com/user/project\nOwners: []\nKind: worker\nDeployments: {}\n");
}

TEST(EditManifest, SetsAVersionAndNothingElse) {
  const auto version = Version::parse("1.11.0").value();
  const std::string edited = set_deployment_version(kManifest, cluster("prod"), version).value();
  EXPECT_EQ(edited, replaced("Version: 1.10", "Version: 1.11.0"));
  EXPECT_EQ(set_deployment_version(kManifest, cluster("ci"), version).value(),
            replaced("Version: \"2.0.0\"", "Version: \"1.11.0\""));
  EXPECT_EQ(set_deployment_version(kManifest, cluster("nope"), version).error().code(),
            Code::not_found);
}

TEST(EditManifest, SetsInstancesAndTexts) {
  EXPECT_EQ(set_num_instances(kManifest, cluster("ci"), 7).value(),
            replaced("NumInstances: 1\n", "NumInstances: 7\n"));
  EXPECT_EQ(changed_lines(
                kManifest,
                set_deployment_text(kManifest, cluster("prod"), "Metadata", "BuildBranch", "master")
                    .value()),
            "-    Metadata: {}\n+    Metadata:\n+      BuildBranch: master\n");
  EXPECT_EQ(
      changed_lines(
          kManifest,
          set_deployment_text(kManifest, cluster("prod"), "Env", "FLAG", std::nullopt).value()),
      "-      FLAG: yes\n");
}

TEST(EditManifest, AddsAndRemovesADeployment) {
  DeploySpec spec;
  spec.version = Version::parse("1.0.0").value();
  const std::string added = add_deployment(kManifest, cluster("qa"), spec).value();
  EXPECT_EQ(added, std::string(kManifest) + "  qa:\n    Version: 1.0.0\n    NumInstances: 1\n");
  EXPECT_EQ(remove_deployment(added, cluster("qa")).value(), kManifest);
  EXPECT_EQ(add_deployment(kManifest, cluster("ci"), spec).error().code(), Code::already_exists);
  EXPECT_EQ(remove_deployment(kManifest, cluster("qa")).error().code(), Code::not_found);
}

}  // namespace
}  // namespace sous::codec
