#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "app/build.h"
#include "app/deploy.h"
#include "app/gdm_access.h"
#include "app/image_search.h"
#include "app/init.h"
#include "app/pending_builds.h"
#include "app/planner.h"
#include "sim_node.h"

namespace sous::sim {
namespace {

constexpr std::uint64_t kSeeds = 200;
constexpr double kLost = 0.04;
constexpr int kTries = 40;

/// A person who tries again, as the messages of transient failures advise.
template <typename Attempt>
auto persist(app::Node& node, Attempt attempt) {
  auto result = attempt();
  for (int i = 1; i < kTries && !result && is_transient(result.error().code()); ++i) {
    (void)node.clock.sleep(std::chrono::seconds(1), {});
    result = attempt();
  }
  return result;
}

app::BuildRequest build_request() {
  app::BuildRequest out;
  out.directory = kCheckout;
  return out;
}

app::DeployRequest deploy_request(const SourceLocation& location, const Version& version) {
  return {.manifest = ManifestId(location),
          .version = version,
          .clusters = {*ClusterName::parse("local")},
          .revision = {},
          .force = false,
          .release = false};
}

/// As the next commands do, until no build is kept for the GDM any more.
void finish(app::Node& node) {
  for (int i = 0; i < kTries; ++i) {
    const auto left = app::finish_pending_builds(node, {});
    if (std::ranges::none_of(left, [](const app::PendingOutcome& outcome) {
          return outcome.state == app::PendingOutcome::State::waiting;
        })) {
      return;
    }
    (void)node.clock.sleep(std::chrono::seconds(1), {});
  }
}

/// Builds and deploys one version; whoever is slower must end with the same image.
void build_and_deploy(SimNode& sim_node, const Version& version) {
  app::Node& node = sim_node.node();
  const auto built = persist(node, [&] { return app::build(node, build_request(), {}, {}); });
  ASSERT_TRUE(built) << built.error().text();
  finish(node);
  const auto deployed = persist(node, [&]() -> Result<std::vector<Operation>> {
    auto operations =
        app::deploy(node, deploy_request(built->main().source.location, version), {}, {});
    if (operations && std::ranges::any_of(*operations, [](const Operation& operation) {
          return operation.state == OperationState::unverified;
        })) {
      return Error(Code::unverified, "not seen through");
    }
    return operations;
  });
  // The other node may have deployed first: then this one is told so, and what runs is the same.
  ASSERT_TRUE(deployed || deployed.error().code() == Code::conflict) << deployed.error().text();
}

/// What must hold however the answers were lost.
void check_end(World& world, SimNode& any, const Version& version) {
  app::Node& node = any.node();
  const auto state = app::read_gdm(node, {});
  ASSERT_TRUE(state) << state.error().text();
  const Gdm& gdm = state->gdm;
  ASSERT_TRUE(gdm.broken.empty()) << gdm.broken.front().problems.front();
  ASSERT_EQ(gdm.locks.size(), 1U);
  const LockFile& file = gdm.locks.begin()->second;

  const Lock* lock = file.final_lock();
  ASSERT_NE(lock, nullptr) << "a clean build locks its version for good";
  EXPECT_EQ(file.locks.size(), 1U);
  const auto clean = std::ranges::count_if(
      file.registrations, [](const Registration& r) { return r.advisories.empty(); });
  EXPECT_EQ(clean, 1) << "one build is canonical, every other is a rebuild of it";
  for (const auto& registration : file.registrations) {
    if (registration.digest != lock->digest) {
      EXPECT_EQ(registration.rebuild_of, lock->digest);
    }
  }

  ASSERT_EQ(gdm.given.size(), 1U);
  const GivenRecord& given = gdm.given.begin()->second;
  EXPECT_EQ(given.current().image.digest, lock->digest);
  EXPECT_EQ(given.current().version, version);
  const auto observed = world.cluster.observe({});
  ASSERT_TRUE(observed);
  ASSERT_EQ(observed->deployments.size(), 1U);
  EXPECT_EQ(observed->deployments.front().running, lock->digest);
  EXPECT_EQ(observed->deployments.front().generation, given.current().generation);
}

void check_nothing_left(SimNode& sim_node) {
  const auto planned = app::make_plan(sim_node.node(), app::PlanScope{}, {});
  ASSERT_TRUE(planned) << planned.error().text();
  for (const Action& action : planned->plan.actions) {
    EXPECT_EQ(action.kind, ActionKind::nothing)
        << action.id.str() << ": " << action_text(action.kind) << ", " << action.reason;
  }
}

TEST(TwoNodes, RaceToBuildAndDeployOneVersionWhileAnswersAreLost) {
  support::for_each_seed(kSeeds, [](support::Simulation& sim) {
    World world(sim);
    SimNode left(world, "left", Duration{0});
    SimNode right(world, "right", std::chrono::hours(-3));  // a clock that is wrong must not matter
    const Version version(1, 0, 0);
    const auto location = *SourceLocation::parse("git.example.com/demo/hello");
    for (SimNode* each : {&left, &right}) {
      each->check_out("1.0.0", support::revision_number(1));
      each->builder().reproducible = false;
    }
    left.builder().content = "built on the left";
    right.builder().content = "built on the right";

    const Status ran = sim.run([&] {
      app::InitRequest init;
      init.directory = kCheckout;
      const auto made = app::init(left.node(), init, {});
      ASSERT_TRUE(made) << made.error().text();
      sim.lose_answers("gdm.", kLost);
      sim.lose_answers("registry.", kLost);
      sim.lose_answers("scheduler.", kLost);
      {
        const auto other = left.node().executor.start(
            "right", [&](std::stop_token) { build_and_deploy(right, version); });
        build_and_deploy(left, version);
        other->join();
      }
      sim.heal();
      // Whatever was left pending is seen through by a deploy of the same version.
      const auto again = app::deploy(left.node(), deploy_request(location, version), {}, {});
      ASSERT_TRUE(again) << again.error().text();
      check_end(world, right, version);
      check_nothing_left(left);
      check_nothing_left(right);
    });
    ASSERT_TRUE(ran) << ran.error().text();
  });
}

}  // namespace
}  // namespace sous::sim
