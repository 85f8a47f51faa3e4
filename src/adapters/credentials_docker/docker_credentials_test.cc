#include "adapters/credentials_docker/docker_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "support/fake_clock.h"
#include "support/fake_file_system.h"
#include "support/fake_process_runner.h"

namespace sous::credentials_docker {
namespace {

using testing::HasSubstr;
using testing::Not;

class DockerCredentialsTest : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    ASSERT_TRUE(files_.write(path, text, 0600).has_value());
  }

  static std::string login(const std::string& host, const std::string& user) {
    return R"({"auths": {")" + host + R"(": {"auth": ")" + to_base64(user + ":secret") + R"("}}})";
  }

  support::FakeClock clock_;
  support::FakeFileSystem files_{clock_};
  support::FakeProcessRunner programs_{clock_};
  DockerCredentials credentials_{{"/run/auth.json", "/home/config.json"}, files_, programs_};
  Call call_;
};

TEST_F(DockerCredentialsTest, AbsentFilesHoldNothing) {
  const auto found = credentials_.find("a.example", call_);
  ASSERT_TRUE(found.has_value()) << found.error().text();
  EXPECT_FALSE(found->has_value());
}

TEST_F(DockerCredentialsTest, TheFirstFileThatKnowsTheHostDecides) {
  write("/run/auth.json", login("a.example", "first"));
  write("/home/config.json", login("a.example", "second"));
  EXPECT_EQ(credentials_.find("a.example", call_).value()->user, "first");
  write("/run/auth.json", login("b.example", "first"));
  EXPECT_EQ(credentials_.find("a.example", call_).value()->user, "second");
}

TEST_F(DockerCredentialsTest, DockerHubHasOneName) {
  write("/home/config.json", login("https://index.docker.io/v1/", "hub"));
  EXPECT_EQ(credentials_.find("docker.io", call_).value()->user, "hub");
  EXPECT_EQ(credentials_.find("index.docker.io", call_).value()->user, "hub");
}

TEST_F(DockerCredentialsTest, AHelperIsAskedForItsHost) {
  write("/run/auth.json", R"({"credHelpers": {"a.example": "mine"}})");
  programs_.answer({"docker-credential-mine", "get"},
                   {.exit_code = 0, .out = R"({"Username":"u","Secret":"s"})", .err = ""});
  EXPECT_EQ(credentials_.find("a.example", call_).value()->user, "u");
  EXPECT_FALSE(credentials_.find("b.example", call_).value().has_value());
  ASSERT_EQ(programs_.runs().size(), 1U);
  EXPECT_EQ(programs_.runs().front().input, "a.example");
}

TEST_F(DockerCredentialsTest, TheStoreIsAskedForHubByItsOldName) {
  write("/run/auth.json", R"({"credsStore": "desktop"})");
  programs_.answer({"docker-credential-desktop"},
                   {.exit_code = 0, .out = R"({"Username":"<token>","Secret":"t"})", .err = ""});
  EXPECT_EQ(credentials_.find("docker.io", call_).value()->identity_token.reveal(), "t");
  EXPECT_EQ(programs_.runs().front().input, "https://index.docker.io/v1/");
}

TEST_F(DockerCredentialsTest, AHelperThatKnowsNothingIsNoError) {
  write("/run/auth.json", R"({"credsStore": "desktop"})");
  write("/home/config.json", login("a.example", "file"));
  programs_.answer(
      {"docker-credential-desktop"},
      {.exit_code = 1, .out = "credentials not found in native keychain\n", .err = ""});
  EXPECT_EQ(credentials_.find("a.example", call_).value()->user, "file");
}

TEST_F(DockerCredentialsTest, AFailedHelperIsNamedAndItsOutputIsNotShown) {
  write("/run/auth.json", R"({"credsStore": "desktop"})");
  programs_.answer({"docker-credential-desktop"},
                   {.exit_code = 2, .out = "hunter2", .err = "hunter2"});
  const auto found = credentials_.find("a.example", call_);
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code(), Code::unavailable);
  EXPECT_THAT(found.error().text(), HasSubstr("docker-credential-desktop"));
  EXPECT_THAT(found.error().text() + found.error().hint(), Not(HasSubstr("hunter2")));
}

TEST_F(DockerCredentialsTest, AMissingHelperIsUnavailable) {
  write("/run/auth.json", R"({"credsStore": "gone"})");
  EXPECT_EQ(credentials_.find("a.example", call_).error().code(), Code::unavailable);
}

TEST_F(DockerCredentialsTest, AnUnreadableFileIsNamed) {
  write("/home/config.json", "not json: hunter2");
  const auto found = credentials_.find("a.example", call_);
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code(), Code::invalid_data);
  EXPECT_THAT(found.error().text(), HasSubstr("/home/config.json"));
  EXPECT_THAT(found.error().text(), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace sous::credentials_docker
