#include <set>

#include "support/singularity_sim/sim_fixture.h"

// Why passing against the simulator means passing against the real one: each rule by name.
namespace sous::singularity_sim {
namespace {

class RuleTest : public SimTest {};

class RecentRuleTest : public SimTest {
 protected:
  RecentRuleTest() : SimTest({.profile = Profile::v1_5}) {}
};

class LateRuleTest : public SimTest {
 protected:
  LateRuleTest() : SimTest({.result_late_by = 2000, .pending_left_for = 2000}) {}
};

class GuardedRuleTest : public SimTest {
 protected:
  GuardedRuleTest() : SimTest({.auth = Auth::token, .token = "t0ken"}) {}
};

TEST_F(RuleTest, ErrorKindsPerStatus) {
  const Reply text = post("/requests", service("not a name"));
  EXPECT_EQ(text.status, 400);
  EXPECT_EQ(text.type, "text/plain");
  const Reply absent = get("/requests/request/nobody");
  EXPECT_EQ(absent.status, 404);
  expect_same(absent.value(), R"({"code":404,"message":"no request with id nobody"})");
  const Reply unreadable = post("/requests", "{");
  EXPECT_EQ(unreadable.status, 400);
  EXPECT_EQ(unreadable.type, "application/json");
  EXPECT_EQ(post("/requests", "").status, 500);
  EXPECT_EQ(call("DELETE", "/requests").status, 405);
  EXPECT_EQ(get("/nowhere").status, 404);
}

TEST_F(RuleTest, OrderOfChecks) {
  post("/requests", service("mill"));
  post("/deploys", deploy("mill", "one"));
  // A used id is refused before the pending deploy is looked at, an invalid one too.
  EXPECT_EQ(post("/deploys", deploy("mill", "one")).status, 400);
  EXPECT_EQ(post("/deploys", deploy("mill", "bad-id")).status, 400);
  EXPECT_EQ(post("/deploys", deploy("mill", "two")).status, 409);
  EXPECT_EQ(post("/deploys", deploy("nobody", "bad-id")).status, 404);
  post("/requests/request/mill/pause");
  EXPECT_EQ(post("/deploys", deploy("mill", "bad-id")).status, 409) << "paused comes before";
}

TEST_F(RuleTest, IdsWithinTheLimits) {
  EXPECT_EQ(post("/requests", service(std::string(100, 'a'))).status, 200);
  EXPECT_EQ(post("/requests", service(std::string(101, 'a'))).status, 400);
  post("/requests", service("mill"));
  EXPECT_EQ(post("/deploys", deploy("mill", std::string(51, 'a'))).status, 400);
  EXPECT_EQ(post("/deploys", deploy("mill", std::string(50, 'a'))).status, 200);
}

TEST_F(RuleTest, IdsAreBurntAfterFailureCancelAndDelete) {
  run("mill", "one");
  sim_.script("\"two\"", crash_script("gone", ""));
  post("/deploys", deploy("mill", "two"));
  pass(20);
  EXPECT_EQ(outcome_of("mill", "two"), "FAILED");
  post("/deploys", deploy("mill", "three"));
  call("DELETE", "/deploys/deploy/three/request/mill");
  pass(10);
  call("DELETE", "/requests/request/mill");
  pass(20);
  EXPECT_EQ(get("/requests/request/mill").status, 404);
  EXPECT_EQ(post("/requests", service("mill")).status, 200);
  for (const std::string id : {"one", "two", "three"}) {
    const Reply reply = post("/deploys", deploy("mill", id));
    EXPECT_EQ(reply.status, 400) << id;
    EXPECT_NE(reply.text.find("already been deployed"), std::string::npos);
  }
  EXPECT_EQ(outcome_of("mill", "one"), "SUCCEEDED") << "the history stays";
}

TEST_F(RuleTest, WindowsOf409) {
  run("mill", "one");
  post("/deploys", deploy("mill", "two"));
  call("DELETE", "/deploys/deploy/two/request/mill");
  EXPECT_EQ(post("/deploys", deploy("mill", "three")).status, 409) << "until the cancel is seen";
  pass(5);
  EXPECT_EQ(post("/deploys", deploy("mill", "three")).status, 200);
  pass(20);
  post("/requests/request/mill/bounce");
  EXPECT_EQ(post("/requests", service("mill", 2)).status, 409) << "a cleanup is queued";
  pass(30);
  EXPECT_EQ(post("/requests", service("mill", 2)).status, 200);
}

TEST_F(RuleTest, DeletionTakesTwoPassesWithAGapBetween) {
  run("mill", "one");
  const Reply reply = call("DELETE", "/requests/request/mill", R"({"message":"over"})");
  EXPECT_FALSE(reply.value().as_object().contains("state")) << "the bare request";
  EXPECT_EQ(state_of("mill"), "DELETING");
  EXPECT_EQ(post("/requests", service("mill")).status, 409);
  EXPECT_EQ(call("DELETE", "/requests/request/mill").status, 200);
  pass(5);
  EXPECT_EQ(post("/requests", service("mill")).status, 200) << "accepted in the gap";
  EXPECT_EQ(state_of("mill"), "DELETING") << "and yet it goes";
  pass(5);
  EXPECT_EQ(get("/requests/request/mill").status, 404);
}

TEST_F(RuleTest, ShortAndFullAnswersDiffer) {
  run("mill", "one");
  const auto full = get("/requests/request/mill").value();
  EXPECT_TRUE(full.as_object().contains("activeDeploy"));
  EXPECT_TRUE(full.as_object().contains("taskIds"));
  const auto entry = get("/requests").value().at(0);
  EXPECT_FALSE(entry.as_object().contains("activeDeploy"));
  EXPECT_FALSE(entry.as_object().contains("taskIds"));
  const auto more = get("/requests?includeFullRequestData=true").value().at(0);
  EXPECT_TRUE(more.as_object().contains("taskIds"));
  EXPECT_FALSE(more.as_object().contains("activeDeploy"));
}

TEST_F(RuleTest, AbsentIsNotEmpty) {
  post("/requests", service("mill"));
  const auto parent = get("/requests/request/mill").value();
  EXPECT_FALSE(parent.as_object().contains("requestDeployState")) << "no deploy was ever made";
  sim_.script("\"one\"", crash_script("gone", ""));
  post("/deploys", deploy("mill", "one"));
  pass(20);
  const auto after = get("/requests/request/mill").value();
  expect_same(after.at("requestDeployState"), R"({"requestId":"mill"})");
  EXPECT_TRUE(get("/history/request/nobody/deploys").value().as_array().empty());
  EXPECT_EQ(get("/history/request/mill/deploys?page=0").status, 400);
  EXPECT_TRUE(get("/history/request/mill/deploys?page=9").value().as_array().empty());
}

TEST_F(LateRuleTest, TheResultComesAtTheEndAloneAndPendingGoesLast) {
  post("/requests", service("mill"));
  post("/deploys", deploy("mill", "one"));
  pass(10);
  EXPECT_EQ(active_of("mill"), "one");
  EXPECT_EQ(outcome_of("mill", "one"), "") << "no marker and no result yet: not a failure";
  EXPECT_EQ(post("/deploys", deploy("mill", "two")).status, 409);
  pass(2);
  EXPECT_EQ(outcome_of("mill", "one"), "SUCCEEDED");
  EXPECT_EQ(post("/deploys", deploy("mill", "two")).status, 409) << "the pending deploy is left";
  pass(2);
  EXPECT_EQ(post("/deploys", deploy("mill", "two")).status, 200);
}

TEST_F(RuleTest, TheOldDeployStaysActiveOnFailure) {
  run("mill", "one");
  sim_.script("\"two\"", http_script(500));
  post("/deploys", deploy("mill", "two"));
  pass(60);
  EXPECT_EQ(outcome_of("mill", "two"), "FAILED");
  EXPECT_EQ(active_of("mill"), "one");
  EXPECT_EQ(get("/tasks/ids/request/mill").value().at("healthy").as_array().size(), 1U);
}

TEST_F(RuleTest, TypesThatAreNotWatchedSucceedWithoutARun) {
  for (const std::string type : {"ON_DEMAND", "RUN_ONCE"}) {
    post("/requests", R"({"id":"job","instances":1,"requestType":")" + type + R"("})");
    post("/deploys", deploy("job", type));
    EXPECT_EQ(active_of("job"), type);
    pass(5);
    EXPECT_EQ(outcome_of("job", type), "SUCCEEDED");
    pass(5);
    EXPECT_EQ(get("/history/request/job/tasks/active").value().as_array().size(),
              type == "RUN_ONCE" ? 1U : 0U);
    call("DELETE", "/requests/request/job");
    pass(20);
  }
}

TEST_F(RuleTest, PostReplacesTheRequest) {
  post("/requests", service("mill", 3));
  const auto parent = post("/requests", R"({"id":"mill","requestType":"SERVICE"})").value();
  EXPECT_EQ(parent.at("request").at("instances"), 1);
  EXPECT_FALSE(parent.at("request").as_object().contains("owners"));
  EXPECT_EQ(post("/requests", R"({"id":"mill","requestType":"ON_DEMAND"})").status, 400);
}

TEST_F(RecentRuleTest, LargeScaleDownsHaveToBeAcknowledged) {
  post("/requests", service("mill", 20));
  EXPECT_EQ(call("PUT", "/requests/request/mill/scale", R"({"instances":2})").status, 400);
  EXPECT_EQ(call("PUT",
                 "/requests/request/mill/scale?largeScaleDownAcknowledged=true",
                 R"({"instances":2})")
                .status,
            200);
}

TEST_F(RecentRuleTest, SuccessTakesOneMoreCheck) {
  post("/requests", service("mill"));
  post("/deploys", deploy("mill", "one"));
  pass(10);
  EXPECT_EQ(outcome_of("mill", "one"), "");
  EXPECT_EQ(get("/requests/request/mill")
                .value()
                .at("pendingDeployState")
                .at("deployProgress")
                .at("stepLaunchComplete"),
            true);
  pass(5);
  EXPECT_EQ(outcome_of("mill", "one"), "SUCCEEDED");
}

TEST_F(RuleTest, EnumsWhateverTheirCase) {
  EXPECT_EQ(post("/requests", R"({"id":"a","requestType":"on-demand","instances":1})")
                .value()
                .at("request")
                .at("requestType"),
            "ON_DEMAND");
  const Reply reply = post("/requests", R"({"id":"b","requestType":"DEMON"})");
  EXPECT_EQ(reply.status, 400);
  expect_same(reply.value(), R"({"code":400,"message":"Unable to process JSON"})");
}

TEST_F(RuleTest, TimestampsAreMilliseconds) {
  run("mill", "one");
  const auto at = result_of("mill", "one").at("timestamp").to_number<std::int64_t>();
  EXPECT_GT(at, 1'000'000'000'000);
  EXPECT_LT(at, 10'000'000'000'000);
}

TEST_F(RuleTest, NeverCompressed) {
  support::SeenRequest request{.method = "GET",
                               .target = "/singularity/api/requests",
                               .headers = {{"Accept-Encoding", "identity"}}};
  for (const auto& [name, value] : sim_.answer(request).headers) {
    EXPECT_NE(name, "Content-Encoding");
  }
}

TEST_F(GuardedRuleTest, NoCredentialsNoAnswer) {
  const Reply reply = get("/requests");
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(reply.type, "text/plain");
  support::SeenRequest request{.method = "GET",
                               .target = "/singularity/api/requests",
                               .headers = {{"authorization", "Token t0ken"}}};
  EXPECT_EQ(sim_.answer(request).status, 200);
}

TEST_F(RuleTest, UnhealthyActiveDeployCoolsDown) {
  run("mill", "one");
  sim_.with_state([](State& state) {
    state.scripts.insert_or_assign("\"one\"", crash_script("gone", ""));
    for (auto& task : state.requests.at("mill").tasks) {
      task.script = crash_script("gone", "");
    }
  });
  pass(60);
  EXPECT_EQ(state_of("mill"), "SYSTEM_COOLDOWN");
}

TEST_F(RuleTest, AnUpdatedRequestIsCommittedOnSuccessAlone) {
  run("mill", "one");
  auto body = json::parse(deploy("mill", "two")).as_object();
  body["updatedRequest"] = json::parse(service("mill", 2));
  sim_.script("\"two\"", crash_script("gone", ""));
  EXPECT_EQ(post("/deploys", json::serialize(body)).status, 200);
  EXPECT_EQ(post("/requests", service("mill", 3)).status, 409);
  pass(20);
  EXPECT_EQ(get("/requests/request/mill").value().at("request").at("instances"), 1);
  body["deploy"].as_object()["id"] = "three";
  EXPECT_EQ(post("/deploys", json::serialize(body)).status, 200);
  pass(30);
  EXPECT_EQ(outcome_of("mill", "three"), "SUCCEEDED");
  EXPECT_EQ(get("/requests/request/mill").value().at("request").at("instances"), 2);
}

TEST_F(RuleTest, EachFaultMeetsTheCallsItIsFor) {
  sim_.add_fault({.method = "GET",
                  .path_part = "/requests",
                  .skip = 1,
                  .count = 2,
                  .answer = status_answer(503, "<html>", "text/html")});
  sim_.add_fault({.method = "POST",
                  .path_part = "/requests",
                  .after_acting = true,
                  .answer = status_answer(500)});
  EXPECT_EQ(get("/requests").status, 200);
  EXPECT_EQ(get("/requests").status, 503);
  EXPECT_EQ(get("/requests").status, 503);
  EXPECT_EQ(get("/requests").status, 200);
  EXPECT_EQ(post("/requests", service("mill")).status, 500);
  EXPECT_EQ(get("/requests/request/mill").status, 200) << "it was carried out all the same";
}

}  // namespace
}  // namespace sous::singularity_sim
