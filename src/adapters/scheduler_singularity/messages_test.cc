#include "adapters/scheduler_singularity/messages.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "adapters/scheduler_singularity/record.h"
#include "adapters/scheduler_singularity/singularity_scheduler.h"
#include "support/code_of.h"

namespace sous::scheduler_singularity {
namespace {

namespace json = boost::json;

TEST(SingularityMessages, WordsOfEveryKindOfRefusal) {
  EXPECT_EQ(decode_refusal("instances must be at least 1"), "instances must be at least 1");
  EXPECT_EQ(decode_refusal(R"({"code":404,"message":"nobody"})"), "nobody");
  EXPECT_EQ(decode_refusal(R"({"code":409,"message":"{\"code\":409,\"message\":\"busy\"}"})"),
            "busy");
  EXPECT_EQ(decode_refusal("<html><h1>502</h1></html>"),
            "it answers with a page that is not Singularity's");
  EXPECT_EQ(decode_refusal(""), "it gives no reason");
  EXPECT_LE(decode_refusal(std::string(5000, 'x')).size(), 500U);
}

TEST(SingularityMessages, ListsAreReadTolerantly) {
  const auto list = decode_requests(
      "\xEF\xBB\xBF"
      R"([{"request":{"id":"a","requestType":"NOVEL","instances":null},"state":"NEW_STATE",
         "requestDeployState":null,"taskIds":null,"surprise":[1]},
        {"request":{}}, 5])");
  ASSERT_TRUE(list) << list.error().text();
  ASSERT_EQ(list->requests.size(), 1U);
  EXPECT_EQ(list->unreadable, 2U);
  EXPECT_EQ(list->requests[0].instances, 1U);
  EXPECT_EQ(list->requests[0].state, "NEW_STATE");
  EXPECT_FALSE(list->requests[0].tasks);
}

