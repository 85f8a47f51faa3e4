#include "adapters/scheduler_podman/ready_check.h"

#include <gtest/gtest.h>

namespace sous::scheduler_podman {
namespace {

using std::chrono::seconds;

Deployment http_service() {
  return {.id = {ManifestId(SourceLocation::make("github.com/a/b", "").value()),
                 ClusterName::parse("here").value()},
          .spec = {.resources = {{"ports", "2"}}}};
}

Health health(const ReadyCheck& check, int up, ProbeAnswer answer, int bad = 0) {
  return judge(check, seconds(up), answer, seconds(bad)).health;
}

constexpr ProbeAnswer answered(int status) { return {ProbeAnswer::Kind::answered, status}; }

constexpr ProbeAnswer kRefused{ProbeAnswer::Kind::refused, 0};
constexpr ProbeAnswer kSilent{ProbeAnswer::Kind::no_answer, 0};

TEST(ReadyCheck, PresentFieldsWinWhateverTheirValue) {
  Deployment deployment = http_service();
  EXPECT_EQ(ready_check_of(deployment).value(), ReadyCheck());
  Startup& startup = deployment.spec.startup;
  startup.check_ready_uri_path = "ready";
  startup.check_ready_protocol = "https";
  startup.check_ready_port_index = 1;
  startup.timeout = 0;
  startup.check_ready_retries = 0;
  const ReadyCheck check = ready_check_of(deployment).value();
  EXPECT_EQ(check.path, "/ready");
  EXPECT_TRUE(check.https);
  EXPECT_EQ(check.port_index, 1U);
  EXPECT_EQ(check.startup_timeout, 0U);
  EXPECT_EQ(check.retries, 0U);
}

TEST(ReadyCheck, WhatCanNeverBeMetIsRefused) {
  Deployment deployment = http_service();
  deployment.spec.startup.check_ready_port_index = 2;
  EXPECT_FALSE(ready_check_of(deployment));
  deployment.spec.startup.skip_check = true;
  EXPECT_TRUE(ready_check_of(deployment));
  deployment.spec.startup.check_ready_protocol = "gopher";
  EXPECT_FALSE(ready_check_of(deployment));
}

TEST(ReadyCheck, WorkersAndSkippedChecksAreNotProbed) {
  Deployment deployment = http_service();
  EXPECT_TRUE(ready_check_of(deployment)->probes);
  deployment.spec.startup.skip_check = true;
  EXPECT_FALSE(ready_check_of(deployment)->probes);
  deployment.spec.startup.skip_check = false;
  deployment.kind = Kind::worker;
  EXPECT_FALSE(ready_check_of(deployment)->probes);
}

TEST(Judge, GoodAnswersAreHealthyAtOnce) {
  EXPECT_EQ(health({}, 0, answered(200)), Health::healthy);
  EXPECT_EQ(health({}, 0, answered(302)), Health::healthy);
  EXPECT_EQ(health({}, 9999, answered(204)), Health::healthy);
}

TEST(Judge, RefusedConnectionsAreWaitedForUntilTheTimeout) {
  const ReadyCheck check{.connect_delay = 5, .startup_timeout = 10};
  EXPECT_EQ(health(check, 14, kRefused), Health::pending);
  EXPECT_EQ(health(check, 15, kRefused), Health::failed);
}

TEST(Judge, BadAnswersAreRetriedForAWhile) {
  const ReadyCheck check{.interval = 2, .retries = 3};
  EXPECT_EQ(health(check, 1, answered(503), 0), Health::pending);
  EXPECT_EQ(health(check, 6, answered(503), 5), Health::pending);
  EXPECT_EQ(health(check, 7, answered(404), 6), Health::failed);
  EXPECT_EQ(health(check, 7, kSilent, 6), Health::failed);
  // A process that has just begun to look knows by the age of the instance.
  EXPECT_EQ(health(check, 9999, answered(503), 0), Health::failed);
}

TEST(Judge, FailureStatusesFailAtOnce) {
  const ReadyCheck check{.failure_statuses = {410, 503}};
  EXPECT_EQ(health(check, 0, answered(503)), Health::failed);
  EXPECT_EQ(health(check, 0, answered(500)), Health::pending);
  EXPECT_EQ(health(ReadyCheck{.failure_statuses = {200}}, 0, answered(200)), Health::failed);
}

}  // namespace
}  // namespace sous::scheduler_podman
