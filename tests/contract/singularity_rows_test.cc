#include "contract/singularity_fixture.h"
#include "support/index_facts.h"

// What users of Singularity clusters see; I... are the acceptance rows.
namespace sous::contract {
namespace {

class SingularityRow : public SingularityBehaviour {
 protected:
  std::string the_request() {
    std::string id;
    with_request([&](singularity_sim::Request& request) { id = request.id(); });
    return id;
  }

  singularity_sim::json::object active_body() {
    singularity_sim::json::object out;
    sim().with_state([&](singularity_sim::State& state) {
      auto& request = state.requests.begin()->second;
      out = state.deploy(request.id(), request.active->deploy_id)->body;
    });
    return out;
  }

  std::size_t requests() {
    std::size_t out = 0;
    sim().with_state([&](singularity_sim::State& state) { out = state.requests.size(); });
    return out;
  }

  /// What the 2019 original would have posted.
  void deploy_as_the_original(const std::string& request, const ImageByDigest& image) {
    ASSERT_EQ(foreign_call("POST",
                           "/requests",
                           R"({"id":")" + request +
                               R"(","requestType":"SERVICE","instances":1,"owners":[]})"),
              200);
    ASSERT_EQ(foreign_call("POST",
                           "/deploys?user=sous_kim%40example.org",
                           R"({"message":
        "Deployed by kim@example.org","deploy":{"id":"1_2_0_0123456789abcdef","requestId":")" +
                               request + R"(","resources":{"cpus":0.1,"memoryMb":32,"numPorts":1},
        "containerInfo":{"type":"DOCKER","docker":{"network":"BRIDGE","image":")" +
                               image.str() + R"("}},
        "metadata":{"com.opentable.sous.clustername":"here","com.opentable.sous.flavor":"",
          "com.opentable.sous.repo_url":"github.com/example/web",
          "com.opentable.sous.repo_offset":"sub","com.opentable.sous.version":"1.2.0",
          "com.opentable.sous.revision":""}}})"),
              200);
    world_.clock().advance(std::chrono::seconds(30));
  }
};

TEST_F(SingularityRow, I1AFirstDeployOfAServiceHasAHealthCheck) {
  expect_succeeds(order(1));
  with_request([](singularity_sim::Request& request) { EXPECT_EQ(request.type(), "SERVICE"); });
  EXPECT_TRUE(active_body().contains("healthcheck"));
  EXPECT_EQ(observed().at(0).health, Health::healthy);
}

TEST_F(SingularityRow, I2ScaleAloneIsEnough) {
  DeployOrder wanted = order(1);
  expect_succeeds(wanted);
  for (const std::uint32_t count : {3U, 1U}) {
    wanted.deployment.spec.num_instances = count;
    ASSERT_TRUE(scheduler().scale(wanted, call_));
    world_.clock().advance(std::chrono::seconds(30));
    EXPECT_EQ(observed().at(0).instances, count);
  }
  EXPECT_EQ(deployed(), std::vector<std::string>{"1"});
}

TEST_F(SingularityRow, I4AContainerThatExitsIsADeployFailure) {
  const Ending ending = rectify(order(1, ImageKind::crashes));
  EXPECT_EQ(operation_state_text(ending.state), "failed");
  EXPECT_NE(ending.reason.find("Deploy failure:"), std::string::npos);
  EXPECT_EQ(ending.last_seen->last_log_lines.back(), "crashes on purpose");
}

TEST_F(SingularityRow, I5AFlavorIsARequestOfItsOwn) {
  DeployOrder vanilla = order(1);
  vanilla.deployment.id = deployment_id("vanilla");
  expect_succeeds(order(1));
  expect_succeeds(vanilla);
  EXPECT_EQ(requests(), 2U);
}

TEST_F(SingularityRow, I7AScheduledJobHasACronScheduleAndNoHealthCheck) {
  DeployOrder job = order(1);
  job.deployment.kind = Kind::scheduled;
  job.deployment.spec.schedule = "*/5 * * * *";
  expect_succeeds(job);
  with_request([](singularity_sim::Request& request) {
    EXPECT_EQ(request.type(), "SCHEDULED");
    EXPECT_EQ(request.body.at("schedule"), "*/5 * * * *");
  });
  EXPECT_FALSE(active_body().contains("healthcheck"));

  job.generation = 2;
  job.deployment.spec.schedule = "7 1 * * *";
  expect_succeeds(job);
  with_request([](singularity_sim::Request& request) {
    EXPECT_EQ(request.body.at("quartzSchedule"), "0 7 1 * * ?");
  });
}

