// What `rectify -watch` costs while nothing changes: 1,000 deployments on fakes. The counter
// `core_share` is one look's time over the interval between two looks; the bar is 0.01.
//   build/bench/watch_bench
#include <cstdlib>
#include <functional>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "app/watch.h"
#include "codec/given_record.h"
#include "codec/manifest_record.h"
#include "codec/record_paths.h"
#include "engine/expand.h"
#include "sim/sim_node.h"
#include "support/samples.h"

namespace sous {
namespace {

constexpr int kDeployments = 1'000;
constexpr int kLooks = 20;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

// One node and its cluster, with everything given and running as given. In a simulation's run waits
// jump to their end, so that looks follow each other at once.
class Steady {
 public:
  Steady() {
    run([&] { fill(); });
  }

  void run(const std::function<void()>& body) { require(sim_.run(body).has_value()); }

  app::Node& node() { return here_.node(); }

  std::uint64_t changes() { return world_.cluster.changes(); }

 private:
  void fill() {
    const auto first = app::ensure_gdm(here_.node(), {});
    require(first.has_value());
    const Gdm& gdm = first->gdm;
    const ClusterDefinition& cluster = gdm.definitions.clusters.begin()->second;
    app::GdmEdit edit{.records = {}, .message = "Fill"};
    for (int i = 0; i < kDeployments; ++i) {
      Manifest manifest{
          .id = support::manifest_id(fmt::format("github.com/organisation/service-{:04}", i))};
      DeploySpec spec;
      spec.version = support::version("1.2.3");
      spec.resources = {{"cpus", "0.5"}, {"memory", "512"}, {"ports", "1"}};
      spec.env = {{"LOG_LEVEL", "info"}};
      manifest.deployments.emplace(cluster.name, spec);
      const Deployment deployment = engine::expand(manifest, spec, cluster);
      GivenRecord given{.deployment = deployment.id, .entries = {}};
      given.give({.generation = 1,
                  .version = spec.version,
                  .revision = support::rev(1),
                  .image = support::image(manifest.id.str()),
                  .own_fingerprint = deployment.own_fingerprint,
                  .effective_fingerprint = deployment.effective_fingerprint,
                  .given = support::deed(),
                  .outcome = Outcome::succeeded,
                  .outcome_reason = {}});
      edit.records[codec::manifest_path(manifest.id)] = codec::encode_manifest(manifest);
      edit.records[codec::given_path(deployment.id)] = codec::encode_given(given);
      require(world_.cluster
                  .apply({.gdm_id = gdm.id,
                          .generation = 1,
                          .deployment = deployment,
                          .image = given.current().image,
                          .revision = support::rev(1)},
                         {})
                  .has_value());
    }
    const auto filled = app::edit_gdm(here_.node(),
                                      [&](const app::GdmState& now) -> Result<app::GdmEdit> {
                                        return now.gdm.manifests.empty() ? edit : app::GdmEdit{};
                                      },
                                      {});
    require(filled.has_value());
  }

  support::Simulation sim_{1};
  sim::World world_{sim_};
  sim::SimNode here_{world_, "here", Duration{0}};
};

void idle_watch_1000(benchmark::State& state) {
  Steady steady;
  const app::WatchRequest request{};
  const std::uint64_t changes = steady.changes();
  for (auto _ : state) {
    steady.run([&] {
      const Call call{Deadline::at(steady.node().clock.now() + kLooks * request.interval), {}};
      require(app::watch(steady.node(), request, {}, call).has_value());
    });
  }
  if (steady.changes() != changes) {
    state.SkipWithError("it was not idle");
  }
  const double seconds = std::chrono::duration<double>(request.interval).count();
  state.counters["core_share"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kLooks * seconds,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

BENCHMARK(idle_watch_1000)->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sous
