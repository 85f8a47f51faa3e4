// The engine's two hot paths: a choice among very many candidates, and the plan of a big GDM.
//   build/bench/engine_bench
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "engine/choice.h"
#include "engine/plan.h"
#include "support/samples.h"

namespace sous::engine {
namespace {

constexpr std::size_t kCandidates = 10'000;
constexpr std::size_t kManifests = 2'000;
constexpr std::size_t kClusters = 50;  // in all 100,000 deployments

Advisories some_advisories(std::size_t i) {
  Advisories out{KnownAdvisory::rebuilt};
  if (i % 3 == 0) {
    out.add(KnownAdvisory::dirty_workspace);
  }
  if (i % 7 == 0) {
    out.add(KnownAdvisory::ephemeral_tag);
  }
  return out;
}

void choose_among_found(benchmark::State& state) {
  std::vector<Artifact> found;
  for (std::size_t i = 0; i < kCandidates; ++i) {
    found.push_back(support::artifact(fmt::format("image {}", i),
                                      static_cast<std::uint32_t>(i % 50),
                                      some_advisories(i),
                                      support::at(static_cast<std::int64_t>(i))));
  }
  const ChoiceQuestion question{
      .source = support::project(), .wanted_revision = {}, .file = nullptr, .found = found};
  for (auto _ : state) {
    benchmark::DoNotOptimize(choose(question));
  }
}

void choose_among_registered(benchmark::State& state) {
  LockFile file = support::lock_file();
  for (std::size_t i = 0; i < kCandidates; ++i) {
    file.registrations.push_back(support::registration(
        fmt::format("image {}", i), static_cast<std::uint32_t>(i % 50), some_advisories(i)));
  }
  const ChoiceQuestion question{
      .source = support::project(), .wanted_revision = {}, .file = &file, .found = {}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(choose(question));
  }
}

// Everything was given and runs as given, but every hundredth deployment runs another image.
struct BigWorld {
  Gdm gdm;
  Expansion expansion;
  Ads ads;
};

Gdm big_gdm() {
  Gdm out;
  out.revision = std::string(40, 'a');
  out.id = "2b9c3a54-7b64-4a86-9f5e-0c86d1d2a111";
  for (std::size_t c = 0; c < kClusters; ++c) {
    ClusterDefinition definition{.name = support::cluster(fmt::format("cluster-{:02}", c))};
    definition.env = {{"REGION", fmt::format("region-{}", c)}};
    definition.startup.check_ready_uri_path = "/health";
    out.definitions.clusters.emplace(definition.name, std::move(definition));
  }
  for (std::size_t m = 0; m < kManifests; ++m) {
    Manifest manifest{
        .id = support::manifest_id(fmt::format("github.com/organisation/service-{:04}", m))};
    for (const auto& [name, definition] : out.definitions.clusters) {
      DeploySpec spec;
      spec.version = support::version("1.2.3");
      spec.num_instances = 3;
      spec.resources = {{"cpus", "0.5"}, {"memory", "512"}, {"ports", "1"}};
      spec.env = {{"LOG_LEVEL", "info"}, {"FEATURES", "a,b,c"}};
      manifest.deployments.emplace(name, std::move(spec));
    }
    out.manifests.emplace(manifest.id, std::move(manifest));
  }
  return out;
}

BigWorld big_world() {
  BigWorld out{.gdm = big_gdm(), .expansion = {}, .ads = {}};
  out.expansion = expand(out.gdm);
  std::map<ClusterName, Observation> observed;
  std::size_t i = 0;
  for (const Deployment& deployment : out.expansion.deployments) {
    const auto image = support::image(deployment.id.manifest.str());
    GivenRecord record{.deployment = deployment.id, .entries = {}};
    record.give({.generation = 1,
                 .version = deployment.spec.version,
                 .revision = support::rev(1),
                 .image = image,
                 .own_fingerprint = deployment.own_fingerprint,
                 .effective_fingerprint = deployment.effective_fingerprint,
                 .given = support::deed(),
                 .outcome = Outcome::succeeded,
                 .outcome_reason = {}});
    out.gdm.given.emplace(deployment.id, std::move(record));
    auto& seen = observed[deployment.id.cluster];
    seen.cluster = deployment.id.cluster;
    const auto runs = i++ % 100 == 0 ? support::image("an older one") : image;
    seen.deployments.push_back({.id = deployment.id,
                                .gdm_id = out.gdm.id,
                                .generation = 1,
                                .scheduler_id = fmt::format("sous-{:012x}-1", i),
                                .source = deployment.source(),
                                .asked = runs,
                                .running = runs.digest,
                                .effective_fingerprint = deployment.effective_fingerprint,
                                .health = Health::healthy,
                                .instances = 3});
  }
  for (auto& [name, observation] : observed) {
    out.ads.push_back(std::move(observation));
  }
  return out;
}

const BigWorld& world() {
  static const BigWorld kWorld = big_world();
  return kWorld;
}

void plan_100000(benchmark::State& state) {
  for (auto _ : state) {
    const auto out =
        plan(world().gdm, world().expansion, world().ads, {}, {.confirmed = 1'000}, support::at(0));
    if (out.counts().at(ActionKind::replace_image) != kManifests * kClusters / 100) {
      state.SkipWithError("the plan is wrong");
    }
  }
}

void expand_100000(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(expand(world().gdm));
  }
}

BENCHMARK(choose_among_found)->Unit(benchmark::kMicrosecond);
BENCHMARK(choose_among_registered)->Unit(benchmark::kMicrosecond);
BENCHMARK(plan_100000)->Unit(benchmark::kMillisecond);
BENCHMARK(expand_100000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sous::engine
