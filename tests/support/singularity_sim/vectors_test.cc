#include "support/singularity_sim/sim_fixture.h"

// The API's answers, compared as structures.
namespace sous::singularity_sim {
namespace {

class VectorTest : public SimTest {};

class RecentVectorTest : public SimTest {
 protected:
  RecentVectorTest() : SimTest({.profile = Profile::v1_5}) {}
};

TEST_F(VectorTest, ANewRequest) {
  const Reply reply = post("/requests", service("mill", 2));
  EXPECT_EQ(reply.status, 200);
  expect_same(reply.value(), R"({
    "request":{"id":"mill","requestType":"SERVICE","instances":2,"owners":["mill@example.test"]},
    "state":"ACTIVE",
    "taskIds":{"healthy":[],"notYetHealthy":[],"pending":[],"cleaning":[]}})");
}

TEST_F(VectorTest, AFirstDeploy) {
  post("/requests", service("mill", 2));
  const Reply reply = post("/deploys?user=ada%40example.test", deploy("mill", "one"));
  EXPECT_EQ(reply.status, 200);
  const std::string marker =
      R"({"requestId":"mill","deployId":"one","timestamp":1767261600000,"user":"ada@example.test","message":"roll"})";
  expect_same(reply.value(),
              R"({
    "request":{"id":"mill","requestType":"SERVICE","instances":2,"owners":["mill@example.test"]},
    "state":"ACTIVE",
    "requestDeployState":{"requestId":"mill","pendingDeploy":)" +
                  marker + R"(},
    "pendingDeploy":{"requestId":"mill","id":"one","metadata":{"who":"us"},
      "containerInfo":{"type":"DOCKER","docker":{"image":"hub.example.test/mill@sha256:00",
        "network":"BRIDGE","privileged":false,"portMappings":[],"forcePullImage":false,
        "dockerParameters":[]}},
      "resources":{"cpus":1.0,"memoryMb":64.0,"numPorts":1,"diskMb":0.0},
      "healthcheck":{"uri":"/up","protocol":"HTTP","intervalSeconds":1,"maxRetries":2,"failureStatusCodes":[]}},
    "pendingDeployState":{"deployMarker":)" +
                  marker + R"(,"currentDeployState":"WAITING",
      "deployProgress":{"targetActiveInstances":2,"currentActiveInstances":0,
        "deployInstanceCountPerStep":2,"deployStepWaitTimeMs":0,"stepComplete":false,
        "autoAdvanceDeploySteps":true,"failedDeployTasks":[],"timestamp":1767261600000}},
    "taskIds":{"healthy":[],"notYetHealthy":[],"pending":[],"cleaning":[]}})");
}

TEST_F(RecentVectorTest, TheProgressOfADeploy) {
  post("/requests", service("mill", 2));
  const auto parent = post("/deploys", deploy("mill", "one")).value();
  expect_same(parent.at("pendingDeployState"), R"({
    "deployMarker":{"requestId":"mill","deployId":"one","timestamp":1767261600000,"message":"roll"},
    "currentDeployState":"WAITING",
    "deployProgress":{"targetActiveInstances":2,"currentActiveInstances":0,
      "stepLaunchComplete":false,"stepAcceptanceResults":{},"acceptanceResultMessageHistory":[],
      "failedDeployTasks":[],"timestamp":1767261600000,"lbUpdates":{},"canary":false}})");
  EXPECT_TRUE(parent.at("pendingDeploy").as_object().contains("canaryDeploySettings"));
}

