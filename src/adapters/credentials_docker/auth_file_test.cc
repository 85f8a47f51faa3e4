#include "adapters/credentials_docker/auth_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"

namespace sous::credentials_docker {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PlainName, ReducesKeysToHostsAndTheirParts) {
  EXPECT_EQ(plain_name("https://index.docker.io/v1/"), "docker.io");
  EXPECT_EQ(plain_name("registry-1.docker.io"), "docker.io");
  EXPECT_EQ(plain_name("docker.io"), "docker.io");
  EXPECT_EQ(plain_name("Registry.Example.com:5000"), "registry.example.com:5000");
  EXPECT_EQ(plain_name("https://example.com/v2/"), "example.com");
  EXPECT_EQ(plain_name("http://example.com/"), "example.com");
  EXPECT_EQ(plain_name("Quay.io/team/"), "quay.io/team");
  EXPECT_EQ(plain_name("https://quay.io/team"), std::nullopt);
  EXPECT_EQ(plain_name(""), std::nullopt);
  EXPECT_EQ(plain_name("https://"), std::nullopt);
}

TEST(AuthFile, ReadsAllKindsOfEntries) {
  const std::string text = R"({"auths": {
      "https://index.docker.io/v1/": {"auth": ")" +
                           to_base64("me:pa:ss") + R"("},
      "plain.example.com": {"username": "u", "password": "p"},
      "token.example.com": {"auth": ")" +
                           to_base64("<token>:") + R"(", "identitytoken": "refresh"},
      "known.to.helper": {},
      "quay.io/team": {"auth": ")" +
                           to_base64("a:b") + R"("}},
      "credHelpers": {"ecr.example.com": "ecr-login"},
      "credsStore": "secretservice"})";
  const auto file = parse_auth_file(text);
  ASSERT_TRUE(file.has_value()) << file.error().text();
  ASSERT_EQ(file->logins.size(), 4U);
  EXPECT_EQ(file->logins.at("docker.io").user, "me");
  EXPECT_EQ(file->logins.at("docker.io").password.reveal(), "pa:ss");
  EXPECT_EQ(file->logins.at("plain.example.com").password.reveal(), "p");
  EXPECT_EQ(file->logins.at("quay.io/team").user, "a");
  EXPECT_TRUE(file->divides("quay.io"));
  EXPECT_FALSE(file->divides("quay.i"));
  EXPECT_EQ(file->logins.at("token.example.com").identity_token.reveal(), "refresh");
  EXPECT_EQ(file->helpers.at("ecr.example.com"), "ecr-login");
  EXPECT_EQ(file->store, "secretservice");
}

TEST(AuthFile, AnEmptyObjectHoldsNothing) {
  const auto file = parse_auth_file("{}");
  ASSERT_TRUE(file.has_value());
  EXPECT_TRUE(file->logins.empty());
  EXPECT_TRUE(file->store.empty());
}

TEST(AuthFile, ErrorsNameTheHostAndQuoteNoSecret) {
  const auto file = parse_auth_file(R"({"auths": {"a.example": {"auth": "hunter2hunter2!"}}})");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code(), Code::invalid_data);
  EXPECT_THAT(file.error().text(), HasSubstr("a.example"));
  EXPECT_THAT(file.error().text(), Not(HasSubstr("hunter2")));
  EXPECT_EQ(parse_auth_file("hunter2").error().code(), Code::invalid_data);
}

TEST(AuthFile, AHelperIsOneWord) {
  for (const char* name : {"../evil", "a b", "a/b", "", ".hidden"}) {
    const auto file =
        parse_auth_file(std::string(R"({"credHelpers": {"a.example": ")") + name + "\"}}");
    EXPECT_FALSE(file.has_value()) << name;
  }
}

TEST(HelperAnswer, PasswordOrToken) {
  const auto login = parse_helper_answer(R"({"ServerURL":"x","Username":"u","Secret":"s"})");
  ASSERT_TRUE(login.has_value());
  EXPECT_EQ(login->user, "u");
  EXPECT_EQ(login->password.reveal(), "s");
  const auto token = parse_helper_answer(R"({"Username":"<token>","Secret":"t"})");
  ASSERT_TRUE(token.has_value());
  EXPECT_EQ(token->user, "");
  EXPECT_EQ(token->identity_token.reveal(), "t");
  EXPECT_FALSE(parse_helper_answer(R"({"Username":"u"})").has_value());
  EXPECT_FALSE(parse_helper_answer("").has_value());
}

}  // namespace
}  // namespace sous::credentials_docker
