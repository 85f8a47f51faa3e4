#include "app/observe.h"

#include <optional>
#include <utility>

#include "app/parallel.h"

namespace sous::app {
namespace {

constexpr std::size_t kClustersAtOnce = 16;

Result<Observation> observe_one(Node& node, const ClusterDefinition& cluster, const Call& call) {
  Scheduler* scheduler = SOUS_TRY(node.schedulers.scheduler(cluster));
  auto observation = SOUS_TRY(scheduler->observe(call));
  observation.cluster = cluster.name;
  return observation;
}

}  // namespace

Observed observe(Node& node,
                 const Definitions& definitions,
                 const std::set<ClusterName>& only,
                 const Call& call) {
  std::vector<const ClusterDefinition*> clusters;
  for (const auto& [name, cluster] : definitions.clusters) {
    if (only.empty() || only.contains(name)) {
      clusters.push_back(&cluster);
    }
  }
  std::vector<std::optional<Result<Observation>>> answers(clusters.size());
  for_each_parallel(
      node.executor,
      "observe",
      clusters.size(),
      kClustersAtOnce,
      call,
      [&](std::size_t i, const Call& each) { answers[i] = observe_one(node, *clusters[i], each); });
  Observed out;
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    if (*answers[i]) {
      out.ads.push_back(std::move(**answers[i]));
    } else {
      out.silent.push_back(
          {clusters[i]->name,
           std::move(answers[i]->error()).with("observing cluster " + clusters[i]->name.str())});
    }
  }
  return out;
}

}  // namespace sous::app