// V4, V5, V6.
TEST_F(VectorTest, TheThreeKindsOfErrorBodies) {
  post("/requests", service("mill"));
  post("/deploys", deploy("mill", "one"));
  const Reply used = post("/deploys", deploy("mill", "one"));
  EXPECT_EQ(used.status, 400);
  EXPECT_EQ(used.type, "text/plain");
  EXPECT_NE(used.text.find("already been deployed"), std::string::npos);
  const Reply busy = post("/deploys", deploy("mill", "two"));
  EXPECT_EQ(busy.status, 409);
  expect_same(
      busy.value(),
      R"json({"code":409,"message":"Pending deploy already in progress for mill (one)"})json");
  expect_same(get("/requests/request/nope").value(),
              R"({"code":404,"message":"no request with id nope"})");
  const Reply unknown = post("/requests", R"({"id":"x","requestType":"DAEMONSET"})");
  EXPECT_EQ(unknown.status, 400);
  expect_same(unknown.value(), R"({"code":400,"message":"Unable to process JSON"})");
  const Reply crash = post("/requests", "");
  EXPECT_EQ(crash.status, 500);
  expect_same(crash.value(),
              R"({"code":500,"message":"internal error, logged as 3f0a9c11d27be645"})");
}

// V17.
TEST_F(VectorTest, ADeletionAnswersWithTheBareRequestAndLeavesTheHistory) {
  run("mill", "one");
  const Reply reply = call("DELETE", "/requests/request/mill", R"({"message":"manifest removed"})");
  expect_same(
      reply.value(),
      R"({"id":"mill","requestType":"SERVICE","owners":["mill@example.test"],"instances":1})");
  EXPECT_EQ(state_of("mill"), "DELETING");
  expect_same(post("/requests", service("mill")).value(),
              R"({"code":409,"message":"Request mill is currently cleaning"})");
  pass(10);
  expect_same(get("/requests/request/mill").value(),
              R"({"code":404,"message":"no request with id mill"})");
  EXPECT_EQ(outcome_of("mill", "one"), "SUCCEEDED");
}

TEST_F(VectorTest, ADeployThatSucceeds) {
  run("mill", "one");
  const auto entry = get("/history/request/mill/deploy/one").value();
  expect_same(entry.at("deployResult"),
              R"({"deployState":"SUCCEEDED","deployFailures":[],"timestamp":1767261610000})");
  EXPECT_EQ(entry.at("deploy").at("id"), "one");
  const auto list = get("/requests").value();
  expect_same(list, R"([{
    "request":{"id":"mill","requestType":"SERVICE","instances":1,"owners":["mill@example.test"]},
    "state":"ACTIVE",
    "requestDeployState":{"requestId":"mill","activeDeploy":
      {"requestId":"mill","deployId":"one","timestamp":1767261600000,"message":"roll"}}}])");
}

TEST_F(VectorTest, TasksDuringADeploy) {
  post("/requests", service("mill", 2));
  sim_.with_state([](State& state) { state.slots["mill"] = 1; });
  post("/deploys", deploy("mill", "one"));
  pass(7);
  const auto ids = get("/tasks/ids/request/mill").value();
  ASSERT_EQ(ids.at("healthy").as_array().size(), 1U);
  const std::string host(ids.at("healthy").at(0).at("host").as_string());
  expect_same(ids.at("healthy").at(0),
              R"({"id":"mill-one-1767261605000-1-)" + host + R"(-DEFAULT","requestId":"mill",
      "deployId":"one","startedAt":1767261605000,"instanceNo":1,"host":")" +
                  host + R"(",
      "sanitizedHost":")" +
                  host + R"(","rackId":"DEFAULT","sanitizedRackId":"DEFAULT"})");
  expect_same(ids.at("pending"), R"([{"id":"mill-one-1767261605000-2-NEW_DEPLOY-1767261605000",
      "requestId":"mill","deployId":"one","nextRunAt":1767261605000,"instanceNo":2,
      "pendingType":"NEW_DEPLOY","createdAt":1767261605000}])");
}

