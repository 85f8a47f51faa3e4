#include "contract/singularity_fixture.h"

// What others do to a Singularity between Sous's calls, what it shows that Sous did not make, and
// instances that lag behind or do not lead.
namespace sous::contract {
namespace {

using singularity_sim::status_answer;
using singularity_sim::json::object;

class SingularityOthers : public SingularityBehaviour {
 protected:
  std::string the_request() {
    std::string id;
    with_request([&](singularity_sim::Request& request) { id = request.id(); });
    return id;
  }

  /// The deploy that is on its way.
  std::string pending() {
    std::string id;
    with_request([&](singularity_sim::Request& request) {
      id = request.pending ? request.pending->marker.deploy_id : "";
    });
    return id;
  }

  Ending second() { return rectify(order(2, ImageKind::good_too)); }

  void expect_given_once(const std::vector<std::string>& generations) {
    EXPECT_EQ(deployed(), generations);
    EXPECT_EQ(sim().misdeeds(), std::vector<std::string>{});
  }
};

TEST_F(SingularityOthers, SomebodyDeletesTheRequestDuringADeploy) {
  expect_succeeds(order(1));
  ASSERT_TRUE(scheduler().apply(order(2, ImageKind::good_too), call_));
  ASSERT_TRUE(scheduler().look(order(2).deployment.id, kGdm, 2, call_));
  ASSERT_EQ(foreign_call("DELETE", "/requests/request/" + the_request()), 200);
  world_.clock().advance(std::chrono::seconds(30));
  EXPECT_EQ(scheduler().look(order(2).deployment.id, kGdm, 2, call_).error().code(),
            Code::not_found);
  expect_given_once({"1", "2"});
}

TEST_F(SingularityOthers, SomebodyCancelsOurDeploy) {
  expect_succeeds(order(1));
  ASSERT_TRUE(scheduler().apply(order(2, ImageKind::good_too), call_));
  ASSERT_EQ(
      foreign_call("DELETE",
                   "/deploys/deploy/" + pending() + "/request/" + the_request() + "?user=kim"),
      200);
  const Ending ending = second();
  EXPECT_EQ(operation_state_text(ending.state), "failed");
  EXPECT_NE(ending.reason.find("Canceled on request by kim"), std::string::npos) << ending.reason;
  EXPECT_EQ(observed().at(0).generation, 1U);
  expect_given_once({"1", "2"});
}

TEST_F(SingularityOthers, SomebodyScalesBetweenOurCalls) {
  expect_succeeds(order(1));
  ASSERT_EQ(
      foreign_call("PUT", "/requests/request/" + the_request() + "/scale", R"({"instances":3})"),
      200);
  EXPECT_EQ(operation_state_text(second().state), "succeeded");
  world_.clock().advance(std::chrono::seconds(30));
  EXPECT_EQ(observed().at(0).instances, 1U) << "as many as were given";
  expect_given_once({"1", "2"});
}

TEST_F(SingularityOthers, ARequestThatDisappearsThoughItsPostWasAcceptedIsMadeAgain) {
  expect_succeeds(order(1));
  ASSERT_EQ(foreign_call("DELETE", "/requests/request/" + the_request()), 200);
  sim().cleaner_pass();  // from here to the next one a POST is accepted
  expect_succeeds(order(2, ImageKind::good_too));
  EXPECT_EQ(observed().at(0).generation, 2U);
}

TEST_F(SingularityOthers, ACleanupThatGoesOnIsWaitedForAndOneThatNeverEndsIsTold) {
  sim().add_fault({.method = "POST",
                   .path_part = "/requests",
                   .count = 2,
                   .answer = status_answer(409, "currently cleaning")});
  expect_succeeds(order(1));
  sim().add_fault({.method = "POST",
                   .path_part = "/requests",
                   .count = 1000,
                   .answer = status_answer(409, "currently cleaning")});
  DeployOrder other = order(1);
  other.deployment.id = deployment_id("vanilla");
  const Ending ending = rectify(other);
  EXPECT_EQ(operation_state_text(ending.state), "unverified");
  EXPECT_NE(ending.reason.find("currently cleaning"), std::string::npos) << ending.reason;
}

TEST_F(SingularityOthers, AnInstanceThatLagsBehindIsNoReasonToDeployTwice) {
  expect_succeeds(order(1));
  sim().read_stale(std::chrono::seconds(3));
  EXPECT_EQ(operation_state_text(second().state), "succeeded");
  EXPECT_EQ(deployed(), (std::vector<std::string>{"1", "2"}));
}

TEST_F(SingularityOthers, WhileNobodyLeadsItIsWaitedFor) {
  expect_succeeds(order(1));
  sim().with_state(
      [](singularity_sim::State& state) { state.leader_away_until = state.now + 4000; });
  EXPECT_EQ(operation_state_text(second().state), "succeeded");
  expect_given_once({"1", "2"});
}

TEST_F(SingularityOthers, AUsedIdIsRecognisedAlsoWhereTheErrorIsWrapped) {
  expect_succeeds(order(1));
  sim().with_state([](singularity_sim::State& state) { state.is_follower = true; });
  sim().add_fault({.method = "POST",
                   .path_part = "/deploys",
                   .after_acting = true,
                   .answer = singularity_sim::hang_up()});
  EXPECT_EQ(operation_state_text(second().state), "succeeded");
  EXPECT_EQ(deployed(), (std::vector<std::string>{"1", "2"}));
}

TEST_F(SingularityOthers, OthersRequestsOfEveryKindAndStateHideNothing) {
  expect_succeeds(order(1));
  const auto foreign = [&](const std::string& id, const std::string& deploy) {
    ASSERT_EQ(foreign_call("POST", "/requests", R"({"id":")" + id + R"(","requestType":"WORKER"})"),
              200);
    if (!deploy.empty()) {
      ASSERT_EQ(foreign_call("POST",
                             "/deploys?user=kim",
                             R"({"deploy":{"requestId":")" + id + R"(","id":"d",)" + deploy + "}}"),
                200);
    }
  };
  foreign("never", "");
  foreign("plain", R"("command":"sleep 9")");
  foreign("mesos", R"("containerInfo":{"type":"MESOS"})");
  foreign("paused", R"("command":"sleep 9")");
  foreign("cooling", R"("command":"sleep 9")");
  foreign("done", R"("command":"sleep 9")");
  foreign("new", R"("command":"sleep 9")");
  sim().with_state([](singularity_sim::State& state) {
    state.requests.at("paused").state = "PAUSED";
    state.requests.at("cooling").state = "SYSTEM_COOLDOWN";
    state.requests.at("done").state = "FINISHED";
    state.requests.at("new").state = "SOMETHING_NEW";
    // The same user, and no word of Sous in it.
    state.requests.at("plain").pending_marker->user = "sous";
  });
  SingularityWorld::PassingAdapter fresh(world_);
  const auto seen = fresh.scheduler().observe(call_);
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->completeness.is_complete());
  ASSERT_EQ(seen->deployments.size(), 1U);
  EXPECT_EQ(seen->deployments[0].health, Health::healthy);
}

TEST_F(SingularityOthers, StatesNeverHeardOfAndFieldsThatAreNullOrAbsentAreTolerated) {
  expect_succeeds(order(1));
  const auto with_list = [&](const std::function<void(object&)>& change) {
    sim().add_fault({.method = "GET",
                     .path_part = "/requests",
                     .after_acting = true,
                     .answer = singularity_sim::edited([change](const std::string& body) {
                       auto list = singularity_sim::json::parse(body);
                       change(list.as_array().at(0).as_object());
                       return singularity_sim::json::serialize(list);
                     })});
    return scheduler().observe(call_);
  };
  const auto strange = with_list([](object& one) {
    one["state"] = "SOMETHING_NEW";
    one["expiringScale"] = nullptr;
    one["requestDeployState"].as_object()["pendingDeploy"] = nullptr;
    one["request"].as_object()["owners"] = nullptr;
  });
  ASSERT_TRUE(strange);
  ASSERT_EQ(strange->deployments.size(), 1U);
  EXPECT_EQ(strange->deployments[0].generation, 1U);
  const auto old = with_list([](object& one) { one.erase("taskIds"); });
  ASSERT_TRUE(old);
  EXPECT_EQ(old->deployments.at(0).health, Health::healthy) << "0.15 tells of no tasks";
  const auto none = with_list([](object& one) { one.erase("requestDeployState"); });
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->deployments.empty()) << "nothing was ever deployed there";
}

