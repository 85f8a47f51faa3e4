#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/registry_oci/hosts.h"
#include "adapters/registry_oci/link_header.h"
#include "adapters/registry_oci/retry_after.h"
#include "adapters/registry_oci/token.h"
#include "adapters/registry_oci/url.h"
#include "adapters/registry_oci/www_authenticate.h"

namespace sous::registry_oci {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(Challenges, OneWithParameters) {
  const auto parsed = parse_challenges(
      R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push")");
  ASSERT_TRUE(parsed.has_value());
  ASSERT_EQ(parsed->size(), 1U);
  EXPECT_EQ(parsed->front().scheme, "bearer");
  EXPECT_THAT(parsed->front().parameters,
              ElementsAre(Pair("realm", "https://auth.docker.io/token"),
                          Pair("scope", "repository:a/b:pull,push"),
                          Pair("service", "registry.docker.io")));
}

TEST(Challenges, SeveralWithTokensQuotesAndBlanks) {
  const auto parsed = parse_challenges(
      R"( Negotiate YII/abc==, Basic  realm = "say \"hi\"" ,charset=UTF-8, , NTLM)");
  ASSERT_TRUE(parsed.has_value());
  ASSERT_EQ(parsed->size(), 3U);
  EXPECT_EQ((*parsed)[0].scheme, "negotiate");
  EXPECT_EQ((*parsed)[1].scheme, "basic");
  EXPECT_EQ((*parsed)[1].parameters.at("realm"), "say \"hi\"");
  EXPECT_EQ((*parsed)[1].parameters.at("charset"), "UTF-8");
  EXPECT_EQ((*parsed)[2].scheme, "ntlm");
}

TEST(Challenges, TheFirstOfDoubledParametersCounts) {
  const auto parsed = parse_challenges(R"(Bearer realm="a", realm="b")");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->front().parameters.at("realm"), "a");
}

TEST(Challenges, RefusesWhatIsNoChallenge) {
  for (const char* text : {"realm=\"x\"", "Bearer realm=\"open", "\"x\"", "Bearer realm=(", "=,"}) {
    EXPECT_FALSE(parse_challenges(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_challenges(std::string(9000, 'a')).has_value());
  EXPECT_THAT(parse_challenges("").value(), IsEmpty());
}

TEST(NextLink, Forms) {
  const std::pair<const char*, const char*> rows[] = {
      {R"(</v2/a/tags/list?last=b&n=1>; rel="next")", "/v2/a/tags/list?last=b&n=1"},
      {R"(<x>; rel=next)", "x"},
      {R"(<x>;REL="NEXT")", "x"},
      {R"(<x>; rel="prev next")", "x"},
      {R"(<p>; rel="prev", <x>; rel="next")", "x"},
      {R"(<p>; title="a>,<b"; rel="prev", , <x>; rel="next")", "x"},
      {R"(<x>)", "x"},
  };
  for (const auto& [text, target] : rows) {
    EXPECT_EQ(next_link(text).value(), target) << text;
  }
}

TEST(NextLink, NoneAndMalformed) {
  for (const char* text : {"", " ", R"(<p>; rel="prev")", R"(<p>; rel="")"}) {
    EXPECT_EQ(next_link(text).value(), std::nullopt) << text;
  }
  for (const char* text : {"x", "<x", "<>; rel=next", "x>; rel=next"}) {
    EXPECT_FALSE(next_link(text).has_value()) << text;
  }
}

TEST(HttpDate, ReadsTheFormOfTheStandard) {
  EXPECT_EQ(format_rfc3339(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").value()),
            "1994-11-06T08:49:37.000000Z");
  for (const char* text : {"",
                           "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, 31 Feb 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:49:37 GMT",
                           "Xxx, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Xxx 1994 08:49:37 GMT",
                           "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08:-1:37 GMT"}) {
    EXPECT_FALSE(parse_http_date(text).has_value()) << text;
  }
}

TEST(RetryAfter, SecondsAndDates) {
  const WallTime now = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").value();
  EXPECT_EQ(parse_retry_after("120", now), std::chrono::seconds(120));
  EXPECT_EQ(parse_retry_after(" 0 ", now), Duration::zero());
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now), std::chrono::seconds(30));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Duration::zero());
  EXPECT_EQ(parse_retry_after("99999999999999999999999", now), std::chrono::hours(24 * 365));
  EXPECT_EQ(parse_retry_after("-1", now), std::nullopt);
  EXPECT_EQ(parse_retry_after("soon", now), std::nullopt);
  EXPECT_EQ(parse_retry_after("", now), std::nullopt);
}

