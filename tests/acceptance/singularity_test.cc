#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "steps.h"
#include "support/singularity_sim/served.h"

/// The real binary against the simulator of a Singularity, over real HTTP; its time passes ten
/// times as fast as the real one.
namespace sous::acceptance {
namespace {

using singularity_sim::Fault;
using singularity_sim::Settings;
using singularity_sim::Simulator;

class OnSingularity : public testing::Test {
 protected:
  OnSingularity() {
    service.release("1.0.0");
    answer({"init"});
    answer({"cluster", "add", "big", "-kind", "singularity", "-url", served.url()});
    answer({"init", "-cluster", "big"});
    first = build(machine, service).digest;
    deploy("1.0.0");
  }

  codec::Json answer(Texts arguments, int exit_code = 0) {
    return machine.answer(service.directory(), std::move(arguments), exit_code);
  }

  codec::Json deploy(const std::string& version, int exit_code = 0) {
    return answer({"deploy", "-cluster", "big", "-tag", version}, exit_code);
  }

  /// Another version, built and not deployed.
  std::string build_next(const std::string& version) {
    service.write("README", version);
    service.commit("Go on");
    service.release(version);
    return build(machine, service).digest;
  }

  std::string ads(const std::string& field) {
    return text_at(answer({"query", "ads"}), {"deployments", "0", field});
  }

  /// How often each deploy of a version was posted.
  std::size_t deploys_of(const std::string& version) {
    std::size_t out = 0;
    sim().with_state([&](singularity_sim::State& state) {
      for (const auto& [request, ids] : state.deploys_of) {
        for (const auto& id : ids) {
          out += id.starts_with(version) ? 1U : 0U;
        }
      }
    });
    return out;
  }

  Simulator& sim() { return served.simulator(); }

  singularity_sim::Served served{{}, 10};
  mutable Machine machine;
  Checkout service = machine.service("hello");
  std::string first;
};

TEST_F(OnSingularity, DeploysScalesStopsAndRollsBack) {
  EXPECT_EQ(ads("running_digest"), first);
  EXPECT_EQ(ads("state"), "healthy");
  EXPECT_NE(ads("link").find("/singularity/request/hello---big-"), std::string::npos);
  expect_nothing_to_do(machine, service);
  const std::string second = build_next("1.1.0");
  deploy("1.1.0");
  EXPECT_EQ(ads("running_digest"), second);
  answer({"scale", "-cluster", "big", "3"});
  answer({"rectify"});
  EXPECT_EQ(at(answer({"query", "ads"}), {"deployments", "0", "instances"}).dump_pretty(), "3\n");
  EXPECT_EQ(deploys_of("1_1_0"), 1U) << "scaling deploys nothing";
  answer({"rollback", "-cluster", "big"});
  EXPECT_EQ(ads("running_digest"), first);
  expect_nothing_to_do(machine, service);
  answer({"scale", "-cluster", "big", "0"});
  answer({"rectify"});
  EXPECT_TRUE(at(answer({"query", "ads"}), {"deployments"}).as_array()->empty());
  EXPECT_EQ(sim().misdeeds(), Texts{});
}

TEST_F(OnSingularity, WhatRunsIsToldWithoutTheRegistryAndWithoutTheIndex) {
  machine.set("SOUS_REGISTRY", "127.0.0.1:1");
  machine.set("SOUS_INDEX", machine.path("another-index.db"));
  EXPECT_EQ(ads("running_digest"), first);
  EXPECT_EQ(ads("version"), "1.0.0");
  expect_nothing_to_do(machine, service);
}

TEST_F(OnSingularity, ADeployThatCrashesIsToldInItsOwnWordsAndTheOldOneServes) {
  const std::string second = build_next("1.1.0");
  sim().script(second,
               singularity_sim::crash_script("Container exited with status 137", "no db\n"));
  const auto failed = deploy("1.1.0", 1);
  const std::string reason = text_at(failed, {"operations", "0", "reason"});
  EXPECT_NE(reason.find("Deploy failure: Container exited with status 137"), std::string::npos)
      << reason;
  EXPECT_NE(text_at(failed, {"operations", "0", "link"}).find("/deploy/1_1_0_"), std::string::npos);
  EXPECT_EQ(ads("running_digest"), first);
  EXPECT_EQ(ads("state"), "healthy");
  answer({"rectify"}, 3);
  EXPECT_EQ(deploys_of("1_1_0"), 1U) << "what failed is not tried for ever";
}

// Whatever gets lost or comes out wrong on the way: it ends well, and nothing is deployed twice.
TEST_F(OnSingularity, FaultsThatPassDelayADeployAndDoNotDoubleIt) {
  using namespace singularity_sim;  // NOLINT(google-build-using-namespace)
  const std::pair<std::string_view,
                  std::function<support::ScriptedAnswer(const support::ScriptedAnswer&)>>
      kinds[] = {
          {"crash", status_answer(500, R"({"code":500,"message":"logged"})", "application/json")},
          {"hang up", hang_up()},
          {"pieces without end", pieces_without_end()},
          {"page", status_answer(200, "<html>log in</html>", "text/html")},
          {"late", late(std::chrono::seconds(2))}};
  int minor = 0;
  for (const auto& [name, kind] : kinds) {
    const std::string version = "1." + std::to_string(++minor) + ".0";
    const std::string next = build_next(version);
    for (const char* path : {"/deploys", "/history/", "/requests/request/"}) {
      const std::string method = path == std::string_view("/deploys") ? "POST" : "GET";
      sim().add_fault(
          {.method = method, .path_part = path, .count = 1, .after_acting = true, .answer = kind});
    }
    deploy(version);
    EXPECT_EQ(ads("running_digest"), next) << name;
    EXPECT_EQ(deploys_of("1_" + std::to_string(minor) + "_0"), 1U) << name;
  }
}

TEST_F(OnSingularity, RefusalsAndServersThatAreNoSingularityAreNamed) {
  build_next("1.1.0");
  sim().add_fault({.method = "POST",
                   .path_part = "/deploys",
                   .answer = singularity_sim::status_answer(403, "kim may not deploy here")});
  const auto refused = deploy("1.1.0", 1);
  EXPECT_NE(text_at(refused, {"operations", "0", "reason"}).find("kim may not deploy here"),
            std::string::npos);
  EXPECT_EQ(ads("running_digest"), first);
  sim().add_fault(
      {.count = 1000, .answer = singularity_sim::status_answer(200, "<html>log in</html>")});
  const auto seen = answer({"query", "ads"}, 5);
  EXPECT_NE(text_at(seen, {"clusters", "1", "error"}), "");
  answer({"cluster", "set", "big", "-url", "https://" + served.server().host() + "/singularity"});
  const auto wrong = answer({"query", "ads"}, 5);
  EXPECT_NE(text_at(wrong, {"clusters", "1", "error"}), "");
}

}  // namespace
}  // namespace sous::acceptance
