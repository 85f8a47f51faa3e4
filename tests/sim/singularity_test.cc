// The code as shipped over Singularities, in virtual time: none delays another, all are treated
// with care, and what a registry does says nothing of what runs.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/scheduler_singularity/singularity_scheduler.h"
#include "app/gdm_access.h"
#include "app/queries.h"
#include "app/rectify.h"
#include "codec/definitions_record.h"
#include "codec/given_record.h"
#include "codec/manifest_record.h"
#include "codec/record_paths.h"
#include "engine/expand.h"
#include "sim_node.h"
#include "support/fake_http_client.h"
#include "support/samples.h"
#include "support/singularity_sim/simulator.h"

namespace sous::sim {
namespace {

using scheduler_singularity::SingularityScheduler;
using scheduler_singularity::Turns;
using support::ScriptedAnswer;
using Names = std::vector<std::string>;

/// A Singularity of its own for a cluster, which takes 20 ms for each answer.
class Server {
 public:
  Server(support::Simulation& sim,
         HttpClient& http,
         ArtifactIndex& index,
         const std::string& cluster)
      : sim_(sim),
        simulator_({}, now()),
        turns_(sim.executor(), sim.clock()),
        scheduler_(http,
                   sim.clock(),
                   index,
                   turns_,
                   {.cluster = support::cluster(cluster),
                    .base_url = "http://" + cluster + "/singularity"}) {}

  ScriptedAnswer answer(const support::SeenRequest& request) {
    simulator_.advance_to(sim_.clock().wall());
    ScriptedAnswer out = instead ? *instead : simulator_.answer(request);
    out.delay = std::chrono::milliseconds(20);
    return out;
  }

  SingularityScheduler& scheduler() { return scheduler_; }

  singularity_sim::Simulator& simulator() { return simulator_; }

  /// In place of every answer of its own.
  std::optional<ScriptedAnswer> instead;
  std::uint32_t busy = 0;
  std::uint32_t most_busy = 0;

 private:
  singularity_sim::Millis now() {
    return std::chrono::floor<std::chrono::milliseconds>(sim_.clock().wall())
        .time_since_epoch()
        .count();
  }

  support::Simulation& sim_;
  singularity_sim::Simulator simulator_;
  Turns turns_;
  SingularityScheduler scheduler_;
};

/// A node whose clusters are Singularities.
class Fleet final : public SchedulerDirectory, public HttpClient {
 public:
  explicit Fleet(support::Simulation& sim) : sim_(sim) {}

  void start(const Names& clusters) {
    Definitions definitions;
    for (const auto& name : clusters) {
      auto server = std::make_unique<Server>(sim_, *this, node_.index, name);
      http_.serve("http://" + name, [&server = *server](const support::SeenRequest& request) {
        return server.answer(request);
      });
      servers_.emplace(name, std::move(server));
      definitions.clusters[support::cluster(name)] = {.name = support::cluster(name),
                                                      .kind = "singularity",
                                                      .base_url = "http://" + name,
                                                      .env = {},
                                                      .startup = {},
                                                      .allowed_advisories = {},
                                                      .registry = {},
                                                      .machine_id = {}};
    }
    ASSERT_TRUE(app::ensure_gdm(node_, {}));
    edit({{std::string(codec::kDefinitionsPath), codec::encode_definitions(definitions)}});
    definitions_ = std::move(definitions);
  }

  /// Services that were given once, and of which no cluster was told yet.
  void give(const std::string& name, int count, const std::string& cluster) {
    app::RecordEdits records;
    const ClusterDefinition& definition = definitions_.clusters.at(support::cluster(cluster));
    for (int i = 0; i < count; ++i) {
      Manifest manifest{.id = support::manifest_id(fmt::format("github.com/team/{}{}", name, i))};
      DeploySpec spec;
      spec.version = support::version("1.2.3");
      spec.resources = {{"cpus", "0.5"}, {"memory", "512"}, {"ports", "1"}};
      spec.num_instances = 1;
      manifest.deployments.emplace(definition.name, spec);
      const Deployment deployment = engine::expand(manifest, spec, definition);
      GivenRecord given{.deployment = deployment.id, .entries = {}};
      given.give({.generation = 1,
                  .version = spec.version,
                  .revision = support::rev(1),
                  .image = support::image(manifest.id.str()),
                  .own_fingerprint = deployment.own_fingerprint,
                  .effective_fingerprint = deployment.effective_fingerprint,
                  .given = support::deed(),
                  .outcome = Outcome::pending,
                  .outcome_reason = {}});
      records[codec::manifest_path(manifest.id)] = codec::encode_manifest(manifest);
      records[codec::given_path(deployment.id)] = codec::encode_given(given);
    }
    edit(std::move(records));
  }

