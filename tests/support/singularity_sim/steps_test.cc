#include "support/singularity_sim/sim_fixture.h"

// Deploys that replace a few instances at a time, and runs that somebody asks for.
namespace sous::singularity_sim {
namespace {

json::object stepped(const std::string& id, const json::object& more) {
  json::object out{{"requestId", "mill"},
                   {"id", id},
                   {"command", "run"},
                   {"resources", json::object{{"cpus", 1}, {"memoryMb", 64}}}};
  for (const auto& [key, value] : more) {
    out[key] = value;
  }
  return json::object{{"deploy", std::move(out)}};
}

class StepTest : public SimTest {
 protected:
  explicit StepTest(Settings settings = {}) : SimTest(std::move(settings)) {
    post("/requests", service("mill", 4));
    post("/deploys", json::serialize(stepped("one", {})));
    pass(60);
    EXPECT_EQ(outcome_of("mill", "one"), "SUCCEEDED");
  }

  /// How many tasks of a deploy are healthy.
  std::int64_t healthy(const std::string& deploy_id) {
    const auto ids = get("/tasks/ids/request/mill").value();
    return std::ranges::count_if(ids.at("healthy").as_array(), [&](const json::value& task) {
      return task.at("deployId").as_string() == deploy_id;
    });
  }

  json::value progress() {
    return get("/requests/request/mill").value().at("pendingDeployState").at("deployProgress");
  }