TEST_F(VectorTest, ADeployThatCrashes) {
  run("mill", "one");
  sim_.script("\"two\"", crash_script("Container exited with status 137", ""));
  post("/deploys", deploy("mill", "two"));
  pass(20);
  const auto entry = get("/history/request/mill/deploy/two").value();
  const auto& failure = entry.at("deployResult").at("deployFailures").at(0);
  EXPECT_EQ(entry.at("deployResult").at("deployState"), "FAILED");
  EXPECT_EQ(entry.at("deployResult").at("message"), "1 failed task in this deploy");
  EXPECT_EQ(failure.at("reason"), "TASK_FAILED_ON_STARTUP");
  EXPECT_EQ(failure.at("message"), "Container exited with status 137");
  EXPECT_EQ(entry.at("deployStatistics").at("lastTaskState"), "TASK_FAILED");
  EXPECT_EQ(active_of("mill"), "one");
}

TEST_F(VectorTest, ADeployWhoseHealthChecksFail) {
  sim_.script("\"one\"", http_script(404));
  post("/requests", service("mill"));
  post("/deploys", deploy("mill", "one"));
  pass(30);
  const auto result = result_of("mill", "one");
  EXPECT_EQ(result.at("message"), "Not all tasks were healthy");
  EXPECT_EQ(result.at("deployFailures").at(0).at("reason"), "TASK_FAILED_HEALTH_CHECKS");
  EXPECT_EQ(result.at("deployFailures").at(0).at("message"),
            "instance 1: 3 checks failed, last status 404");
}

TEST_F(VectorTest, ADeployWithoutRoom) {
  post("/requests", service("mill", 2));
  sim_.with_state([](State& state) { state.slots["mill"] = 1; });
  post("/deploys", deploy("mill", "one"));
  pass(400);
  const auto result = result_of("mill", "one");
  EXPECT_EQ(result.at("deployState"), "OVERDUE");
  EXPECT_EQ(result.at("message"), "1 of 2 tasks launched, resources missing for the rest");
  EXPECT_TRUE(result.at("deployFailures").as_array().empty());
}

TEST_F(VectorTest, ACancelledDeploy) {
  post("/requests", service("mill"));
  post("/deploys", deploy("mill", "one"));
  const Reply reply = call("DELETE", "/deploys/deploy/one/request/mill?user=ada");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.value().at("pendingDeployState").at("currentDeployState"), "WAITING");
  EXPECT_EQ(call("DELETE", "/deploys/deploy/one/request/mill").status, 400);
  pass(5);
  expect_same(result_of("mill", "one"), R"({"deployState":"CANCELED","deployFailures":[],
      "message":"Canceled on request by ada at 1767261605000","timestamp":1767261605000})");
}

TEST_F(VectorTest, TheListOfDeploysIsNewestFirstAndBareFromSql) {
  run("mill", "one");
  sim_.script("\"two\"", crash_script("gone", ""));
  post("/deploys", deploy("mill", "two"));
  pass(20);
  sim_.with_state([](State& state) { state.deploy("mill", "two")->outcome->moved_to_sql = true; });
  const auto list = get("/history/request/mill/deploys?count=2&page=1").value();
  ASSERT_EQ(list.as_array().size(), 2U);
  EXPECT_EQ(list.at(0).at("deployMarker").at("deployId"), "two");
  EXPECT_FALSE(list.at(0).at("deployResult").as_object().contains("message"));
  EXPECT_TRUE(list.at(0).at("deployResult").at("deployFailures").as_array().empty());
  EXPECT_FALSE(list.at(0).as_object().contains("deploy"));
}

TEST_F(VectorTest, PendingDeploysOfAll) {
  post("/requests", service("mill"));
  post("/deploys?user=ada", deploy("mill", "one"));
  const auto all = get("/deploys/pending").value();
  ASSERT_EQ(all.as_array().size(), 1U);
  EXPECT_EQ(all.at(0).at("deployMarker").at("user"), "ada");
  EXPECT_EQ(all.at(0).at("currentDeployState"), "WAITING");
}

