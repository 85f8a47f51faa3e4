#include "app/doctor.h"

#include <utility>

#include <fmt/format.h>

#include "app/gdm_access.h"
#include "app/kept_edit.h"
#include "app/observe.h"
#include "app/record_edits.h"

namespace sous::app {
namespace {

using State = Finding::State;

Finding good(std::string part, std::string text) {
  return {std::move(part), State::good, std::move(text), {}};
}

Finding flawed(std::string part, State state, const Error& error, const std::string& cure) {
  return {std::move(part), state, error.text(), error.hint().empty() ? cure : error.hint()};
}

Finding examine_git(Node& node, const std::string& directory, const Call& call) {
  const auto facts = node.sources.inspect(directory, call);
  if (facts) {
    return good("git", fmt::format("works; {} is a checkout", facts->root));
  }
  if (facts.error().code() == Code::not_found) {
    return good("git", fmt::format("works; {} is in no checkout", directory));
  }
  return flawed("git", State::bad, facts.error(), "install git");
}

Finding examine_engine(Node& node, const Call& call) {
  const std::string part = "engine " + node.builder.name();
  const auto answer = node.builder.probe(call);
  return answer ? good(part, "can build images")
                : flawed(part, State::bad, answer.error(), "install " + node.builder.name());
}

/// A registry answers even for a repository that does not exist.
Finding examine_registry(Node& node, bool configured, const Call& call) {
  if (!configured) {
    return {"registry",
            State::bad,
            "none is configured",
            "`sous config registry HOST` names the one that keeps your images"};
  }
  const RegistryBase& base = node.settings.registry;
  const ImageRepository probe{base.host,
                              base.prefix.empty() ? "sous-doctor" : base.prefix + "/sous-doctor"};
  const auto tags = node.registry.list_tags(probe, call);
  if (tags || tags.error().code() == Code::not_found) {
    return good("registry", fmt::format("{} answers", base.str()));
  }
  const Code code = tags.error().code();
  if (code == Code::unauthorized || code == Code::forbidden) {
    return flawed("registry",
                  State::doubtful,
                  tags.error(),
                  fmt::format("log in: `podman login {}`", base.host));
  }
  return flawed(
      "registry", State::bad, tags.error(), fmt::format("see to it that {} answers", base.host));
}

Finding describe_gdm(const GdmState& state) {
  if (!state.snapshot.stale.empty()) {
    return {"GDM",
            State::bad,
            "its remote does not answer: " + state.snapshot.stale,
            "see to it that `git fetch` works there"};
  }
  if (!state.gdm.broken.empty()) {
    const BrokenRecord& first = state.gdm.broken.front();
    return {"GDM",
            State::bad,
            fmt::format("{} of its records cannot be read; the first is {}",
                        state.gdm.broken.size(),
                        first.path),
            first.problems.empty() ? "correct it" : "correct it: " + first.problems.front()};
  }
  return good("GDM",
              fmt::format("{} manifests, {} clusters, revision {:.12}",
                          state.gdm.manifests.size(),
                          state.gdm.definitions.clusters.size(),
                          state.gdm.revision));
}

void examine_kept_edits(Node& node, std::vector<Finding>& out) {
  const auto kept = kept_edits(node);
  if (!kept) {
    out.push_back(flawed("edits", State::bad, kept.error(), "remove the file"));
    return;
  }
  if (kept->waiting > 0) {
    out.push_back({"edits",
                   State::doubtful,
                   fmt::format("{} of your edits wait for the GDM's remote", kept->waiting),
                   "any command writes them once the remote answers"});
  }
  if (kept->put_aside > 0) {
    out.push_back(
        {"edits",
         State::bad,
         fmt::format("{} of your edits were put aside, since others changed the same",
                     kept->put_aside),
         fmt::format("make them again, and remove the files in {}", aside_directory(node))});
  }
}

Finding examine_index(Node& node) {
  const auto scans = node.index.scans();
  return scans
             ? good("index", fmt::format("{} repositories were read so far", scans->size()))
             : flawed("index",
                      State::bad,
                      scans.error(),
                      "remove its directory (`sous config index`): losing it costs only requests");
}

void examine_restart(Node& node,
                     const ClusterDefinition& cluster,
                     const std::string& part,
                     std::vector<Finding>& out) {
  const auto scheduler = node.schedulers.scheduler(cluster);
  if (!scheduler) {
    return;
  }
  if (const Status comes_back = (*scheduler)->survives_restart(); !comes_back) {
    out.push_back(flawed(part, State::doubtful, comes_back.error(), ""));
  }
}

void examine_clusters(Node& node,
                      const Definitions& definitions,
                      const Call& call,
                      std::vector<Finding>& out) {
  const auto observed = observe(node, definitions, {}, call);
  for (const auto& seen : observed.ads) {
    const std::string part = "cluster " + seen.cluster.str();
    if (seen.completeness.is_complete()) {
      out.push_back(good(part, fmt::format("answers; {} deployments", seen.deployments.size())));
      examine_restart(node, definitions.clusters.at(seen.cluster), part, out);
    } else {
      out.push_back({part,
                     State::doubtful,
                     "answers only in part: " + seen.completeness.reason(),
                     "look at the cluster"});
    }
  }
  for (const auto& silent : observed.silent) {
    out.push_back(flawed("cluster " + silent.name.str(),
                         State::bad,
                         silent.error,
                         "see to it that the cluster answers"));
  }
}

}  // namespace

std::vector<Finding> examine(Node& node,
                             const std::string& directory,
                             bool has_registry,
                             const Call& call) {
  std::vector<Finding> out;
  out.push_back(examine_git(node, directory, call));
  out.push_back(examine_engine(node, call));
  out.push_back(examine_registry(node, has_registry, call));
  out.push_back(examine_index(node));
  examine_kept_edits(node, out);
  const auto state = read_gdm(node, call);
  if (state) {
    out.push_back(describe_gdm(*state));
    examine_clusters(node, state->gdm.definitions, call, out);
  } else if (state.error().code() == Code::not_found) {
    out.push_back({"GDM", State::doubtful, state.error().text(), state.error().hint()});
  } else {
    out.push_back(flawed("GDM", State::bad, state.error(), "`sous config gdm` shows where it is"));
  }
  return out;
}

}  // namespace sous::app