  /// A person's edit of every manifest.
  void change_all() {
    const auto state = app::read_gdm(node_, {});
    ASSERT_TRUE(state);
    app::RecordEdits records;
    for (auto [id, manifest] : state->gdm.manifests) {
      for (auto& [cluster, spec] : manifest.deployments) {
        spec.env["CHANGED"] = "yes";
      }
      records[codec::manifest_path(id)] = codec::encode_manifest(manifest);
    }
    edit(std::move(records));
  }

  app::Planned plan(std::optional<std::size_t> confirmed = {}) {
    app::PlanScope scope;
    scope.policy.confirmed = confirmed;
    auto planned = app::make_plan(node_, scope, {});
    EXPECT_TRUE(planned) << planned.error().text();
    return std::move(*planned);
  }

  /// How the operations of each cluster ended, and when the last of them did.
  struct Ended {
    std::map<std::string, int> states;
    Duration after{0};
  };

  std::map<std::string, Ended> rectify() { return rectify(plan()); }

  std::map<std::string, Ended> rectify(const app::Planned& planned) {
    const MonoTime begin = sim_.clock().now();
    std::map<std::string, Ended> out;
    const auto done =
        app::carry_out(node_,
                       planned,
                       {.message = "Rectify", .why = "test"},
                       [&](const Operation& operation) {
                         if (is_final(operation.state)) {
                           Ended& ended = out[operation.deployment.cluster.str()];
                           ++ended.states[std::string(operation_state_text(operation.state))];
                           ended.after = sim_.clock().now() - begin;
                           last_reason = operation.reason;
                         }
                       },
                       {});
    EXPECT_TRUE(done) << done.error().text();
    return out;
  }

  Server& at(const std::string& cluster) { return *servers_.at(cluster); }

  app::Node& node() { return node_; }

  void lose_the_registry() { sim_.lose_answers("registry.", 1.0); }

  Result<Scheduler*> scheduler(const ClusterDefinition& cluster) override {
    const auto found = servers_.find(cluster.name.str());
    if (found == servers_.end()) {
      return Error(Code::unsupported, "no such cluster");
    }
    return &found->second->scheduler();
  }

  // Counts what is under way at each server.
  Result<HttpResponse> send(const HttpRequest& request, const Call& call) override {
    Server& server = at(request.url.substr(7, request.url.find('/', 7) - 7));
    server.most_busy = std::max(server.most_busy, ++server.busy);
    auto answer = http_.send(request, call);
    --server.busy;
    return answer;
  }

  void send_all(std::span<const HttpRequest> requests,
                const OnDone& done,
                const Call& call) override {
    http_.send_all(requests, done, call);
  }

  std::string last_reason;

 private:
  static bool is_final(OperationState state) {
    return state == OperationState::succeeded || state == OperationState::failed ||
           state == OperationState::unverified;
  }

  void edit(app::RecordEdits records) {
    bool done = false;
    const auto edited = app::edit_gdm(
        node_,
        [&](const app::GdmState&) -> Result<app::GdmEdit> {
          return std::exchange(done, true) ? app::GdmEdit{}
                                           : app::GdmEdit{.records = records, .message = "edit"};
        },
        {});
    ASSERT_TRUE(edited) << edited.error().text();
  }

  app::Node node_here() {
    app::Node& own = here_.node();
    return {.settings = own.settings,
            .clock = own.clock,
            .rng = own.rng,
            .executor = own.executor,
            .files = own.files,
            .events = own.events,
            .registry = own.registry,
            .credentials = own.credentials,
            .index = own.index,
            .gdm = own.gdm,
            .schedulers = *this,
            .operations = own.operations,
            .sources = own.sources,
            .builder = own.builder};
  }