TEST_F(SingularityRow, EveryKindIsARequestType) {
  const std::pair<Kind, std::string> kinds[] = {
      {Kind::worker, "WORKER"}, {Kind::on_demand, "ON_DEMAND"}, {Kind::once, "RUN_ONCE"}};
  for (const auto& [kind, type] : kinds) {
    DeployOrder one = order(1);
    one.deployment.id = deployment_id(type);
    one.deployment.kind = kind;
    expect_succeeds(one);
    bool found = false;
    sim().with_state([&](singularity_sim::State& state) {
      for (const auto& [id, request] : state.requests) {
        found = found || request.type() == type;
      }
    });
    EXPECT_TRUE(found) << type;
  }
}

TEST_F(SingularityRow, WhatRunsOnceSucceedsByItsEndAndFailsByItsFailure) {
  sim().script(world_.image(ImageKind::good_too).str(), singularity_sim::exits_zero_script());
  for (const auto& [kind, ends] :
       {std::pair{ImageKind::good_too, "succeeded"}, std::pair{ImageKind::crashes, "failed"}}) {
    DeployOrder one = order(1, kind);
    one.deployment.id = deployment_id(ends);
    one.deployment.kind = Kind::once;
    ASSERT_TRUE(scheduler().apply(one, call_));
    world_.clock().advance(std::chrono::seconds(30));
    EXPECT_EQ(operation_state_text(rectify(one).state), ends);
  }
}

TEST_F(SingularityRow, I8AnExplicitRequestIdIsUsed) {
  DeployOrder named = order(1);
  named.deployment.spec.singularity_request_id = "my-own-name";
  expect_succeeds(named);
  EXPECT_EQ(the_request(), "my-own-name");
  EXPECT_EQ(observed().at(0).id, named.deployment.id);
  SingularityWorld::PassingAdapter fresh(world_);
  ASSERT_TRUE(fresh.scheduler().remove(named.deployment.id, kGdm, call_));
  EXPECT_EQ(request_state(), "DELETING");
}

TEST_F(SingularityRow, I9ARequestIdThatIsSetLaterMovesTheDeployment) {
  expect_succeeds(order(1));
  DeployOrder named = order(2, ImageKind::good_too);
  named.deployment.spec.singularity_request_id = "my-own-name";
  expect_succeeds(named);
  world_.clock().advance(std::chrono::seconds(30));
  EXPECT_EQ(the_request(), "my-own-name") << "the old one is removed, once the new one is healthy";
}

TEST_F(SingularityRow, ARequestThatSousDidNotMakeIsNeverTouched) {
  ASSERT_EQ(
      foreign_call(
          "POST", "/requests", R"({"id":"my-own-name","requestType":"SERVICE","instances":2})"),
      200);
  ASSERT_EQ(foreign_call("POST",
                         "/deploys?user=kim",
                         R"({"deploy":{"requestId":"my-own-name","id":"theirs","command":"x"}})"),
            200);
  world_.clock().advance(std::chrono::seconds(30));
  DeployOrder named = order(1);
  named.deployment.spec.singularity_request_id = "my-own-name";
  const Ending ending = rectify(named);
  EXPECT_EQ(operation_state_text(ending.state), "failed");
  EXPECT_NE(ending.reason.find("not that of"), std::string::npos) << ending.reason;
  EXPECT_TRUE(observed().empty());
  EXPECT_EQ(deployed(), std::vector<std::string>{"theirs"});
}

TEST_F(SingularityRow, I13AMissingImageFailsForGood) {
  sim().script(world_.image(ImageKind::good).str(), singularity_sim::pull_failure_script());
  const Ending ending = rectify(order(1));
  EXPECT_EQ(operation_state_text(ending.state), "failed");
  EXPECT_NE(ending.reason.find("docker pull failed"), std::string::npos);
}

TEST_F(SingularityRow, I14I15WhatIsGivenAgainUnchangedPostsNothing) {
  DeployOrder given = order(1, ImageKind::good, 2);
  given.deployment.owners = {"a@example.org", "b@example.org"};
  given.deployment.spec.metadata = {{"team", "web"}};
  given.deployment.spec.volumes = {{"/srv", "/data", Volume::Mode::read_write}};
  expect_succeeds(given);
  const ObservedDeployment seen = observed().at(0);
  EXPECT_EQ(seen.effective_fingerprint, given.deployment.effective_fingerprint);
  EXPECT_EQ(seen.instances, 2U);
  const std::size_t posts = calls_of("POST");
  ASSERT_TRUE(scheduler().apply(given, call_));
  EXPECT_EQ(calls_of("POST"), posts);
  // A new image alone changes the deploy alone.
  given.generation = 2;
  given.image = world_.image(ImageKind::good_too);
  expect_succeeds(given);
  EXPECT_EQ(calls_of("POST /requests"), 1U);
}