  Reply update(const std::string& deploy_id, int target) {
    return post(
        "/deploys/update",
        json::serialize(json::object{
            {"requestId", "mill"}, {"deployId", deploy_id}, {"targetActiveInstances", target}}));
  }
};

class RecentStepTest : public StepTest {
 protected:
  RecentStepTest() : StepTest({.profile = Profile::v1_5}) {}
};

TEST_F(StepTest, AnIncrementalDeployReplacesAGroupAtATime) {
  post("/deploys", json::serialize(stepped("two", {{"deployInstanceCountPerStep", 2}})));
  EXPECT_EQ(progress().at("targetActiveInstances"), 2);
  pass(15);
  EXPECT_EQ(healthy("two"), 2);
  EXPECT_EQ(healthy("one"), 2) << "as many old ones went";
  EXPECT_EQ(outcome_of("mill", "two"), "");
  pass(40);
  EXPECT_EQ(outcome_of("mill", "two"), "SUCCEEDED");
  EXPECT_EQ(healthy("two"), 4);
  EXPECT_EQ(healthy("one"), 0);
}

TEST_F(StepTest, WithoutAdvancingByItselfItWaitsForAnUpdate) {
  post("/deploys",
       json::serialize(
           stepped("two", {{"deployInstanceCountPerStep", 1}, {"autoAdvanceDeploySteps", false}})));
  pass(120);
  EXPECT_EQ(healthy("two"), 1);
  EXPECT_EQ(progress().at("stepComplete"), true);
  EXPECT_EQ(update("two", 0).status, 400);
  EXPECT_EQ(update("two", 5).status, 400);
  EXPECT_EQ(update("three", 2).status, 400);
  EXPECT_EQ(update("two", 3).status, 200);
  pass(30);
  EXPECT_EQ(healthy("two"), 3);
  EXPECT_EQ(healthy("one"), 1);
  EXPECT_EQ(update("two", 1).status, 200) << "also downwards";
  pass(30);
  EXPECT_EQ(healthy("two"), 1);
  EXPECT_EQ(healthy("one"), 3);
  EXPECT_EQ(update("two", 4).status, 200);
  pass(30);
  EXPECT_EQ(outcome_of("mill", "two"), "SUCCEEDED");
}

TEST_F(StepTest, AFailedStepBringsTheOldInstancesBackBeforeTheNewOnesGo) {
  post("/deploys",
       json::serialize(
           stepped("two", {{"deployInstanceCountPerStep", 2}, {"deployStepWaitTimeMs", 60'000}})));
  pass(30);
  EXPECT_EQ(healthy("one"), 2);
  call("DELETE", "/deploys/deploy/two/request/mill");
  pass(5);
  EXPECT_EQ(outcome_of("mill", "two"), "CANCELED");
  EXPECT_EQ(get("/history/request/mill/deploy/two/tasks/active").value().as_array().size(), 2U);
  pass(30);
  EXPECT_EQ(healthy("one"), 4);
  EXPECT_TRUE(get("/history/request/mill/deploy/two/tasks/active").value().as_array().empty());
}

TEST_F(StepTest, SoManyFailuresAsAreAllowedAreTriedAgain) {
  sim_.with_state([](State& state) {
    state.flaky["\"two\""] = 1;
    state.flaky["\"three\""] = 2;
  });
  for (const auto& [id, ends] : {std::pair{"two", "SUCCEEDED"}, std::pair{"three", "FAILED"}}) {
    post("/deploys", json::serialize(stepped(id, {{"maxTaskRetries", 1}})));
    pass(60);
    EXPECT_EQ(outcome_of("mill", id), ends);
  }
  EXPECT_EQ(active_of("mill"), "two");
}

TEST_F(RecentStepTest, ACanaryGoesAheadAndTheRestFollows) {
  const json::object settings{{"enableCanaryDeploy", true},
                              {"acceptanceMode", "timed"},
                              {"waitMillisBetweenGroups", 20'000},
                              {"canaryCycleCount", 1}};
  post("/deploys", json::serialize(stepped("two", {{"canaryDeploySettings", settings}})));
  EXPECT_EQ(progress().at("canary"), true);
  pass(20);
  EXPECT_EQ(healthy("two"), 1);
  EXPECT_EQ(healthy("one"), 3);
  pass(10);
  EXPECT_EQ(progress().at("targetActiveInstances"), 1) << "it is waited for";
  pass(40);
  EXPECT_EQ(outcome_of("mill", "two"), "SUCCEEDED");
  EXPECT_EQ(healthy("two"), 4);
  const auto deploy = get("/requests/request/mill").value().at("activeDeploy");
  EXPECT_EQ(deploy.at("canaryDeploySettings").at("acceptanceMode"), "TIMED");
}

TEST_F(RecentStepTest, TheOlderSettingsAreTranslated) {
  post("/deploys",
       json::serialize(
           stepped("two", {{"deployInstanceCountPerStep", 3}, {"deployStepWaitTimeMs", 1000}})));
  const auto deploy = get("/requests/request/mill").value().at("pendingDeploy");
  expect_same(deploy.at("canaryDeploySettings"),
              R"({"enableCanaryDeploy":true,"instanceGroupSize":3,"acceptanceMode":"TIMED",
                  "waitMillisBetweenGroups":1000,"allowedTasksFailuresPerGroup":0,
                  "canaryCycleCount":3})");
}

TEST_F(StepTest, AJobIsRunWhenItIsAskedFor) {
  EXPECT_EQ(post("/requests/request/mill/run").status, 400) << "a service";
  post("/requests", R"({"id":"job","requestType":"ON_DEMAND","instances":1})");
  EXPECT_EQ(post("/requests/request/job/run").status, 409) << "nothing was deployed";
  post("/deploys", R"({"deploy":{"requestId":"job","id":"one","command":"run"}})");
  pass(10);
  const Reply reply = post("/requests/request/job/run", "{}");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.value().at("pendingRequest").at("pendingType"), "ONEOFF");
  EXPECT_EQ(get("/requests/queued/pending").value().as_array().size(), 1U);
  EXPECT_EQ(post("/requests/request/job/run").status, 429) << "at its cap";
  pass(10);
  EXPECT_EQ(get("/history/request/job/tasks/active").value().as_array().size(), 1U);
  post("/requests/request/job/pause", R"({"killTasks":false})");
  EXPECT_EQ(get("/requests/queued/cleanup").value().at(0).at("cleanupType"), "PAUSING");
  EXPECT_EQ(post("/requests/request/job/run").status, 409) << "paused";
  pass(10);
  EXPECT_EQ(get("/history/request/job/tasks/active").value().as_array().size(), 1U)
      << "a job is spared";
}

TEST_F(StepTest, APauseThatWasTakenBackLeavesItsCleanupForAWhile) {
  post("/requests/request/mill/pause");
  post("/requests/request/mill/unpause");
  EXPECT_EQ(post("/requests", service("mill", 4)).status, 409);
  pass(30);
  EXPECT_EQ(post("/requests", service("mill", 4)).status, 200);
  EXPECT_EQ(healthy("one"), 4) << "nothing was killed";
}

}  // namespace
}  // namespace sous::singularity_sim