TEST(SingularityMessages, WhatIsNoAnswerIsRefused) {
  for (const std::string body : {"", "<html>", "{", "[]x", "{}", "null"}) {
    EXPECT_EQ(support::code_of(decode_request(body)), Code::invalid_data) << body;
    EXPECT_EQ(support::code_of(decode_task(body)), Code::invalid_data) << body;
    EXPECT_EQ(support::code_of(decode_deploy(body)), Code::invalid_data) << body;
  }
  EXPECT_EQ(support::code_of(decode_requests("{}")), Code::invalid_data);
  EXPECT_EQ(support::code_of(decode_requests(std::string(100'000, '['))), Code::invalid_data);
}

WantedRequest nightly(const std::string& schedule) {
  return {.id = "r", .type = "SCHEDULED", .instances = 1, .owners = {"a"}, .schedule = schedule};
}

TEST(SingularityMessages, APostKeepsWhatAnOperatorSet) {
  const auto out = json::parse(encode_request(nightly("1 2 * * *"),
                                              R"({"id":"r","group":"ops","schedule":"0 0 * * *",
                                     "scheduleType":"CRON","quartzSchedule":"0 0 0 ? * *"})"))
                       .as_object();
  EXPECT_EQ(out.at("group"), "ops");
  EXPECT_EQ(out.at("schedule"), "1 2 * * *");
  EXPECT_FALSE(out.contains("quartzSchedule")) << "the old one would win";
}

TEST(SingularityMessages, OnlyWhatChangesIsADifference) {
  const std::string current =
      R"({"id":"r","requestType":"SCHEDULED","instances":1,"owners":["a"],"schedule":"1 2 * * *",
          "scheduleType":"CRON","quartzSchedule":"0 1 2 ? * *","group":"ops"})";
  EXPECT_FALSE(differs(nightly("1 2 * * *"), current));
  EXPECT_TRUE(differs(nightly("1 3 * * *"), current));
  auto more = nightly("1 2 * * *");
  more.owners.clear();
  EXPECT_TRUE(differs(more, current));
}

json::object deploy_for(Kind kind, const Startup& startup) {
  DeploySpec spec;
  spec.startup = startup;
  const auto value = json::parse(encode_deploy({.id = "d",
                                                .request_id = "r",
                                                .image = "h/i@sha256:0",
                                                .kind = kind,
                                                .spec = spec,
                                                .metadata = {},
                                                .message = "m",
                                                .updated_request = {}}));
  return value.at("deploy").as_object();
}

TEST(SingularityMessages, TheHealthCheckIsTheStartupsFields) {
  const Startup startup{.skip_check = {},
                        .connect_delay = 1,
                        .timeout = 2,
                        .connect_interval = 3,
                        .check_ready_protocol = "https",
                        .check_ready_uri_path = "up",
                        .check_ready_port_index = 4,
                        .check_ready_failure_statuses = std::vector<std::uint32_t>{500},
                        .check_ready_uri_timeout = 5,
                        .check_ready_interval = 6,
                        .check_ready_retries = 7};
  const auto check = deploy_for(Kind::http_service, startup).at("healthcheck");
  EXPECT_EQ(check,
            json::parse(R"({"uri":"/up","protocol":"HTTPS","portIndex":4,"startupDelaySeconds":1,
      "startupTimeoutSeconds":2,"startupIntervalSeconds":3,"responseTimeoutSeconds":5,
      "intervalSeconds":6,"maxRetries":7,"failureStatusCodes":[500]})"));
  EXPECT_FALSE(deploy_for(Kind::http_service, {.skip_check = true}).contains("healthcheck"));
  EXPECT_FALSE(deploy_for(Kind::scheduled, {}).contains("healthcheck")) << "I7";
}

TEST(SingularityMessages, ADeployOfTheOriginalIsRead) {
  const DeployFacts facts{.id = "d",
                          .metadata = {{"com.opentable.sous.clustername", "here"},
                                       {"com.opentable.sous.flavor", ""},
                                       {"com.opentable.sous.repo_url", "github.com/a/b"},
                                       {"com.opentable.sous.repo_offset", ""},
                                       {"com.opentable.sous.version", "1.2.3"},
                                       {"com.opentable.sous.revision", ""}},
                          .image = "h.example/b@sha256:" + std::string(64, 'a')};
  const auto record = from_deploy(facts);
  ASSERT_TRUE(record && *record);
  EXPECT_EQ((*record)->gdm_id, "");
  EXPECT_EQ((*record)->generation, 0U);
  EXPECT_EQ((*record)->deployment.manifest.str(), "github.com/a/b");
  EXPECT_TRUE((*record)->image);
  EXPECT_FALSE((*record)->revision);

  DeployFacts foreign = facts;
  foreign.metadata.erase("com.opentable.sous.clustername");
  EXPECT_FALSE(from_deploy(foreign).value());
  DeployFacts damaged = facts;
  damaged.metadata["com.opentable.sous.version"] = "soon";
  EXPECT_EQ(support::code_of(from_deploy(damaged)), Code::invalid_data);
}

TEST(SingularityMessages, OnlyMarkersOfSousAreLookedInto) {
  EXPECT_TRUE(may_be_ours({.deploy_id = "d", .at = {}, .user = "sous_a@b", .message = {}}));
  EXPECT_TRUE(may_be_ours({.deploy_id = "d", .at = {}, .user = {}, .message = "Deployed by a@b"}));
  EXPECT_FALSE(may_be_ours({.deploy_id = "d", .at = {}, .user = "kim", .message = "mine"}));
}

TEST(SingularityMessages, BaseUrls) {
  EXPECT_EQ(base_url("http://s:7099/singularity//").value(), "http://s:7099/singularity");
  for (const std::string bad : {"", "s:7099", "unix:///x", "http://", "http://s/a?b"}) {
    EXPECT_EQ(support::code_of(base_url(bad)), Code::invalid_data) << bad;
  }
}

}  // namespace
}  // namespace sous::scheduler_singularity
