#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "contract/singularity_world.h"
#include "engine/rectifier.h"

namespace sous::contract {

/// How a rectification of one deployment ended.
struct Ending {
  OperationState state = OperationState::queued;
  std::string reason;
  std::optional<ObservedDeployment> last_seen;
};

/// Sous's own state machine on the adapter and the simulator, all in one virtual time.
class SingularityBehaviour : public testing::Test {
 protected:
  using Sim = singularity_sim::Simulator;

  explicit SingularityBehaviour(singularity_sim::Settings settings = {})
      : world_(std::move(settings)) {}

  /// At the present time.
  Sim& sim() {
    world_.sim().advance_to(world_.clock().wall());
    return world_.sim();
  }

  Scheduler& scheduler() { return world_.scheduler(); }

  DeployOrder order(std::uint64_t generation,
                    ImageKind kind = ImageKind::good,
                    std::uint32_t instances = 1) {
    return order_of(world_.image(kind), generation, instances);
  }

  Ending rectify(const DeployOrder& order) {
    using Machine = engine::Rectification;
    Machine machine({.generation = order.generation,
                     .digest = order.image.digest,
                     .health_limit = engine::health_limit(order.deployment.spec.startup) +
                                     std::chrono::seconds(150)});
    const DeploymentId& id = order.deployment.id;
    auto next = machine.start();
    std::uint64_t random = 1;
    while (!std::holds_alternative<Machine::End>(next)) {
      random = random * 6364136223846793005ULL + 1442695040888963407ULL;
      std::visit(
          [&](const auto& step) {
            if constexpr (requires { step.after; }) {
              world_.clock().advance(step.after);
            }
          },
          next);
      const MonoTime now = world_.clock().now();
      if (std::holds_alternative<Machine::Apply>(next)) {
        next = machine.applied(scheduler().apply(order, call_), now, random);
      } else if (std::holds_alternative<Machine::Look>(next)) {
        next = machine.looked(
            scheduler().look(id, order.gdm_id, order.generation, call_), now, random);
      } else {
        next = machine.settled(scheduler().settle(id,
                                                  order.gdm_id,
                                                  order.generation,
                                                  std::get<Machine::Settle>(next).succeeded,
                                                  call_),
                               random);
      }
    }
    return {machine.state(), machine.reason(), machine.last_seen()};
  }

  void expect_succeeds(const DeployOrder& order) {
    const Ending ending = rectify(order);
    EXPECT_EQ(operation_state_text(ending.state), "succeeded") << ending.reason;
  }

  std::vector<ObservedDeployment> observed() {
    auto seen = scheduler().observe(call_);
    EXPECT_TRUE(seen) << seen.error().text();
    return seen ? std::move(seen->deployments) : std::vector<ObservedDeployment>{};
  }

  /// The generations that were ever deployed, in their order; one twice when it was deployed twice.
  std::vector<std::string> deployed() {
    std::vector<std::string> out;
    sim().with_state([&](singularity_sim::State& state) {
      for (const auto& [request, ids] : state.deploys_of) {
        for (const auto& id : ids) {
          const auto& body = state.deploy(request, id)->body;
          const auto* metadata = body.if_contains("metadata");
          const auto* generation =
              metadata != nullptr && metadata->is_object()
                  ? metadata->get_object().if_contains("com.opentable.sous.generation")
                  : nullptr;
          out.emplace_back(generation != nullptr ? std::string(generation->get_string()) : id);
        }
      }
    });
    std::ranges::sort(out);
    return out;
  }

  /// The only request there is.
  void with_request(const std::function<void(singularity_sim::Request&)>& change) {
    sim().with_state([&](singularity_sim::State& state) {
      ASSERT_EQ(state.requests.size(), 1U);
      change(state.requests.begin()->second);
    });
  }

  std::string request_state() {
    std::string out;
    with_request([&](singularity_sim::Request& request) { out = request.state; });
    return out;
  }

  std::size_t calls_of(const std::string& line) {
    const auto calls = sim().calls();
    return static_cast<std::size_t>(std::ranges::count_if(
        calls, [&](const std::string& call) { return call.starts_with(line); }));
  }

  /// One call of somebody else.
  int foreign_call(const std::string& method,
                   const std::string& path,
                   const std::string& body = "") {
    return sim()
        .answer({.method = method,
                 .target = "/singularity/api" + path,
                 .headers = {{"Content-Type", "application/json"}},
                 .body = body})
        .status;
  }

  SingularityWorld world_;
  Call call_;
};

}  // namespace sous::contract