  support::Simulation& sim_;
  World world_{sim_};
  SimNode here_{world_, "here", Duration{0}};
  support::FakeHttpClient http_{sim_.clock()};
  std::map<std::string, std::unique_ptr<Server>> servers_;
  Definitions definitions_;
  app::Node node_ = node_here();
};

void in_fleet(const Names& clusters, const std::function<void(Fleet&)>& body) {
  support::for_each_seed(1,
                         [&](support::Simulation& sim) {
                           Fleet fleet(sim);
                           const Status ran = sim.run([&] {
                             fleet.start(clusters);
                             body(fleet);
                           });
                           ASSERT_TRUE(ran) << ran.error().text();
                         },
                         {.max_points = 5'000'000});
}

using Count = std::map<std::string, int>;
constexpr int kServices = 200;

TEST(SingularityFleet, AServerThatIsSlowOrAnswersInHtmlDelaysNoOther) {
  const std::map<std::string, ScriptedAnswer> answers{
      {"silence", {.hold = true}},
      {"drops", {.body = std::string(100'000, ' '), .per_byte = std::chrono::seconds(1)}},
      {"page", {.body = "<html>log in</html>"}},
      {"hangs up", {.hang_up = true}}};
  for (const auto& [name, answer] : answers) {
    in_fleet({"bad", "good"}, [&](Fleet& fleet) {
      fleet.give("a", 100, "bad");
      fleet.give("z", 3, "good");
      const auto planned = fleet.plan();
      fleet.at("bad").instead = answer;
      const auto ended = fleet.rectify(planned);
      EXPECT_EQ(ended.at("good").states, (Count{{"succeeded", 3}})) << name;
      EXPECT_LT(ended.at("good").after, std::chrono::seconds(30)) << name;
      EXPECT_EQ(ended.at("bad").states, (Count{{"unverified", 100}})) << name;
      EXPECT_LT(ended.at("bad").after, std::chrono::hours(2)) << name;
      EXPECT_LE(fleet.at("bad").most_busy, 10U);
    });
  }
}

TEST(SingularityFleet, ManyChangesCostFourCallsEachAndOneListPerPollingPeriod) {
  in_fleet({"big"}, [](Fleet& fleet) {
    fleet.give("a", kServices, "big");
    EXPECT_EQ(fleet.rectify().at("big").states, (Count{{"succeeded", kServices}}));
    fleet.change_all();
    const auto planned = fleet.plan(kServices);
    auto& simulator = fleet.at("big").simulator();
    simulator.forget_calls();
    const auto ended = fleet.rectify(planned).at("big");
    EXPECT_EQ(ended.states, (Count{{"succeeded", kServices}}));
    const auto calls = simulator.calls();
    const auto lists = std::ranges::count(calls, "GET /requests");
    // While they are few, the first ones are asked for one by one.
    EXPECT_LE(std::ssize(calls) - lists, 4 * kServices + 4);
    EXPECT_LE(lists, ended.after / scheduler_singularity::SingularityOptions{}.poll + 1);
    EXPECT_EQ(fleet.at("big").most_busy, 10U) << "as many at once as it is to bear, and no more";
    EXPECT_EQ(simulator.misdeeds(), Names{});
    EXPECT_EQ(fleet.plan().plan.counts().at(ActionKind::nothing),
              static_cast<std::size_t>(kServices));
  });
}

// I28: what runs is told by Singularity alone.
TEST(SingularityFleet, I28ARegistryThatIsDownHidesNothingThatRuns) {
  in_fleet({"big"}, [](Fleet& fleet) {
    fleet.give("a", 3, "big");
    EXPECT_EQ(fleet.rectify().at("big").states, (Count{{"succeeded", 3}}));
    fleet.lose_the_registry();
    const auto seen = app::query_ads(fleet.node(), {}, {});
    ASSERT_TRUE(seen);
    ASSERT_EQ(seen->deployments.size(), 3U);
    for (const auto& one : seen->deployments) {
      EXPECT_EQ(one.observed.health, Health::healthy);
      EXPECT_EQ(one.observed.running, support::image(one.observed.id.manifest.str()).digest);
      ASSERT_TRUE(one.observed.source);
      EXPECT_EQ(one.observed.source->version, support::version("1.2.3"));
    }
    EXPECT_EQ(fleet.plan().plan.counts().at(ActionKind::nothing), 3U);
  });
}

}  // namespace
}  // namespace sous::sim