TEST(TokenAnswer, Lifetimes) {
  EXPECT_EQ(parse_token(R"({"token":"t","expires_in":300})")->lifetime, std::chrono::seconds(300));
  EXPECT_EQ(parse_token(R"({"token":"t","expires_in":300.7})")->lifetime,
            std::chrono::seconds(300));
  EXPECT_EQ(parse_token(R"({"token":"t","expires_in":-5})")->lifetime, std::chrono::seconds(60));
  EXPECT_EQ(parse_token(R"({"token":"t","expires_in":"soon"})")->lifetime,
            std::chrono::seconds(60));
  EXPECT_EQ(parse_token(R"({"token":"t","expires_in":1e300})")->lifetime, std::chrono::hours(24));
  EXPECT_EQ(parse_token(R"({"token":"t","expires_in":18446744073709551615})")->lifetime,
            std::chrono::hours(24));
}

TEST(TokenAnswer, ATokenMustFitIntoAHeader) {
  for (const char* text : {R"({"token":"a b"})",
                           R"({"token":"a\r\nX: 1"})",
                           R"({"token":"\u00e4"})",
                           R"({"token":""})",
                           R"({"token":7})",
                           "{}",
                           "[]",
                           ""}) {
    EXPECT_EQ(parse_token(text).error().code(), Code::invalid_data) << text;
  }
}

TEST(Url, PartsAndResolution) {
  const auto url = Url::parse("HTTPS://Example.com:443/v2/?n=1#x");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->str(), "https://example.com/v2/?n=1");
  EXPECT_EQ(Url::parse("http://[::1]:5000").value().str(), "http://[::1]:5000/");
  const auto base = Url::parse("http://h:5000/v2/a/tags/list?n=5").value();
  EXPECT_EQ(base.resolve("/x?y").value().str(), "http://h:5000/x?y");
  EXPECT_EQ(base.resolve("list?last=b").value().str(), "http://h:5000/v2/a/tags/list?last=b");
  EXPECT_EQ(base.resolve("?last=b").value().str(), "http://h:5000/v2/a/tags/list?last=b");
  EXPECT_EQ(base.resolve("//other/x").value().str(), "http://other/x");
  EXPECT_EQ(base.resolve("https://other:1/x").value().str(), "https://other:1/x");
  for (const char* text : {"", "/x", "ftp://h/", "http://", "http://u:p@h/", "http://h:x/", "h"}) {
    EXPECT_FALSE(Url::parse(text).has_value()) << text;
  }
  EXPECT_FALSE(base.resolve("javascript:alert(1)").has_value());
  EXPECT_FALSE(base.resolve("http://[").has_value());
  EXPECT_FALSE(base.resolve("a b").has_value());
}

TEST(Hosts, SchemeByHost) {
  const OciConfig config{.plain_http_hosts = {"plain.example:5000", "bare.example"},
                         .tls_hosts = {"127.0.0.1:5001"}};
  const Hosts hosts(config);
  EXPECT_EQ(hosts.origin("registry.example"), "https://registry.example");
  EXPECT_EQ(hosts.origin("plain.example:5000"), "http://plain.example:5000");
  EXPECT_EQ(hosts.origin("plain.example:5001"), "https://plain.example:5001");
  EXPECT_EQ(hosts.origin("bare.example:99"), "http://bare.example:99");
  EXPECT_EQ(hosts.origin("localhost:5000"), "http://localhost:5000");
  EXPECT_EQ(hosts.origin("127.0.0.1:5000"), "http://127.0.0.1:5000");
  EXPECT_EQ(hosts.origin("127.0.0.1:5001"), "https://127.0.0.1:5001");
  EXPECT_EQ(hosts.origin("[::1]:5000"), "http://[::1]:5000");
  EXPECT_EQ(hosts.origin("docker.io"), "https://registry-1.docker.io");
  EXPECT_EQ(canonical_host("Index.Docker.IO"), "docker.io");
}

}  // namespace
}  // namespace sous::registry_oci