TEST_F(SingularityOthers, AHistoryWithoutTheDeployIsNotRead) {
  expect_succeeds(order(1));
  sim().add_fault({.method = "GET",
                   .path_part = "/history/request/",
                   .count = 1000,
                   .after_acting = true,
                   .answer = singularity_sim::edited([](const std::string& body) {
                     auto entry = singularity_sim::json::parse(body);
                     if (entry.is_object()) {
                       entry.as_object().erase("deploy");
                     }
                     return singularity_sim::json::serialize(entry);
                   })});
  const Ending ending = second();
  EXPECT_EQ(operation_state_text(ending.state), "unverified");
  EXPECT_NE(ending.reason.find("does not tell what deploy"), std::string::npos) << ending.reason;
  expect_given_once({"1", "2"});
}

TEST_F(SingularityOthers, ATaskThatIsLostIsReplacedAndTheDeploymentStays) {
  expect_succeeds(order(1));
  const auto before = observed().at(0);
  with_request([](singularity_sim::Request& request) {
    request.tasks.front().script = singularity_sim::lost_script();
  });
  world_.clock().advance(std::chrono::seconds(30));
  const auto after = observed().at(0);
  EXPECT_EQ(after.health, Health::healthy);
  EXPECT_EQ(after.generation, 1U);
  EXPECT_NE(after.addresses, before.addresses);
  expect_given_once({"1"});
}

// Sous begins no bounce: nothing changes by itself. It lives with those that operators begin.
TEST_F(SingularityOthers, DuringABounceScalingWaitsAndDeploysGoOn) {
  DeployOrder wanted = order(1);
  expect_succeeds(wanted);
  ASSERT_EQ(foreign_call("POST", "/requests/request/" + the_request() + "/bounce"), 200);
  wanted.deployment.spec.num_instances = 2;
  ASSERT_TRUE(scheduler().scale(wanted, call_));
  world_.clock().advance(std::chrono::seconds(40));
  EXPECT_EQ(observed().at(0).instances, 2U);
  EXPECT_EQ(observed().at(0).health, Health::healthy);

  ASSERT_EQ(foreign_call("POST", "/requests/request/" + the_request() + "/bounce"), 200);
  DeployOrder next = order(2, ImageKind::good_too, 2);
  expect_succeeds(next);
  EXPECT_EQ(calls_of("POST /requests/request/" + the_request() + "/bounce"), 2U);
  expect_given_once({"1", "2"});
}

}  // namespace
}  // namespace sous::contract
