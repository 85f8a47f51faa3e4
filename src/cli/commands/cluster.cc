#include <fmt/format.h>

#include "app/cluster_edits.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/commands/gdm_edit.h"
#include "cli/selection.h"

namespace sous::cli {
namespace {

Result<ClusterName> named_cluster(const Session& session) {
  auto name = ClusterName::parse(session.arguments().word(0).value_or(""));
  if (!name) {
    return std::move(name.error()).as(Code::usage);
  }
  return name;
}

app::ClusterChange change_of(const Arguments& arguments) {
  return {.kind = arguments.value("kind"),
          .base_url = arguments.value("url"),
          .registry = arguments.value("pull-from"),
          .machine_id = arguments.value("machine-id"),
          .allow = arguments.values("allow"),
          .disallow = arguments.values("disallow")};
}

using Edit = Result<app::EditOutcome> (*)(app::Node&,
                                          const ClusterName&,
                                          const app::ClusterChange&,
                                          const Call&);

Result<Answer> edit(Session& session, Edit run) {
  const auto name = SOUS_TRY(named_cluster(session));
  app::Node& node = *SOUS_TRY(session.node_that_writes());
  const Call call = SOUS_TRY(session.call(node));
  const auto outcome = SOUS_TRY(run(node, name, change_of(session.arguments()), call));
  return edit_answer(session, name.str(), outcome);
}

Result<Answer> run_add(Session& session) { return edit(session, app::add_cluster); }

Result<Answer> run_set(Session& session) {
  const Arguments& arguments = session.arguments();
  if (!arguments.has("kind") && !arguments.has("url") && !arguments.has("pull-from") &&
      !arguments.has("machine-id") && !arguments.has("allow") && !arguments.has("disallow")) {
    return Error(Code::usage, "nothing to set was named").hinted("see `sous help cluster set`");
  }
  return edit(session, app::set_cluster);
}

Result<Answer> run_remove(Session& session) {
  return edit(
      session,
      [](app::Node& node, const ClusterName& name, const app::ClusterChange&, const Call& call) {
        return app::remove_cluster(node, name, call);
      });
}

std::vector<FlagSpec> definition_flags() {
  return {{.name = "kind", .value = "KIND", .help = "podman or singularity"},
          {.name = "url",
           .value = "ADDRESS",
           .help = "unix:///SOCKET of podman, or the scheduler's URL"},
          {.name = "pull-from",
           .value = "HOST",
           .help = "the registry that images are pulled from there"},
          {.name = "machine-id", .value = "ID", .help = "podman: the machine it is, else this one"},
          {.name = "allow",
           .value = "ADVISORY",
           .help = "an advisory that images may carry there",
           .repeatable = true}};
}

WordSpec name_word() { return {.name = "NAME", .help = "the cluster", .required = true}; }

}  // namespace

CommandSpec cluster_list_command() {
  CommandSpec out = query_clusters_command();
  out.path = "cluster list";
  return out;
}

CommandSpec cluster_add_command() {
  return {.path = "cluster add",
          .summary = "Define a cluster",
          .description =
              "Defines a cluster in the GDM, so that manifests can have entries for it. A podman\n"
              "cluster is the podman of one machine: this one, unless -machine-id says otherwise.",
          .words = {name_word()},
          .flags = definition_flags(),
          .examples = {{"sous cluster add left -url unix:///run/user/1000/podman/podman.sock",
                        "this machine's podman"}},
          .run = run_add};
}

CommandSpec cluster_set_command() {
  return {
      .path = "cluster set",
      .summary = "Change the definition of a cluster",
      .description =
          "Changes what the flags name in the definition of a cluster; all else stays as it is,\n"
          "comments included. An empty value removes -pull-from and -machine-id.",
      .words = {name_word()},
      .flags = definition_flags() + FlagSpec{.name = "disallow",
                                             .value = "ADVISORY",
                                             .help = "an advisory to allow no more",
                                             .repeatable = true},
      .examples = {{"sous cluster set left -allow 'dirty workspace'", "allow one more advisory"}},
      .run = run_set};
}

CommandSpec cluster_remove_command() {
  return {.path = "cluster remove",
          .summary = "Remove the definition of a cluster",
          .description =
              "Removes a cluster from the GDM. Refused (3) while manifests have entries for it or\n"
              "something given runs there.",
          .words = {name_word()},
          .flags = {},
          .examples = {},
          .run = run_remove};
}

}  // namespace sous::cli
