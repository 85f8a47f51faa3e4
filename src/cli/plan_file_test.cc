#include "cli/plan_file.h"

#include <gtest/gtest.h>

#include "cli/json_views.h"
#include "support/samples.h"

namespace sous::cli {
namespace {

Plan plan() {
  Action action{
      .id = {support::manifest_id("github.com/team/project,api~blue"), support::cluster("left")},
      .kind = ActionKind::replace_image,
      .version = support::version("1.2.3"),
      .from = support::digest("old"),
      .to = support::image("new"),
      .reason = "version 1.2.3 is image x",
      .precondition = {.manifest_revision = "cafe",
                       .lock_revision = "cafe",
                       .generation = 7,
                       .observed_digest = support::digest("old")}};
  Action removal = action;
  removal.kind = ActionKind::remove;
  removal.to.reset();
  removal.precondition.observed_digest.reset();
  removal.precondition.manifest_revision = {};
  return {.gdm_revision = "cafe",
          .observed_at = support::at(0),
          .actions = {action, removal},
          .clusters = {}};
}

TEST(PlanFile, HoldsAllThatApplyNeeds) {
  const Plan saved = plan();
  const auto actions = parse_plan(plan_json(saved, {}).dump_pretty());
  ASSERT_TRUE(actions) << actions.error().text();
  ASSERT_EQ(actions->size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(actions->at(i).id, saved.actions[i].id);
    EXPECT_EQ(actions->at(i).kind, saved.actions[i].kind);
    EXPECT_EQ(actions->at(i).version, saved.actions[i].version);
    EXPECT_EQ(actions->at(i).reason, saved.actions[i].reason);
    EXPECT_EQ(actions->at(i).precondition, saved.actions[i].precondition);
  }
  EXPECT_EQ(actions->at(0).to, saved.actions[0].to->digest);
  EXPECT_EQ(actions->at(1).to, std::nullopt);
}

TEST(PlanFile, EveryMemberIsNeededAndChecked) {
  const codec::Json good = plan_json(plan(), {});
  for (const char* name :
       {"manifest", "cluster", "action", "version", "to_digest", "reason", "precondition"}) {
    codec::Json bad = good;
    codec::Json action = (*bad.find("actions")->as_array())[0];
    action.erase(name);
    bad.set("actions", codec::Json::array({action}));
    const auto without = parse_plan(bad.dump());
    ASSERT_FALSE(without) << name;
    EXPECT_EQ(without.error().code(), Code::invalid_data);
    EXPECT_NE(without.error().text().find(name), std::string::npos) << without.error().text();
    action.set(name, 7);
    bad.set("actions", codec::Json::array({action}));
    EXPECT_FALSE(parse_plan(bad.dump())) << name;
  }
}

TEST(PlanFile, OtherDocumentsAreRefused) {
  for (const char* text : {"", "{}", "[]", R"({"format":2,"actions":[]})", R"({"format":1})"}) {
    const auto plan = parse_plan(text);
    ASSERT_FALSE(plan) << text;
    EXPECT_EQ(plan.error().code(), Code::invalid_data);
  }
  EXPECT_TRUE(parse_plan(R"({"format":1,"actions":[]})"));
}

}  // namespace
}  // namespace sous::cli
