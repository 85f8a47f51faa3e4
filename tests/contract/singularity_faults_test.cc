#include "contract/singularity_fixture.h"

// Everything that Singularity may do wrong: what was asked for ends in a state, in Singularity's
// own words; nothing is deployed twice; the old deploy stays active.
namespace sous::contract {
namespace {

using singularity_sim::cut_in_the_middle;
using singularity_sim::dripping;
using singularity_sim::edited;
using singularity_sim::Fault;
using singularity_sim::hang_up;
using singularity_sim::late;
using singularity_sim::pieces_without_end;
using singularity_sim::redirect;
using singularity_sim::stall;
using singularity_sim::stalling_in_the_middle;
using singularity_sim::status_answer;

struct FaultCase {
  std::string name;
  Fault fault;
  std::string ends = "succeeded";
  std::string words = {};
};

void PrintTo(const FaultCase& one, std::ostream* out) { *out << one.name; }

class SingularityFault : public SingularityBehaviour,
                         public testing::WithParamInterface<FaultCase> {
 protected:
  explicit SingularityFault(singularity_sim::Settings settings = {})
      : SingularityBehaviour(std::move(settings)) {}

  void ends_in_a_state_and_deploys_nothing_twice();
};

class RecentSingularityFault : public SingularityFault {
 protected:
  RecentSingularityFault() : SingularityFault({.profile = singularity_sim::Profile::v1_5}) {}
};

TEST_P(SingularityFault, EndsInAStateAndDeploysNothingTwice) {
  ends_in_a_state_and_deploys_nothing_twice();
}

TEST_P(RecentSingularityFault, EndsInAStateAndDeploysNothingTwice) {
  ends_in_a_state_and_deploys_nothing_twice();
}

void SingularityFault::ends_in_a_state_and_deploys_nothing_twice() {
  expect_succeeds(order(1));
  sim().add_fault(GetParam().fault);
  const Ending ending = rectify(order(2, ImageKind::good_too));
  EXPECT_EQ(operation_state_text(ending.state), GetParam().ends) << ending.reason;
  EXPECT_NE(ending.reason.find(GetParam().words), std::string::npos) << ending.reason;
  const auto all = deployed();
  EXPECT_LE(std::ranges::count(all, "2"), 1) << "deployed twice";
  EXPECT_TRUE(sim().misdeeds().size() <= 1);
  const auto seen = observed();
  ASSERT_EQ(seen.size(), 1U);
  if (GetParam().ends == "succeeded") {
    EXPECT_EQ(seen[0].generation, 2U);
    EXPECT_EQ(seen[0].running, world_.image(ImageKind::good_too).digest);
  } else {
    EXPECT_EQ(seen[0].generation, 1U);
    EXPECT_EQ(seen[0].running, world_.image(ImageKind::good).digest);
  }
}

std::vector<FaultCase> transport_cases() {
  std::vector<FaultCase> out;

  struct Place {
    std::string name;
    std::string method;
    std::string path;
  };

  for (const auto& [place, method, path] : {Place{"Read", "GET", "/requests/request"},
                                            Place{"Deploy", "POST", "/deploys"},
                                            Place{"History", "GET", "/history"}}) {
    const auto add = [&](const std::string& name, auto answer, bool after = false) {
      out.push_back({.name = name + place,
                     .fault = {.method = method,
                               .path_part = path,
                               .count = 2,
                               .after_acting = after,
                               .answer = std::move(answer)}});
    };
    add("Crash", status_answer(500, R"({"code":500,"message":"logged"})", "application/json"));
    add("BadGateway", status_answer(502, "<html>502</html>", "text/html"));
    add("Unavailable", status_answer(503, "come back later"));
    add("GatewayTimeout", status_answer(504, "<html>504</html>", "text/html"));
    add("HtmlWith200", status_answer(200, "<html>log in</html>", "text/html"));
    add("Empty200", status_answer(200, ""));
    add("TooMany", status_answer(429, "slow down"));
    add("Elsewhere", status_answer(302, ""));
    add("HangsUp", hang_up());
    add("Stalls", stall());
    add("CrashAfterActing", status_answer(500, "logged"), true);
    add("HangsUpAfterActing", hang_up(), true);
    add("StallsAfterActing", stall(), true);
    add("CutAfterActing", cut_in_the_middle(), true);
    add("Late", late(std::chrono::seconds(5)), true);
    add("TooLate", late(std::chrono::minutes(1)), true);
    add("Drips", dripping(std::chrono::seconds(1)), true);
    add("StallsInTheMiddle", stalling_in_the_middle(), true);
    add("PiecesWithoutEnd", pieces_without_end(), true);
    add("ElsewhereForGood", redirect(307, "http://other.example/"));
    add("ByteOrderMark", edited([](std::string body) { return "\xEF\xBB\xBF" + body; }), true);
    add("TrailingBytes", edited([](std::string body) { return body + "x"; }), true);
    add("DeepAnswer", edited([](const std::string&) { return std::string(50'000, '['); }), true);
    add("Surprise",
        edited([](std::string body) {
          return body.starts_with('{') ? "{\"surprise\":{\"a\":[1,null]}," + body.substr(1) : body;
        }),
        true);
  }
  return out;
}

std::vector<FaultCase> refusal_cases() {
  const auto refuses = [](int status, std::string words, std::uint32_t count) {
    return Fault{.method = "POST",
                 .path_part = "/deploys",
                 .count = count,
                 .answer = status_answer(status, std::move(words))};
  };
  return {
      {.name = "BusyTwice", .fault = refuses(409, "Pending deploy already in progress", 2)},
      {.name = "BusyForEver",
       .fault = refuses(409, "Pending deploy already in progress", 1000),
       .ends = "unverified",
       .words = "Pending deploy already in progress"},
      {.name = "Invalid",
       .fault = refuses(400, "cpus are more than is allowed", 1000),
       .ends = "failed",
       .words = "cpus are more than is allowed"},
      {.name = "Unauthorized",
       .fault = refuses(401, "no user", 1000),
       .ends = "failed",
       .words = "no user"},
      {.name = "Forbidden",
       .fault = refuses(403, "not your request", 1000),
       .ends = "failed",
       .words = "not your request"},
      {.name = "NotTheLeader",
       .fault = refuses(
           409, R"({"code":409,"message":"{\"code\":409,\"message\":\"in progress\"}"})", 1000),
       .ends = "unverified",
       .words = "Singularity answers 409: in progress"},
      {.name = "LeaderAway",
       .fault = refuses(500, R"({"code":500,"message":"no leader"})", 1000),
       .ends = "unverified",
       .words = "no leader"},
  };
}

std::string case_name(const testing::TestParamInfo<FaultCase>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Transport,
                         SingularityFault,
                         testing::ValuesIn(transport_cases()),
                         case_name);
INSTANTIATE_TEST_SUITE_P(Refusal, SingularityFault, testing::ValuesIn(refusal_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Transport,
                         RecentSingularityFault,
                         testing::ValuesIn(transport_cases()),
                         case_name);
INSTANTIATE_TEST_SUITE_P(Refusal,
                         RecentSingularityFault,
                         testing::ValuesIn(refusal_cases()),
                         case_name);

class SingularityTrouble : public SingularityBehaviour {
 protected:
  Ending fail_second(ImageKind kind = ImageKind::good_too) {
    const Ending ending = rectify(order(2, kind));
    EXPECT_EQ(operation_state_text(ending.state), "failed") << ending.reason;
    const auto seen = observed();
    EXPECT_EQ(seen.size(), 1U);
    if (!seen.empty()) {
      EXPECT_EQ(seen[0].generation, 1U);
      EXPECT_EQ(seen[0].health, Health::healthy);
    }
    return ending;
  }

  void script_second(singularity_sim::TaskScript script) {
    sim().script(world_.image(ImageKind::good_too).str(), std::move(script));
  }
};

TEST_F(SingularityTrouble, RefusalsAreNotRepeated) {
  expect_succeeds(order(1));
  sim().add_fault({.method = "POST",
                   .path_part = "/deploys",
                   .count = 1000,
                   .answer = status_answer(403, "not yours")});
  const std::size_t before = calls_of("POST /deploys");
  fail_second();
  EXPECT_EQ(calls_of("POST /deploys") - before, 1U);
}

TEST_F(SingularityTrouble, WhereNothingIsDecidedAnyMoreSousGivesUpAndCancels) {
  expect_succeeds(order(1));
  sim().with_state([](singularity_sim::State& state) { state.deploy_checks_run = false; });
  const Ending ending = rectify(order(2, ImageKind::good_too));
  EXPECT_EQ(operation_state_text(ending.state), "failed");
  EXPECT_NE(ending.reason.find("not healthy within"), std::string::npos) << ending.reason;
  EXPECT_EQ(calls_of("DELETE /deploys/deploy/"), 1U);
  sim().with_state([](singularity_sim::State& state) { state.deploy_checks_run = true; });
  world_.clock().advance(std::chrono::seconds(20));
  EXPECT_EQ(observed().at(0).generation, 1U);
}

TEST_F(SingularityTrouble, EveryOutcomeIsToldInSingularitysWords) {
  expect_succeeds(order(1));

  struct Row {
    singularity_sim::TaskScript script;
    std::string words;
  };

  std::uint64_t generation = 1;
  for (auto& [script, words] :
       {Row{singularity_sim::pull_failure_script(), "docker pull failed"},
        Row{singularity_sim::exits_zero_script(), "Command exited with status 0"},
        Row{singularity_sim::lost_script(), "agent removed"},
        Row{singularity_sim::http_script(503), "last status 503"},
        Row{singularity_sim::refuses_script(), "last connection refused"},
        Row{singularity_sim::never_runs_script(), "OVERDUE"}}) {
    // What refuses or never runs for long enough is given up by Singularity within Sous's time.
    script_second(script);
    DeployOrder next = order(++generation, ImageKind::good_too);
    next.deployment.spec.startup.timeout = 20;
    const Ending ending = rectify(next);
    EXPECT_EQ(operation_state_text(ending.state), "failed");
    EXPECT_NE(ending.reason.find("Deploy failure: "), std::string::npos) << ending.reason;
    EXPECT_NE(ending.reason.find(words), std::string::npos) << ending.reason;
    ASSERT_TRUE(ending.last_seen);
    EXPECT_NE(ending.last_seen->link.find("/singularity/request/"), std::string::npos);
    EXPECT_EQ(observed().at(0).generation, 1U);
  }
}

TEST_F(SingularityTrouble, NoRoomIsToldThoughNoTaskFailed) {
  expect_succeeds(order(1));
  sim().with_state(
      [](singularity_sim::State& state) { state.slots[state.requests.begin()->first] = 0; });
  DeployOrder next = order(2, ImageKind::good_too);
  next.deployment.spec.startup.timeout = 20;
  const Ending ending = rectify(next);
  EXPECT_EQ(operation_state_text(ending.state), "failed");
  EXPECT_NE(ending.reason.find("0 of 1 tasks launched"), std::string::npos) << ending.reason;
}

TEST_F(SingularityTrouble, ResultsOfAnyShapeAreTold) {
  struct Row {
    singularity_sim::Outcome outcome;
    std::string words;
  };

  expect_succeeds(order(1));
  std::uint64_t generation = 1;
  using singularity_sim::json::array;
  using singularity_sim::json::object;
  for (const auto& [outcome, words] :
       {Row{{.state = "FAILED_INTERNAL_STATE", .message = {}, .failures = {}},
            "FAILED_INTERNAL_STATE"},
        Row{{.state = "CANCELED", .message = "Canceled on request by kim", .failures = {}},
            "Canceled on request by kim"},
        Row{{.state = "FAILED",
             .message = "at least 0",
             .failures = array{object{{"reason", "LOAD_BALANCER_UPDATE_FAILED"}},
                               object{{"reason", "X"}, {"message", "second"}}}},
            "LOAD_BALANCER_UPDATE_FAILED; second"},
        Row{{.state = "NEVER_HEARD_OF", .message = "strange", .failures = {}}, "strange"}}) {
    const DeployOrder next = order(++generation, ImageKind::good_too);
    ASSERT_TRUE(scheduler().apply(next, call_));
    with_request([&](singularity_sim::Request& request) { request.pending_marker.reset(); });
    sim().with_state([&](singularity_sim::State& state) {
      auto& request = state.requests.begin()->second;
      state.deploy(request.id(), request.pending->marker.deploy_id)->outcome = outcome;
      request.pending.reset();
    });
    const Ending ending = rectify(next);
    EXPECT_EQ(operation_state_text(ending.state), "failed");
    EXPECT_NE(ending.reason.find(words), std::string::npos) << ending.reason;
  }
}

TEST_F(SingularityTrouble, SomebodyElsesDeployIsWaitedFor) {
  expect_succeeds(order(1));
  std::string request;
  with_request([&](singularity_sim::Request& one) { request = one.id(); });
  sim().with_state([](singularity_sim::State& state) { state.deploy_checks_run = false; });
  ASSERT_EQ(foreign_call(
                "POST",
                "/deploys?user=kim",
                R"({"deploy":{"requestId":")" + request + R"(","id":"mine","command":"sleep 1"}})"),
            200);
  const Ending ending = rectify(order(2, ImageKind::good_too));
  EXPECT_EQ(operation_state_text(ending.state), "unverified");
  EXPECT_NE(ending.reason.find("another deploy"), std::string::npos) << ending.reason;
  EXPECT_EQ(calls_of("DELETE /deploys"), 0U) << "it is not ours";
  EXPECT_EQ(deployed(), (std::vector<std::string>{"1", "mine"}));
}

TEST_F(SingularityTrouble, I6SomebodyPausesMidwayAndUnpausesLater) {
  expect_succeeds(order(1));
  ASSERT_TRUE(scheduler().apply(order(2, ImageKind::good_too), call_));
  std::string request;
  with_request([&](singularity_sim::Request& one) { request = one.id(); });
  ASSERT_EQ(
      foreign_call(
          "POST", "/requests/request/" + request + "/pause?user=kim", R"({"message":"incident"})"),
      200);
  const Ending ending = rectify(order(2, ImageKind::good_too));
  EXPECT_EQ(operation_state_text(ending.state), "failed");
  EXPECT_NE(ending.reason.find("paused in Singularity by kim: incident"), std::string::npos)
      << ending.reason;
  world_.clock().advance(std::chrono::seconds(20));
  const auto seen = observed();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].health, Health::stopped);
  EXPECT_EQ(seen[0].message, "paused in Singularity by kim: incident");
  const Ending third = rectify(order(3, ImageKind::good_too));
  EXPECT_EQ(operation_state_text(third.state), "failed");
  EXPECT_EQ(request_state(), "PAUSED") << "an operator's pause is an operator's";
  foreign_call("POST", "/requests/request/" + request + "/unpause", "{}");
  expect_succeeds(order(4, ImageKind::good_too));
}

TEST_F(SingularityTrouble, TheRequestVanishesWithItsHistory) {
  expect_succeeds(order(1));
  ASSERT_TRUE(scheduler().apply(order(2, ImageKind::good_too), call_));
  ASSERT_TRUE(scheduler().look(order(2).deployment.id, kGdm, 2, call_));
  sim().with_state([](singularity_sim::State& state) {
    state.requests.clear();
    state.deploys.clear();
    state.deploys_of.clear();
  });
  world_.clock().advance(std::chrono::seconds(5));
  const auto seen = scheduler().look(order(2).deployment.id, kGdm, 2, call_);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code(), Code::not_found);
}

TEST_F(SingularityTrouble, ATaskThatIsGoneHidesNothing) {
  expect_succeeds(order(1));
  sim().add_fault({.method = "GET",
                   .path_part = "/tasks/task/",
                   .count = 1000,
                   .answer = status_answer(404, R"({"code":404,"message":"no task"})")});
  SingularityWorld::PassingAdapter fresh(world_);
  const auto seen = fresh.scheduler().observe(call_);
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->completeness.is_complete());
  ASSERT_EQ(seen->deployments.size(), 1U);
  EXPECT_EQ(seen->deployments[0].health, Health::healthy);
  EXPECT_TRUE(seen->deployments[0].addresses.empty());
}

TEST_F(SingularityTrouble, DeploysThatCannotBeReadMakeTheViewPartial) {
  expect_succeeds(order(1));
  sim().add_fault({.method = "GET",
                   .path_part = "deploy",
                   .count = 1000,
                   .answer = status_answer(500, "crash")});
  sim().add_fault({.method = "GET",
                   .path_part = "/tasks/",
                   .count = 1000,
                   .answer = status_answer(500, "crash")});
  SingularityWorld::PassingAdapter fresh(world_);
  const auto seen = fresh.scheduler().observe(call_);
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->completeness.is_complete());
  EXPECT_EQ(seen->completeness.missing().size(), 1U);
}

TEST_F(SingularityTrouble, AListThatCannotBeHadIsNoEmptyCluster) {
  expect_succeeds(order(1));
  sim().add_fault({.method = "GET",
                   .path_part = "/requests",
                   .count = 1000,
                   .answer = status_answer(200, "<html>log in</html>", "text/html")});
  const auto seen = scheduler().observe(call_);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code(), Code::unavailable);
}

TEST_F(SingularityTrouble, ARequestThatIsBeingDeletedIsWaitedFor) {
  expect_succeeds(order(1));
  ASSERT_TRUE(scheduler().remove(order(1).deployment.id, kGdm, call_));
  expect_succeeds(order(2, ImageKind::good_too));
  EXPECT_EQ(request_state(), "ACTIVE");
}

TEST_F(SingularityTrouble, AHistoryFromSqlIsReadInFull) {
  script_second(singularity_sim::crash_script("Container exited with code 3", "last words\n"));
  expect_succeeds(order(1));
  const Ending ending = fail_second();
  EXPECT_NE(ending.reason.find("code 3"), std::string::npos);
  sim().with_state([](singularity_sim::State& state) {
    for (auto& [key, deploy] : state.deploys) {
      if (deploy.outcome) {
        deploy.outcome->moved_to_sql = true;
      }
    }
  });
  SingularityWorld::PassingAdapter fresh(world_);
  const auto seen = fresh.scheduler().look(order(2).deployment.id, kGdm, 2, call_);
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_NE(seen->message.find("code 3"), std::string::npos) << seen->message;
  EXPECT_EQ(seen->last_log_lines, std::vector<std::string>{"last words"});
}

class LateSingularity : public SingularityBehaviour {
 protected:
  LateSingularity() : SingularityBehaviour({.result_late_by = 3000, .pending_left_for = 3000}) {}
};

TEST_F(LateSingularity, ResultsThatComeLateAndPendingThatIsLeft) {
  expect_succeeds(order(1));
  expect_succeeds(order(2, ImageKind::good_too));
  const Ending ending = rectify(order(3, ImageKind::crashes));
  EXPECT_EQ(operation_state_text(ending.state), "failed");
  EXPECT_NE(ending.reason.find("code 7"), std::string::npos) << ending.reason;
  EXPECT_EQ(deployed(), (std::vector<std::string>{"1", "2", "3"}));
}

}  // namespace
}  // namespace sous::contract
