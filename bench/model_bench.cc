// Reading and ordering identities. Bars: source ID 300 ns, image reference 200 ns, sorting 100,000
// versions 60 ms. The floor of each reading is one copy of the text it reads.
#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/digest.h"
#include "model/image_name.h"
#include "model/image_ref.h"
#include "model/source_id.h"

namespace sous {
namespace {

constexpr std::string_view kSourceId = "github.com/opentable/sous,1.22.333-rc.4,services/api";
constexpr std::string_view kImageRef =
    "registry.example.com:5000/github.com/opentable/sous:1.22.333";
constexpr std::string_view kImageByDigest =
    "registry.example.com/github.com/opentable/sous@sha256:"
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

void copy_text(benchmark::State& state) {
  for (auto _ : state) {
    std::string copy{kSourceId};
    benchmark::DoNotOptimize(copy);
  }
}

BENCHMARK(copy_text);

template <typename Id>
void parse(benchmark::State& state, std::string_view text) {
  for (auto _ : state) {
    auto id = Id::parse(text);
    benchmark::DoNotOptimize(id);
  }
}

// BENCHMARK_CAPTURE takes no template.
constexpr auto& parse_source_id = parse<SourceId>;
constexpr auto& parse_image_ref = parse<ImageRef>;
constexpr auto& parse_image_by_digest = parse<ImageByDigest>;
constexpr auto& parse_version = parse<Version>;

BENCHMARK_CAPTURE(parse_source_id, ascii, kSourceId);
BENCHMARK_CAPTURE(parse_source_id, unicode, "github.com/opent\u00E4ble/sous,1.2.3");
BENCHMARK_CAPTURE(parse_image_ref, tag, kImageRef);
BENCHMARK_CAPTURE(parse_image_by_digest, sha256, kImageByDigest);
BENCHMARK_CAPTURE(parse_version, prerelease, "1.22.333-rc.4");

void name_image(benchmark::State& state, std::string_view text) {
  const RegistryBase registry = RegistryBase::parse("registry.example.com").value();
  const SourceLocation location = SourceLocation::parse(text).value();
  for (auto _ : state) {
    auto name = image_repository(registry, location, "");
    benchmark::DoNotOptimize(name);
  }
}

BENCHMARK_CAPTURE(name_image, plain, "github.com/opentable/sous,services/api");
BENCHMARK_CAPTURE(name_image, hashed, "github.com/OpenTable/sous,services/api");

void digest_64_bytes(benchmark::State& state) {
  const std::string bytes(64, 'x');
  for (auto _ : state) {
    auto digest = Digest::sha256_of(bytes);
    benchmark::DoNotOptimize(digest);
  }
}

BENCHMARK(digest_64_bytes);

void sort_versions(benchmark::State& state) {
  constexpr int kCount = 100'000;
  std::mt19937 random(1);  // the same versions in every run
  std::vector<Version> shuffled;
  for (int i = 0; i < kCount; ++i) {
    const std::uint32_t draw = random();
    shuffled.emplace_back(draw % 5,
                          draw / 5 % 50,
                          draw / 250 % 100,
                          draw % 3 == 0 ? "rc." + std::to_string(draw / 25'000 % 20) : "");
  }
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<Version> versions = shuffled;
    state.ResumeTiming();
    std::ranges::sort(versions);
    benchmark::DoNotOptimize(versions.data());
    state.PauseTiming();
    versions.clear();
    state.ResumeTiming();
  }
}

BENCHMARK(sort_versions)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sous