TEST_F(SingularityRow, I16ARemovedDeploymentGoes) {
  expect_succeeds(order(1));
  ASSERT_TRUE(scheduler().remove(order(1).deployment.id, kGdm, call_));
  EXPECT_TRUE(observed().empty());
  world_.clock().advance(std::chrono::seconds(30));
  EXPECT_EQ(requests(), 0U);
}

TEST_F(SingularityRow, I21AFailedDeployIsNotTriedForEver) {
  expect_succeeds(order(1));
  rectify(order(2, ImageKind::crashes));
  const Ending again = rectify(order(2, ImageKind::crashes));
  EXPECT_EQ(operation_state_text(again.state), "failed") << "observed again, not deployed again";
  SingularityWorld::PassingAdapter fresh(world_);
  ASSERT_TRUE(fresh.scheduler().apply(order(2, ImageKind::crashes), call_));
  EXPECT_EQ(deployed(), (std::vector<std::string>{"1", "2"}));
}

TEST_F(SingularityRow, AnIdThatWasUsedUpWithoutARunIsReplacedByTheNextAttempt) {
  expect_succeeds(order(1));
  // Two deploys raced: ours lost, and its id is used up all the same.
  sim().add_fault(
      {.method = "POST",
       .path_part = "/deploys",
       .answer = singularity_sim::status_answer(409, "Pending deploy already in progress")});
  static_cast<void>(scheduler().apply(order(2, ImageKind::good_too), call_));
  std::string body;
  for (const auto& one : sim().seen()) {
    body = one.target.contains("/deploys") && one.method == "POST" ? one.body : body;
  }
  const auto id = singularity_sim::json::parse(body).at("deploy").at("id").as_string();
  sim().with_state([&](singularity_sim::State& state) {
    const std::string request = state.requests.begin()->first;
    const std::string deploy(id);
    state.deploys[{request, deploy}].marker = {request, deploy, state.now, "", ""};
  });
  expect_succeeds(order(2, ImageKind::good_too));
  EXPECT_EQ(active_body().at("metadata").at("com.opentable.sous.attempt"), "2");
}

TEST_F(SingularityRow, WhatTheOriginalDeployedIsAdoptedWithoutARedeploy) {
  const std::string request = "web-sub--here-" + std::string("0123456789abcdef0123456789abcdef");
  deploy_as_the_original(request, world_.image(ImageKind::good));
  const auto seen = observed();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].id, deployment_id());
  EXPECT_EQ(seen[0].gdm_id, "");
  EXPECT_EQ(seen[0].generation, 0U);
  EXPECT_EQ(seen[0].running, world_.image(ImageKind::good).digest);
  EXPECT_EQ(seen[0].health, Health::healthy);
  EXPECT_EQ(observed().at(0).scheduler_id, seen[0].scheduler_id);
  // The next version goes into the same request.
  expect_succeeds(order(2, ImageKind::good_too));
  EXPECT_EQ(the_request(), request);
  EXPECT_EQ(observed().at(0).gdm_id, kGdm);
}

TEST_F(SingularityRow, WhatTheMetadataDoNotSayTheIndexDoes) {
  const ImageFacts facts = support::sous_facts("github.com/example/web,1.2.0,sub", "older");
  const ImageByDigest image{world_.image(ImageKind::good).repository, facts.digest};
  deploy_as_the_original("web-sub--here", image);
  sim().with_state([](singularity_sim::State& state) {
    auto& request = state.requests.begin()->second;
    auto& metadata =
        state.deploy(request.id(), request.active->deploy_id)->body.at("metadata").as_object();
    for (const char* key : {"repo_url", "repo_offset", "version", "revision"}) {
      metadata.erase(std::string("com.opentable.sous.") + key);
    }
    for (auto& task : request.tasks) {
      task.deploy["metadata"] = metadata;
    }
  });
  // An image that nobody knows is no image that is not there.
  auto seen = scheduler().observe(call_);
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->completeness.is_complete());
  ASSERT_TRUE(world_.index().put_facts(std::span(&facts, 1), {}));
  SingularityWorld::PassingAdapter fresh(world_);
  seen = fresh.scheduler().observe(call_);
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->completeness.is_complete());
  ASSERT_EQ(seen->deployments.size(), 1U);
  EXPECT_EQ(seen->deployments[0].id, deployment_id());
  EXPECT_EQ(seen->deployments[0].running, facts.digest);
  EXPECT_EQ(seen->deployments[0].source->version, Version(1, 2, 0));
}

