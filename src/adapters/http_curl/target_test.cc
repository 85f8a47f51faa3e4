#include "adapters/http_curl/target.h"

#include <gtest/gtest.h>

namespace sous::http_curl {
namespace {

TEST(Target, ShowsNeitherUserNorQuery) {
  const auto target = parse_target("HTTPS://user:secret@Host.Example:5000/a/b?token=secret#x");
  ASSERT_TRUE(target.has_value());
  EXPECT_TRUE(target->tls);
  EXPECT_EQ(target->host, "host.example");
  EXPECT_EQ(target->authority, "host.example:5000");
  EXPECT_EQ(target->shown, "https://host.example:5000/a/b");
}

TEST(Target, BracketsAreNotOfTheHost) {
  EXPECT_EQ(parse_target("http://[::1]:80/").value().host, "::1");
  EXPECT_EQ(parse_target("http://[::1]").value().host, "::1");
}

TEST(Target, RefusesWhatIsNoHttpUrl) {
  for (const char* url : {"",
                          "host/path",
                          "ftp://host/",
                          "http://",
                          "http:///path",
                          "http://a b/",
                          "http://host/\n",
                          "http://[",
                          "://host"}) {
    EXPECT_EQ(parse_target(url).error().code(), Code::invalid_data) << url;
  }
}

TEST(Proxy, ByHostAndScheme) {
  const CurlConfig config{.http_proxy = "http://p1",
                          .https_proxy = "http://p2",
                          .no_proxy = "exact.test, .below.test,10.0.0.1"};
  const auto proxy = [&](const char* url) { return proxy_for(config, parse_target(url).value()); };
  EXPECT_EQ(proxy("http://far.test/"), "http://p1");
  EXPECT_EQ(proxy("https://far.test/"), "http://p2");
  EXPECT_EQ(proxy("https://exact.test:5000/"), "");
  EXPECT_EQ(proxy("https://sub.exact.test/"), "");
  EXPECT_EQ(proxy("https://notexact.test/"), "http://p2");
  EXPECT_EQ(proxy("https://a.below.test/"), "");
  EXPECT_EQ(proxy("https://10.0.0.1/"), "");
  EXPECT_EQ(proxy("http://localhost:99/"), "");
  EXPECT_EQ(proxy("http://127.0.0.9/"), "");
  EXPECT_EQ(proxy_for({.https_proxy = "p", .no_proxy = "*"}, parse_target("https://a/").value()),
            "");
}

}  // namespace
}  // namespace sous::http_curl
