// A choice among very many candidates.
//   build/bench/engine_bench
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "engine/choice.h"
#include "support/samples.h"

namespace sous::engine {
namespace {

constexpr std::size_t kCandidates = 10'000;

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

BENCHMARK(choose_among_found)->Unit(benchmark::kMicrosecond);
BENCHMARK(choose_among_registered)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace sous::engine
