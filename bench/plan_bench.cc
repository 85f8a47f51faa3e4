// The plan of a big GDM: 100,000 deployments (2,000 manifests in 50 clusters, each entry with three
// resources, six variables, a volume and a start-up block, as tests/support/gdm_generator.h), of
// which one in a hundred runs another image. Both snapshots are in memory before the clock starts.
// The bars: 60 ms of one thread's CPU time, 200 MiB of heap with both snapshots.
//   build/bench/bench/plan_bench
#include <malloc.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "engine/plan.h"
#include "support/samples.h"

namespace sous::engine {
namespace {

constexpr std::size_t kManifests = 2'000;
constexpr std::size_t kClusters = 50;
constexpr std::size_t kDeployments = kManifests * kClusters;
constexpr std::size_t kChangedOneIn = 100;

double heap_mib() {
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd) / (1 << 20);
}

DeploySpec spec_of(std::size_t manifest, const ClusterName& cluster) {
  DeploySpec out;
  out.version = support::version(fmt::format("1.{}.0", manifest % 50));
  out.num_instances = 3;
  out.resources = {{"cpus", "0.5"}, {"memory", "512"}, {"ports", "1"}};
  out.env = {{"SERVICE_NAME", fmt::format("service{}", manifest)},
             {"LOG_LEVEL", "info"},
             {"DATABASE_URL", fmt::format("postgres://db.example.com/service{}", manifest)},
             {"CACHE_SIZE", "1024"},
             {"FEATURE_FLAGS", "one,two,three"},
             {"REGION", cluster.str()}};
  out.volumes = {{.host = fmt::format("/var/data/service{}", manifest),
                  .container = "/data",
                  .mode = Volume::Mode::read_only}};
  out.startup.connect_delay = 10;
  out.startup.timeout = 60;
  out.startup.connect_interval = 1;
  out.startup.check_ready_protocol = "HTTP";
  out.startup.check_ready_uri_path = "/health";
  out.startup.check_ready_uri_timeout = 5;
  out.startup.check_ready_interval = 1;
  out.startup.check_ready_retries = 120;
  return out;
}

std::string manifest_text(std::size_t manifest) {
  return fmt::format("github.com/team{}/service{:04}", manifest % 100, manifest);
}

Gdm big_gdm() {
  Gdm out;
  out.revision = std::string(40, 'a');
  out.id = "2b9c3a54-7b64-4a86-9f5e-0c86d1d2a111";
  for (std::size_t c = 0; c < kClusters; ++c) {
    ClusterDefinition definition{.name = support::cluster(fmt::format("cluster-{:02}", c))};
    definition.env = {{"DATACENTER", fmt::format("dc-{}", c)}};
    out.definitions.clusters.emplace(definition.name, std::move(definition));
  }
  for (std::size_t m = 0; m < kManifests; ++m) {
    Manifest manifest{.id = support::manifest_id(manifest_text(m))};
    manifest.owners = {fmt::format("team{}@example.com", m % 100)};
    for (const auto& [name, definition] : out.definitions.clusters) {
      manifest.deployments.emplace(name, spec_of(m, name));
    }
    out.manifests.emplace(manifest.id, std::move(manifest));
  }
  return out;
}

ImageByDigest image_of(const ExpandedEntry& entry, const std::string& build = "") {
  const std::string name = entry.manifest->id.str();
  return {support::repository("registry.example/" + name), support::digest(name + build)};
}

/// As records and schedulers tell it: a text of its own.
DeploymentId read_id(const ExpandedEntry& entry) {
  return DeploymentId::parse(entry.id().str()).value();
}

GivenRecord given_of(const ExpandedEntry& entry) {
  GivenRecord out{.deployment = read_id(entry), .entries = {}};
  out.give({.generation = 1,
            .version = entry.spec->version,
            .revision = support::rev(1),
            .image = image_of(entry),
            .own_fingerprint = entry.own_fingerprint,
            .effective_fingerprint = entry.effective_fingerprint,
            .given = support::deed(),
            .outcome = Outcome::pending,
            .outcome_reason = {}});
  out.conclude(1, Outcome::succeeded, "");
  return out;
}

ObservedDeployment seen_of(const ExpandedEntry& entry, const GdmId& gdm, std::size_t number) {
  const auto runs = image_of(entry, number % kChangedOneIn == 0 ? " before" : "");
  const auto id = read_id(entry);
  return {.id = id,
          .gdm_id = gdm,
          .generation = 1,
          .scheduler_id = fmt::format("sous-{:012x}-1", number),
          .source = SourceId{id.manifest.source(), entry.spec->version},
          .revision = support::rev(1),
          .asked = runs,
          .running = runs.digest,
          .effective_fingerprint = entry.effective_fingerprint,
          .health = Health::healthy,
          .instances = 3};
}

struct BigWorld {
  Gdm gdm = big_gdm();
  Expansion expansion = expand(gdm);
  Ads ads;

  BigWorld() {
    std::map<ClusterName, Observation> observed;
    std::size_t number = 0;
    for (const ExpandedEntry& entry : expansion.deployments) {
      auto& seen = observed[entry.cluster->name];
      seen.cluster = entry.cluster->name;
      seen.deployments.reserve(kManifests);
      seen.deployments.push_back(seen_of(entry, gdm.id, number++));
      GivenRecord given = given_of(entry);
      const DeploymentId id = given.deployment;
      gdm.given.emplace(id, std::move(given));
    }
    for (auto& [name, observation] : observed) {
      ads.push_back(std::move(observation));
    }
  }
};

struct Measured {
  double before = heap_mib();
  BigWorld world;
  double snapshots = heap_mib() - before;
};

const Measured& measured() {
  static const Measured kMeasured;
  return kMeasured;
}

// What is timed is the diff and the plan; taking the answer apart again is not.
void plan_100000(benchmark::State& state) {
  const BigWorld& world = measured().world;
  double most = 0;
  for (auto _ : state) {
    auto out =
        plan(world.gdm, world.expansion, world.ads, {}, {.confirmed = 1'000}, support::at(0));
    benchmark::DoNotOptimize(out);
    state.PauseTiming();
    if (out.counts().at(ActionKind::replace_image) != kDeployments / kChangedOneIn) {
      state.SkipWithError("the plan is wrong");
    }
    most = std::max(most, heap_mib() - measured().before);
    out = {};
    state.ResumeTiming();
  }
  state.counters["snapshots_MiB"] = measured().snapshots;
  state.counters["with_plan_MiB"] = most;
}

void expand_100000(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(expand(measured().world.gdm));
  }
}

BENCHMARK(plan_100000)->Unit(benchmark::kMillisecond);
BENCHMARK(expand_100000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sous::engine
