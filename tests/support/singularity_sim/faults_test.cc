#include "support/singularity_sim/sim_fixture.h"

// The ways in which a server and what lies before it misbehave.
namespace sous::singularity_sim {
namespace {

using support::ScriptedAnswer;

class FaultTest : public SimTest {
 protected:
  ScriptedAnswer list_with(std::function<ScriptedAnswer(const ScriptedAnswer&)> answer) {
    sim_.add_fault({.path_part = "/requests", .after_acting = true, .answer = std::move(answer)});
    return sim_.answer({.method = "GET", .target = "/singularity/api/requests"});
  }
};

TEST_F(FaultTest, AnswersThatComeLateOrDripOrStop) {
  EXPECT_EQ(list_with(late(std::chrono::seconds(3))).delay, std::chrono::seconds(3));
  EXPECT_EQ(list_with(dripping(std::chrono::seconds(1))).per_byte, std::chrono::seconds(1));
  const auto stalled = list_with(stalling_in_the_middle());
  EXPECT_EQ(stalled.body, "[");
  EXPECT_EQ(stalled.headers.back(), (std::pair<std::string, std::string>{"Content-Length", "2"}));
  EXPECT_EQ(list_with(cut_in_the_middle()).cut_after, 1U);
  EXPECT_TRUE(list_with(pieces_without_end()).raw.ends_with("\r\n1\r\n[\r\n"));
  EXPECT_EQ(list_with(redirect(307, "http://other/")).status, 307);
}

TEST_F(FaultTest, WithoutALeaderNothingIsWritten) {
  sim_.with_state([](State& state) { state.leader_away_until = state.now + 10'000; });
  EXPECT_EQ(post("/requests", service("mill")).status, 500);
  EXPECT_EQ(get("/requests").status, 200);
  pass(10);
  EXPECT_EQ(post("/requests", service("mill")).status, 200);
}

// V22.
TEST_F(FaultTest, AnInstanceThatDoesNotLeadWrapsTheLeadersErrors) {
  run("mill", "one");
  sim_.with_state([](State& state) { state.is_follower = true; });
  post("/deploys", deploy("mill", "two"));
  const Reply busy = post("/deploys", deploy("mill", "three"));
  EXPECT_EQ(busy.status, 409);
  const auto inner = json::parse(busy.value().at("message").as_string());
  expect_same(
      inner,
      R"json({"code":409,"message":"Pending deploy already in progress for mill (two)"})json");
  const Reply used = post("/deploys", deploy("mill", "one"));
  EXPECT_EQ(used.status, 400);
  EXPECT_EQ(used.type, "application/json") << "the text of a 400 is wrapped, too";
  EXPECT_EQ(get("/requests/request/nope").value().at("message"), "no request with id nope");
}

TEST_F(FaultTest, ReadsOfAnInstanceThatLagsBehind) {
  run("mill", "one");
  sim_.read_stale(std::chrono::seconds(4));
  post("/deploys", deploy("mill", "two"));
  EXPECT_EQ(get("/history/request/mill/deploy/two").status, 404);
  pass(3);
  EXPECT_EQ(get("/history/request/mill/deploy/two").status, 404);
  pass(2);
  EXPECT_EQ(get("/history/request/mill/deploy/two").status, 200);
  pass(60);
  EXPECT_EQ(active_of("mill"), "two");
}

TEST_F(FaultTest, ChanceIsTheSeeds) {
  const auto fates = [](std::uint64_t seed) {
    Simulator sim;
    sim.seed(seed);
    sim.add_fault({.count = 1000, .probability = 0.5, .answer = status_answer(503)});
    std::string out;
    for (int i = 0; i < 100; ++i) {
      const auto answer = sim.answer({.method = "GET", .target = "/singularity/api/requests"});
      out += answer.status == 503 ? 'x' : '.';
    }
    return out;
  };
  EXPECT_EQ(fates(1), fates(1));
  EXPECT_NE(fates(1), fates(2));
  const auto met = std::ranges::count(fates(3), 'x');
  EXPECT_GT(met, 20);
  EXPECT_LT(met, 80);
}

TEST_F(FaultTest, BadConductOfClientsIsNoted) {
  run("mill", "one");
  get("/requests/request/mill");
  post("/deploys", deploy("mill", "two"));
  EXPECT_EQ(post("/deploys", deploy("mill", "three")).status, 409);
  EXPECT_TRUE(sim_.misdeeds().empty()) << "it could not know";
  get("/requests/request/mill");
  post("/deploys", deploy("mill", "four"));
  EXPECT_EQ(sim_.misdeeds(), std::vector<std::string>{"deploy posted beside two"});
  post("/deploys", deploy("mill", "one"));
  post("/requests", R"({"id":"mill","requestType":"SERVICE"})");
  EXPECT_EQ(sim_.misdeeds().size(), 3U);
}

TEST_F(FaultTest, TasksThatRunOutOfMemory) {
  post("/requests", service("mill"));
  sim_.script("\"one\"", oom_script());
  post("/deploys", deploy("mill", "one"));
  pass(20);
  EXPECT_EQ(outcome_of("mill", "one"), "FAILED");
}

}  // namespace
}  // namespace sous::singularity_sim
