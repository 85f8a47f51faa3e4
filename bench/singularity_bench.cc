// What many changes cost at one Singularity whose answers take 20 ms: 1,000 services are given a
// next generation over real HTTP, by as many hands as Sous has. `ratio` is the wall time over
// calls x 20 ms / calls at once (the bar is 1.05, on a machine that is idle), `per_service` the
// calls of each without the lists of a polling period (at most 4).
//   build/bench/singularity_bench
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "adapters/http_curl/curl_http_client.h"
#include "adapters/scheduler_singularity/singularity_scheduler.h"
#include "adapters/system_posix/clock.h"
#include "adapters/system_posix/executor.h"
#include "adapters/system_posix/rng.h"
#include "app/rectify.h"
#include "engine/rectifier.h"
#include "support/fake_event_sink.h"
#include "support/memory_index.h"
#include "support/samples.h"
#include "support/singularity_sim/served.h"

namespace sous {
namespace {

constexpr int kServices = 1'000;
constexpr int kForeign = 4'000;
constexpr Duration kAnswer = std::chrono::milliseconds(20);
// Singularity's own passes of five seconds take a tenth of one here: they are not what is measured.
constexpr int kTimesAsFast = 50;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

DeployOrder order(int number, std::uint64_t generation) {
  DeployOrder out{
      .gdm_id = "0b5e2f6a-0000-4000-8000-000000000001",
      .generation = generation,
      .deployment = {.id = {support::manifest_id(fmt::format("github.com/team/service-{}", number)),
                            support::cluster("here")}},
      .image = support::image(fmt::format("{} {}", number, generation)),
      .revision = support::rev(1)};
  out.deployment.spec.version = support::version("1.2.3");
  out.deployment.spec.num_instances = 1;
  out.deployment.spec.resources = {{"cpus", "0.1"}, {"memory", "32"}, {"ports", "1"}};
  return out;
}

/// The adapter and a Singularity on loopback, with 1,000 services of ours.
class Cluster {
 public:
  Cluster() : scheduler_(adapter()) {
    rectify_all(1);
    require(scheduler_->observe({}).has_value());
  }

  singularity_sim::Served& served() { return served_; }

  std::unique_ptr<Scheduler> adapter() {
    return std::make_unique<scheduler_singularity::SingularityScheduler>(
        http_,
        clock_,
        index_,
        turns_,
        scheduler_singularity::SingularityOptions{.cluster = support::cluster("here"),
                                                  .base_url = served_.url()});
  }

  /// Gives every service this generation, and waits until all are healthy.
  void rectify_all(std::uint64_t generation) {
    std::atomic<int> next{0};
    std::atomic<int> done{0};
    std::vector<std::unique_ptr<Task>> hands;
    for (std::size_t i = 0; i < app::kDeploymentsAtOnce; ++i) {
      hands.push_back(executor_.start("rectify", [&](const std::stop_token&) {
        for (int number = next++; number < kServices; number = next++) {
          done += rectify(*scheduler_, order(number, generation)) ? 1 : 0;
        }
      }));
    }
    for (const auto& hand : hands) {
      hand->join();
    }
    require(done == kServices);
  }

 private:
  using Machine = engine::Rectification;

  bool rectify(Scheduler& scheduler, const DeployOrder& order) {
    Machine machine({.generation = order.generation,
                     .digest = order.image.digest,
                     .health_limit = std::chrono::minutes(10)});
    const DeploymentId& id = order.deployment.id;
    auto next = machine.start();
    while (!std::holds_alternative<Machine::End>(next)) {
      if (const auto* apply = std::get_if<Machine::Apply>(&next)) {
        require(clock_.sleep(apply->after, {}).has_value());
        next = machine.applied(scheduler.apply(order, {}), clock_.now(), rng_.next());
      } else if (const auto* look = std::get_if<Machine::Look>(&next)) {
        require(clock_.sleep(look->after, {}).has_value());
        next = machine.looked(
            scheduler.look(id, order.gdm_id, order.generation, {}), clock_.now(), rng_.next());
      } else {
        const bool succeeded = std::get<Machine::Settle>(next).succeeded;
        next = machine.settled(scheduler.settle(id, order.gdm_id, order.generation, succeeded, {}),
                               rng_.next());
      }
    }
    return machine.state() == OperationState::succeeded;
  }

  singularity_sim::Served served_{{}, kTimesAsFast};
  system_posix::SystemClock clock_;
  system_posix::SystemRng rng_;
  support::FakeEventSink events_;
  system_posix::ThreadExecutor executor_{events_};
  http_curl::CurlHttpClient http_{{}, clock_};
  support::MemoryIndex index_;
  scheduler_singularity::Turns turns_{executor_, clock_};
  std::unique_ptr<Scheduler> scheduler_;
};

void rectify_1000_changed(benchmark::State& state) {
  Cluster cluster;
  auto& simulator = cluster.served().simulator();
  cluster.served().answer_after(kAnswer);
  std::uint64_t generation = 1;
  double floor = 0;
  std::ptrdiff_t single = 0;
  system_posix::SystemClock clock;
  const MonoTime begin = clock.now();
  for (auto _ : state) {
    simulator.forget_calls();
    cluster.rectify_all(++generation);
    const auto calls = simulator.calls();
    single = std::ssize(calls) - std::ranges::count(calls, "GET /requests");
    floor += static_cast<double>(calls.size()) * std::chrono::duration<double>(kAnswer).count() /
             scheduler_singularity::Turns::Limits{}.at_once;
  }
  const double wall = std::chrono::duration<double>(clock.now() - begin).count();
  state.counters["per_service"] = static_cast<double>(single) / kServices;
  state.counters["ratio"] = wall / floor;
}

void observe_1000_of_5000(benchmark::State& state) {
  Cluster cluster;
  auto& simulator = cluster.served().simulator();
  for (int i = 0; i < kForeign; ++i) {
    const std::string id = fmt::format("theirs{}", i);
    for (const auto& [path, body] :
         {std::pair{std::string("/requests"),
                    R"({"id":")" + id + R"(","requestType":"WORKER","instances":1})"},
          std::pair{std::string("/deploys?user=kim"),
                    R"({"deploy":{"requestId":")" + id + R"(","id":"d","command":"x"}})"}}) {
      require(simulator
                  .answer({.method = "POST",
                           .target = "/singularity/api" + path,
                           .headers = {{"Content-Type", "application/json"}},
                           .body = body})
                  .status == 200);
    }
  }
  cluster.served().answer_after(kAnswer);
  for (auto _ : state) {
    const auto fresh = cluster.adapter();
    simulator.forget_calls();
    const auto seen = fresh->observe({});
    require(seen && seen->deployments.size() == kServices);
    state.counters["calls"] = static_cast<double>(simulator.calls().size());
  }
}

BENCHMARK(rectify_1000_changed)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);
BENCHMARK(observe_1000_of_5000)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);

}  // namespace
}  // namespace sous
