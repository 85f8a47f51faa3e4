// Look-ups in an index of 100,000 artifacts, and opening it.

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "adapters/files_posix/file_system.h"
#include "adapters/index_sqlite/sqlite_index.h"
#include "adapters/system_posix/clock.h"
#include "support/index_facts.h"

namespace sous {
namespace {

constexpr int kServices = 1000;
constexpr int kVersions = 100;

class NoEvents final : public EventSink {
 public:
  void emit(const Event& /*event*/) override {}
};

// The index, made once for all benchmarks of a run.
class Filled {
 public:
  Filled() : directory_(files_.make_temporary("sous-index-bench").value()) {
    index_ = open();
    const Evidence evidence{.repository = {.host = "registry.example.com", .path = "p"},
                            .request = "GET",
                            .seen_at = {}};
    for (int service = 0; service < kServices; ++service) {
      std::vector<ImageFacts> facts;
      for (int version = 0; version < kVersions; ++version) {
        facts.push_back(support::sous_facts(
            source(service, version), std::to_string(service) + "." + std::to_string(version)));
      }
      if (!index_->put_facts(facts, evidence)) {
        std::abort();
      }
    }
  }

  ~Filled() { (void)files_.remove_tree(directory_); }

  Filled(const Filled&) = delete;
  Filled& operator=(const Filled&) = delete;

  std::unique_ptr<index_sqlite::SqliteIndex> open() {
    return index_sqlite::SqliteIndex::open(directory_, {files_, clock_, events_}).value();
  }

  index_sqlite::SqliteIndex& index() { return *index_; }

  static std::string source(int service, int version) {
    return "github.com/example/service" + std::to_string(service) + ",1." +
           std::to_string(version) + ".0";
  }

 private:
  system_posix::SystemClock clock_;
  files_posix::PosixFileSystem files_{clock_, std::filesystem::temp_directory_path().string()};
  NoEvents events_;
  std::string directory_;
  std::unique_ptr<index_sqlite::SqliteIndex> index_;
};

Filled& filled() {
  static Filled one;
  return one;
}

void find_by_source_id(benchmark::State& state) {
  auto& index = filled().index();
  std::vector<SourceId> ids;
  for (int i = 0; i < 4096; ++i) {
    ids.push_back(SourceId::parse(Filled::source(i * 7 % kServices, i * 13 % kVersions)).value());
  }
  std::size_t next = 0;
  for (auto _ : state) {
    const auto& id = ids[next++ % ids.size()];
    const auto found = index.find(id.location, id.version);
    if (found->size() != 1) {
      state.SkipWithError("not found");
    }
  }
}

void find_by_digest(benchmark::State& state) {
  auto& index = filled().index();
  const auto digest = support::sous_facts(Filled::source(5, 5), "5.5").digest;
  for (auto _ : state) {
    benchmark::DoNotOptimize(index.find(digest));
  }
}

void find_by_location(benchmark::State& state) {
  auto& index = filled().index();
  const auto location = SourceLocation::parse("github.com/example/service5").value();
  for (auto _ : state) {
    benchmark::DoNotOptimize(index.find(location, {}));
  }
}

void open_index(benchmark::State& state) {
  auto& all = filled();
  for (auto _ : state) {
    benchmark::DoNotOptimize(all.open());
  }
}

BENCHMARK(find_by_source_id)->Unit(benchmark::kMicrosecond);
BENCHMARK(find_by_digest)->Unit(benchmark::kMicrosecond);
BENCHMARK(find_by_location)->Unit(benchmark::kMicrosecond);
BENCHMARK(open_index)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace sous