TEST_F(SingularityRow, ZeroInstancesPauseAndTheNextDeployUnpauses) {
  DeployOrder wanted = order(1);
  expect_succeeds(wanted);
  wanted.deployment.spec.num_instances = 0;
  ASSERT_TRUE(scheduler().scale(wanted, call_));
  EXPECT_EQ(request_state(), "PAUSED");
  EXPECT_TRUE(observed().empty());
  world_.clock().advance(std::chrono::seconds(20));
  expect_succeeds(order(2, ImageKind::good_too));
  EXPECT_EQ(request_state(), "ACTIVE");

  wanted = order(2, ImageKind::good_too, 0);
  ASSERT_TRUE(scheduler().scale(wanted, call_));
  world_.clock().advance(std::chrono::seconds(20));
  wanted.deployment.spec.num_instances = 2;
  ASSERT_TRUE(scheduler().scale(wanted, call_));
  world_.clock().advance(std::chrono::seconds(30));
  EXPECT_EQ(observed().at(0).instances, 2U);
}

TEST_F(SingularityRow, ABounceLeavesTheDeploymentAsItIs) {
  expect_succeeds(order(1));
  const ObservedDeployment before = observed().at(0);
  ASSERT_EQ(foreign_call("POST", "/requests/request/" + the_request() + "/bounce"), 200);
  world_.clock().advance(std::chrono::seconds(40));
  const ObservedDeployment after = observed().at(0);
  EXPECT_EQ(after.running, before.running);
  EXPECT_EQ(after.generation, 1U);
  EXPECT_NE(after.addresses, before.addresses);
  EXPECT_EQ(after.health, Health::healthy);
}

TEST_F(SingularityRow, ANumberThatChangesWithTheImageIsCommittedOnSuccessAlone) {
  expect_succeeds(order(1, ImageKind::good, 2));
  rectify(order(2, ImageKind::crashes, 5));
  with_request([](singularity_sim::Request& request) { EXPECT_EQ(request.instances(), 2); });
  expect_succeeds(order(3, ImageKind::good_too, 3));
  with_request([](singularity_sim::Request& request) { EXPECT_EQ(request.instances(), 3); });
}

TEST_F(SingularityRow, ANewerOrderCancelsTheOneThatIsOnItsWay) {
  expect_succeeds(order(1));
  ASSERT_TRUE(scheduler().apply(order(2, ImageKind::answers_500), call_));
  expect_succeeds(order(3, ImageKind::good_too));
  EXPECT_EQ(calls_of("DELETE /deploys/deploy/"), 1U);
  EXPECT_EQ(observed().at(0).generation, 3U);
}

TEST_F(SingularityRow, CooldownIsAFailureThatIsNamed) {
  expect_succeeds(order(1));
  with_request([](singularity_sim::Request& request) { request.state = "SYSTEM_COOLDOWN"; });
  const ObservedDeployment seen = observed().at(0);
  EXPECT_EQ(seen.health, Health::failed);
  EXPECT_NE(seen.message.find("cool"), std::string::npos);
}

TEST_F(SingularityRow, ForeignRequestsCostNoCallAndTheKnownNoneAgain) {
  expect_succeeds(order(1));
  for (int i = 0; i < 20; ++i) {
    const std::string id = "theirs" + std::to_string(i);
    foreign_call(
        "POST", "/requests", R"({"id":")" + id + R"(","requestType":"WORKER","instances":1})");
    foreign_call("POST",
                 "/deploys?user=kim",
                 R"({"deploy":{"requestId":")" + id + R"(","id":"d","command":"x"}})");
  }
  SingularityWorld::PassingAdapter fresh(world_);
  sim().forget_calls();
  ASSERT_TRUE(fresh.scheduler().observe(call_));
  EXPECT_EQ(sim().calls().size(), 2U) << "the list, and one for the deploy";
  ASSERT_TRUE(fresh.scheduler().observe(call_));
  EXPECT_EQ(sim().calls().size(), 3U);
}

TEST_F(SingularityRow, AChangeCostsFourCalls) {
  expect_succeeds(order(1));
  sim().forget_calls();
  expect_succeeds(order(2, ImageKind::good_too));
  std::size_t polls = 0;
  for (const auto& call : sim().calls()) {
    polls += call.starts_with("GET /requests") ? 1U : 0U;
  }
  // Beside polling: the deploy, its end, and the new instance; the request was read once before.
  EXPECT_EQ(sim().calls().size() - polls, 3U);
}

TEST_F(SingularityRow, WritesNameWhoActs) {
  expect_succeeds(order(1));
  for (const auto& one : sim().seen()) {
    if (one.method != "GET") {
      EXPECT_NE(one.target.find("user=sous"), std::string::npos) << one.target;
    }
  }
  EXPECT_TRUE(sim().misdeeds().empty());
}

}  // namespace
}  // namespace sous::contract