TEST_F(VectorTest, ScalingAndItsRefusals) {
  run("mill", "one");
  const Reply reply = call("PUT", "/requests/request/mill/scale", R"({"instances":3})");
  EXPECT_EQ(reply.value().at("request").at("instances"), 3);
  const Reply again = call("PUT", "/requests/request/mill/scale", R"({"instances":3})");
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(again.type, "text/plain");
  EXPECT_EQ(call("PUT", "/requests/request/mill/scale", R"({"instances":26})").status, 400);
  pass(20);
  EXPECT_EQ(get("/tasks/ids/request/mill").value().at("healthy").as_array().size(), 3U);
}

TEST_F(VectorTest, PauseAndUnpause) {
  run("mill", "one");
  EXPECT_EQ(post("/requests/request/mill/pause", R"({"killTasks":true})").value().at("state"),
            "PAUSED");
  EXPECT_EQ(post("/requests/request/mill/pause").status, 409);
  expect_same(post("/deploys", deploy("mill", "two")).value(),
              R"({"code":409,"message":"Request mill is paused"})");
  EXPECT_EQ(post("/requests/request/mill/unpause", "{}").value().at("state"), "ACTIVE");
  EXPECT_EQ(post("/requests/request/mill/unpause", "{}").status, 409);
}

TEST_F(VectorTest, ABounceKeepsTheDeployAndRenewsTheTasks) {
  run("mill", "one");
  const auto before = get("/tasks/ids/request/mill").value().at("healthy").at(0).at("id");
  const auto parent = post("/requests/request/mill/bounce", R"({"incremental":true})").value();
  EXPECT_EQ(parent.at("expiringBounce").at("deployId"), "one");
  EXPECT_EQ(parent.at("expiringBounce").at("expiringAPIRequestObject").at("durationMillis"),
            3600000);
  pass(30);
  const auto after = get("/tasks/ids/request/mill").value();
  ASSERT_EQ(after.at("healthy").as_array().size(), 1U);
  EXPECT_NE(after.at("healthy").at(0).at("id"), before);
  EXPECT_EQ(active_of("mill"), "one");
}

TEST_F(VectorTest, TheActiveTasksOfARequest) {
  run("mill", "one");
  const auto tasks = get("/history/request/mill/tasks/active").value();
  ASSERT_EQ(tasks.as_array().size(), 1U);
  EXPECT_EQ(tasks.at(0).at("lastTaskState"), "TASK_RUNNING");
  const std::string id(tasks.at(0).at("taskId").at("id").as_string());
  const auto task = get("/history/task/" + id).value();
  EXPECT_EQ(task.at("task").at("taskRequest").at("deploy").at("id"), "one");
  EXPECT_EQ(get("/history/task/nonsense").status, 400);
}

TEST_F(VectorTest, AScheduledRequestIsGivenQuartzAndItsDeployIsActiveAtOnce) {
  const auto parent = post("/requests",
                           R"({"id":"tally","requestType":"scheduled","schedule":"15 4 * * 2",
                               "scheduleType":"cron","instances":1})")
                          .value();
  expect_same(parent.at("request"), R"({"id":"tally","requestType":"SCHEDULED","instances":1,
      "schedule":"15 4 * * 2","scheduleType":"CRON","quartzSchedule":"0 15 4 ? * TUE"})");
  post("/deploys", deploy("tally", "one"));
  EXPECT_EQ(active_of("tally"), "one");
  EXPECT_EQ(post("/deploys", deploy("tally", "two")).status, 409);
  EXPECT_EQ(call("DELETE", "/deploys/deploy/one/request/tally").status, 400);
  pass(5);
  EXPECT_EQ(result_of("tally", "one").at("message"), "Request not deployable");
}

TEST_F(VectorTest, TheStateOfTheServer) {
  const auto state = get("/state").value();
  EXPECT_EQ(state.at("hostStates").at(0).at("master"), true);
  EXPECT_EQ(state.at("hostStates").at(0).at("mesosConnected"), true);
}

}  // namespace
}  // namespace sous::singularity_sim
