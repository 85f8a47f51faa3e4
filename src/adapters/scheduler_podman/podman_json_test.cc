#include "adapters/scheduler_podman/podman_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sous::scheduler_podman {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string frame(char stream, std::string_view payload) {
  std::string out{stream, 0, 0, 0, 0, 0, 0, static_cast<char>(payload.size())};
  return out + std::string(payload);
}

TEST(PodmanLog, FramesBecomeLines) {
  const std::string body = frame(1, "one\n") + frame(2, "two, ") + frame(2, "still two\nthree\n");
  EXPECT_THAT(decode_log(body, 20), ElementsAre("one", "two, still two", "three"));
  EXPECT_THAT(decode_log(body, 2), ElementsAre("two, still two", "three"));
}

TEST(PodmanLog, NoiseIsNeverMoreThanLines) {
  EXPECT_THAT(decode_log("", 20), IsEmpty());
  EXPECT_THAT(decode_log("short", 20), IsEmpty());
  const std::string longer_than_it_is = std::string("\x01\0\0\0\xff\xff\xff\xff", 8) + "cut";
  EXPECT_THAT(decode_log(longer_than_it_is, 20), ElementsAre("cut"));
  EXPECT_THAT(decode_log(frame(1, "a\xff\xfe z\n"), 20), ElementsAre("a?? z"));
}

TEST(PodmanPull, TheErrorStandsInTheStreamOfA200) {
  EXPECT_EQ(decode_pull_error(R"({"stream":"Trying to pull"}
{"error":"manifest unknown"}
)"),
            "manifest unknown");
  EXPECT_FALSE(decode_pull_error(R"({"stream":"Copying"}
{"id":"abc","images":["abc"]}
)"));
  EXPECT_FALSE(decode_pull_error("no json"));
}

TEST(PodmanError, ItsOwnWordsOrTheBodysStart) {
  EXPECT_EQ(decode_error(R"({"cause":"c","message":"the words","response":500})"), "the words");
  EXPECT_EQ(decode_error("  plain text \n"), "plain text");
  EXPECT_LE(decode_error(std::string(10'000, 'x')).size(), 300U);
}

TEST(PodmanImages, EveryDigestOfAnImageIsKept) {
  const std::string a = "sha256:" + std::string(64, 'a');
  const std::string b = "sha256:" + std::string(64, 'b');
  const auto images = decode_images(R"([{"Id":"1","Digest":")" + a + R"(","RepoDigests":["x/y@)" +
                                    b + R"(","x/z@)" + a + R"(","broken"]}])");
  ASSERT_TRUE(images);
  ASSERT_EQ(images->size(), 1U);
  EXPECT_THAT(images->front().digests,
              testing::IsSupersetOf({*Digest::parse(a), *Digest::parse(b)}));
}

TEST(PodmanContainers, WhatIsNoListIsRefused) {
  for (const auto* body : {"", "{", "{}", "[1]", R"([{"Names":["x"]}])", "null"}) {
    const auto rows = decode_containers(body);
    ASSERT_FALSE(rows) << body;
    EXPECT_EQ(rows.error().code(), Code::invalid_data);
  }
  EXPECT_FALSE(decode_container("[]"));
  EXPECT_FALSE(decode_container(R"({"Id":"1","State":"running"})"));
}

TEST(PodmanContainers, ATimeThatNeverWasIsNone) {
  const auto detail = decode_container(
      R"({"Id":"1","Name":"n","RestartCount":-1,"State":{"Status":"created","ExitCode":3,
          "StartedAt":"0001-01-01T00:00:00Z","FinishedAt":"2026-01-02T03:04:05.5Z"}})");
  ASSERT_TRUE(detail);
  EXPECT_FALSE(detail->started_at);
  EXPECT_TRUE(detail->finished_at);
  EXPECT_EQ(detail->exit_code, 3);
  EXPECT_EQ(detail->restarts, 0U);
}

TEST(PodmanEvents, TheNewestExitCodeCounts) {
  const auto died = [](std::string_view code) {
    return R"({"status":"died","Actor":{"Attributes":{"containerExitCode":")" + std::string(code) +
           "\"}}}\n";
  };
  EXPECT_EQ(decode_exit_code(died("1") + died("7")), 7);
  EXPECT_FALSE(decode_exit_code(died("many")));
  EXPECT_FALSE(decode_exit_code(""));
}

TEST(PodmanCreate, SaysWhatTheSpecSays) {
  ContainerSpec spec{.name = "n", .image = "h/p@sha256:0"};
  spec.env = {{"A", "b \"c\""}};
  spec.volumes = {{"/h", "/c", Volume::Mode::read_only}, {"/h2", "/c2", Volume::Mode::read_write}};
  spec.memory_bytes = 1024;
  spec.cpus = 0.001;
  const std::string body = encode_container(spec);
  EXPECT_THAT(body, HasSubstr(R"("env":{"A":"b \"c\""})"));
  EXPECT_THAT(body, HasSubstr(R"("netns":{"nsmode":"host"})"));
  EXPECT_THAT(body, HasSubstr(R"("restart_policy":"always")"));
  EXPECT_THAT(body, HasSubstr(R"("memory":{"limit":1024})"));
  EXPECT_THAT(body, HasSubstr(R"("quota":1000)")) << "the least the kernel takes";
  EXPECT_THAT(body, HasSubstr(R"("destination":"/c","options":["rbind","ro"])"));
  EXPECT_THAT(body, HasSubstr(R"("destination":"/c2","options":["rbind","rw"])"));
}

}  // namespace
}  // namespace sous::scheduler_podman
