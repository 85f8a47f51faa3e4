#include "samples.h"

namespace sous::golden {
namespace {

constexpr const char* kRevision = "6f1c0f5c3c9f6a1d1c0de1e2a3b4c5d6e7f80912";

ClusterName cluster(const char* name) { return ClusterName::parse(name).value(); }

ManifestId project() { return ManifestId::parse("github.com/team/project").value(); }

}  // namespace

app::ManifestText manifest_text() {
  return {.id = project(),
          .path = "manifests/github.com/team/project.yaml",
          .revision = kRevision,
          .text =
              "# ours\n"
              "Source: github.com/team/project\n"
              "Owners: [ann]\n"
              "Deployments:\n"
              "  left:\n"
              "    Version: 1.2.0\n"
              "    NumInstances: 2\n"
              "    Resources: {cpus: \"0.5\", memory: \"256\"}\n"
              "    Env: {MODE: \"quick\"}\n"
              "    Volumes:\n"
              "    - {Host: /data, Container: /srv, Mode: rw}\n"
              "    Startup:\n"
              "      CheckReadyProtocol: HTTP\n"
              "      CheckReadyFailureStatuses: [500, 503]\n",
          .problems = {},
          .stale = {}};
}

app::ManifestText broken_manifest() {
  auto out = manifest_text();
  out.text = "Source: [\n";
  out.problems = {
      "manifests/github.com/team/project.yaml:2:1: not YAML: did not find expected node"};
  out.stale = "connection refused";
  return out;
}

app::EditOutcome edit() {
  app::EditOutcome out;
  out.changed = true;
  out.state.snapshot.revision = kRevision;
  return out;
}

app::EditOutcome pending_edit() {
  auto out = edit();
  out.pending = true;
  return out;
}

app::DeletedManifest deletion() {
  return {.outcome = edit(),
          .deployed = {{project(), cluster("left")}, {project(), cluster("right")}}};
}

std::map<ClusterName, DeploySpec> metadata() {
  DeploySpec left;
  left.metadata = {{"Branch", "main"}, {"Number", "12"}};
  return {{cluster("left"), left}, {cluster("right"), {}}};
}

app::HistoryReport history() {
  const auto when = parse_rfc3339("2026-11-21T22:26:42Z").value();
  const std::string path = "manifests/github.com/team/project.yaml";
  app::HistoryItem changed{
      .entry = {.revision = kRevision,
                .parent = "0123456789012345678901234567890123456789",
                .author = {"Ann", "ann@example.com"},
                .when = when,
                .message = "Scale github.com/team/project in left to 3\n\nmore visitors",
                .paths = {path}},
      .changes = {{.path = path,
                   .kind = app::RecordChange::Kind::changed,
                   .fields = {{"Deployments.left.NumInstances", "2", "3"},
                              {"Deployments.left.Env.OLD", "yes", ""},
                              {"Deployments.left.Env.NEW", "", "yes"}}}}};
  app::HistoryItem first{
      .entry = {.revision = "0123456789012345678901234567890123456789",
                .parent = {},
                .author = {"someone", ""},
                .when = when,
                .message = "Add it",
                .paths = {path, "locks/x"}},
      .changes = {{.path = path,
                   .kind = app::RecordChange::Kind::added,
                   .fields = {{"Source", "", "github.com/team/project"}}},
                  {.path = "locks/x", .kind = app::RecordChange::Kind::removed, .fields = {}}}};
  return {.items = {changed, first}, .stale = "the remote does not answer"};
}

}  // namespace sous::golden
