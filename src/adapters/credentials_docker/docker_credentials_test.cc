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

  Result<StoredLogin> find(const std::string& host, const std::string& path = "team/app") {
    return credentials_.find(host, path, call_);
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
  const auto found = find("a.example");
  ASSERT_TRUE(found.has_value()) << found.error().text();
  EXPECT_FALSE(found->credential.has_value());
}

TEST_F(DockerCredentialsTest, TheFirstFileThatKnowsTheHostDecides) {
  write("/run/auth.json", login("a.example", "first"));
  write("/home/config.json", login("a.example", "second"));
  EXPECT_EQ(find("a.example").value().credential->user, "first");
  write("/run/auth.json", login("b.example", "first"));
  EXPECT_EQ(find("a.example").value().credential->user, "second");
}

TEST_F(DockerCredentialsTest, DockerHubHasOneName) {
  write("/home/config.json", login("https://index.docker.io/v1/", "hub"));
  EXPECT_EQ(find("docker.io").value().credential->user, "hub");
  EXPECT_EQ(find("index.docker.io").value().credential->user, "hub");
}

TEST_F(DockerCredentialsTest, AHelperIsAskedForItsHost) {
  write("/run/auth.json", R"({"credHelpers": {"a.example": "mine"}})");
  programs_.answer({"docker-credential-mine", "get"},
                   {.exit_code = 0, .out = R"({"Username":"u","Secret":"s"})", .err = ""});
  EXPECT_EQ(find("a.example").value().credential->user, "u");
  EXPECT_FALSE(find("b.example").value().credential.has_value());
  ASSERT_EQ(programs_.runs().size(), 1U);
  EXPECT_EQ(programs_.runs().front().input, "a.example");
}

TEST_F(DockerCredentialsTest, TheStoreIsAskedForHubByItsOldName) {
  write("/run/auth.json", R"({"credsStore": "desktop"})");
  programs_.answer({"docker-credential-desktop"},
                   {.exit_code = 0, .out = R"({"Username":"<token>","Secret":"t"})", .err = ""});
  EXPECT_EQ(find("docker.io").value().credential->identity_token.reveal(), "t");
  EXPECT_EQ(programs_.runs().front().input, "https://index.docker.io/v1/");
}

TEST_F(DockerCredentialsTest, AHelperThatKnowsNothingIsNoError) {
  write("/run/auth.json", R"({"credsStore": "desktop"})");
  write("/home/config.json", login("a.example", "file"));
  programs_.answer(
      {"docker-credential-desktop"},
      {.exit_code = 1, .out = "credentials not found in native keychain\n", .err = ""});
  EXPECT_EQ(find("a.example").value().credential->user, "file");
}

TEST_F(DockerCredentialsTest, AFailedHelperIsNamedAndItsOutputIsNotShown) {
  write("/run/auth.json", R"({"credsStore": "desktop"})");
  programs_.answer({"docker-credential-desktop"},
                   {.exit_code = 2, .out = "hunter2", .err = "hunter2"});
  const auto found = find("a.example");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code(), Code::unavailable);
  EXPECT_THAT(found.error().text(), HasSubstr("docker-credential-desktop"));
  EXPECT_THAT(found.error().text() + found.error().hint(), Not(HasSubstr("hunter2")));
}

TEST_F(DockerCredentialsTest, AMissingHelperIsUnavailable) {
  write("/run/auth.json", R"({"credsStore": "gone"})");
  EXPECT_EQ(find("a.example").error().code(), Code::unavailable);
}

TEST_F(DockerCredentialsTest, AnUnreadableFileIsNamed) {
  write("/home/config.json", "not json: hunter2");
  const auto found = find("a.example");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code(), Code::invalid_data);
  EXPECT_THAT(found.error().text(), HasSubstr("/home/config.json"));
  EXPECT_THAT(found.error().text(), Not(HasSubstr("hunter2")));
}

TEST_F(DockerCredentialsTest, TheClosestNamespaceDecides) {
  write("/run/auth.json",
        R"({"auths": {"a.example": {"username": "host", "password": "p"},
                      "a.example/team": {"username": "team", "password": "p"},
                      "a.example/team/app": {"username": "app", "password": "p"}}})");
  EXPECT_EQ(find("a.example", "team/app").value().credential->user, "app");
  EXPECT_EQ(find("a.example", "team/other").value().credential->user, "team");
  EXPECT_EQ(find("a.example", "team/app/sub").value().credential->user, "app");
  EXPECT_EQ(find("a.example", "teams/app").value().credential->user, "host");
  EXPECT_FALSE(find("a.example", "teams/app").value().whole_host);
}

TEST_F(DockerCredentialsTest, ALoginForAPartSaysNothingOfTheRest) {
  write("/run/auth.json", login("a.example/team", "team"));
  write("/home/config.json", login("a.example", "host"));
  EXPECT_EQ(find("a.example", "team/app").value().credential->user, "team");
  EXPECT_EQ(find("a.example", "other").value().credential->user, "host");
  EXPECT_FALSE(find("b.example").value().credential.has_value());
  EXPECT_TRUE(find("b.example").value().whole_host);
}

TEST_F(DockerCredentialsTest, AHelperMayBeForANamespace) {
  write("/run/auth.json", R"({"credHelpers": {"a.example/team": "mine"}})");
  programs_.answer({"docker-credential-mine", "get"},
                   {.exit_code = 0, .out = R"({"Username":"u","Secret":"s"})", .err = ""});
  EXPECT_EQ(find("a.example", "team/app").value().credential->user, "u");
  EXPECT_EQ(programs_.runs().front().input, "a.example/team");
  EXPECT_FALSE(find("a.example", "other").value().credential.has_value());
}

}  // namespace
}  // namespace sous::credentials_docker
