// Reading tag lists: what registries get wrong (the numbers are those of the study of pitfalls).
#include <algorithm>

#include "base/text.h"
#include "wire/registry_wire.h"

namespace sous::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Completeness kComplete = Completeness::complete();

// A list in pages, as a registry gives it.
struct Paged {
  std::vector<std::string> tags;
  std::size_t page = 2;
  // `{}` is the path and query of the next page.
  std::string form = "<{}>; rel=\"next\"";

  ScriptedAnswer operator()(const SeenRequest& request) const {
    const auto at = request.target.find("from=");
    const auto from = parse_uint(at == std::string::npos ? "" : request.target.substr(at + 5));
    const std::size_t begin = from.has_value() ? static_cast<std::size_t>(*from) : 0;
    const std::size_t end = std::min(begin + page, tags.size());
    const std::vector<std::string> some(tags.begin() + static_cast<std::ptrdiff_t>(begin),
                                        tags.begin() + static_cast<std::ptrdiff_t>(end));
    const std::string next = fmt::format("/v2/app/tags/list?opaque=%2Fx%3D&from={}", end);
    return tags_answer(some, end < tags.size() ? fmt::format(fmt::runtime(form), next) : "");
  }
};

TEST_F(RegistryWire, P01_AllPagesAreReadToTheEnd) {
  auto& server = serve(Paged{.tags = {"a", "b", "c", "d", "e"}});
  const auto tags = list();
  ASSERT_TRUE(tags.has_value()) << tags.error().text();
  EXPECT_THAT(texts(*tags), ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_EQ(tags->completeness, kComplete);
  EXPECT_THAT(server.lines(),
              ElementsAre("GET /v2/app/tags/list?n=1000",
                          "GET /v2/app/tags/list?opaque=%2Fx%3D&from=2",
                          "GET /v2/app/tags/list?opaque=%2Fx%3D&from=4"));
}

TEST_F(RegistryWire, P02_OnlyPathAndQueryOfALinkCount) {
  const char* forms[] = {"<{}>; rel=\"next\"",
                         "<{}>; rel=next",
                         "<{}>;rel=\"next\";title=\"a, b\"",
                         "<{}>",
                         "<https://localhost{}>; rel=\"next\"",
                         "<http://169.254.169.254{}>; rel=\"next\"",
                         "</v2/app/tags/list?n=1>; rel=\"prev\", <{}>; rel=\"next\""};
  for (const char* form : forms) {
    registry_.reset();
    auto& server = serve(Paged{.tags = {"a", "b", "c"}, .form = form});
    const auto tags = list();
    ASSERT_TRUE(tags.has_value()) << form << ": " << tags.error().text();
    EXPECT_THAT(texts(*tags), ElementsAre("a", "b", "c")) << form;
    EXPECT_EQ(tags->completeness, kComplete) << form;
    EXPECT_THAT(
        server.lines(),
        ElementsAre("GET /v2/app/tags/list?n=1000", "GET /v2/app/tags/list?opaque=%2Fx%3D&from=2"))
        << form;
  }
}

TEST_F(RegistryWire, P02_ALinkRelativeToItsPageIsFollowed) {
  auto& server = serve([](const SeenRequest& request) {
    return request.target.ends_with("last=a") ? tags_answer({"b"})
                                              : tags_answer({"a"}, "<list?last=a>; rel=\"next\"");
  });
  EXPECT_THAT(texts(list().value()), ElementsAre("a", "b"));
  EXPECT_EQ(server.lines().back(), "GET /v2/app/tags/list?last=a");
}

TEST_F(RegistryWire, P03_AnOpaqueLinkIsSentBackAsItIs) {
  auto& server = serve([](const SeenRequest& request) {
    return request.target.find("next_page") != std::string::npos
               ? tags_answer({"b"})
               : tags_answer({"a"}, "</v2/app/tags/list?next_page=gAAA%3D%3D&n=50>; rel=\"next\"");
  });
  EXPECT_THAT(texts(list().value()), ElementsAre("a", "b"));
  EXPECT_EQ(server.lines().back(), "GET /v2/app/tags/list?next_page=gAAA%3D%3D&n=50");
}

TEST_F(RegistryWire, P04_ARefusedPageSizeIsLeftOutAndRemembered) {
  for (const int status : {400, 413, 405}) {
    registry_.reset();
    auto& server = serve([status](const SeenRequest& request) {
      return request.target.find("n=") != std::string::npos ? status_answer(status)
                                                            : tags_answer({"a"});
    });
    EXPECT_EQ(list().value().completeness, kComplete);
    EXPECT_EQ(list().value().completeness, kComplete);
    EXPECT_THAT(
        server.lines(),
        ElementsAre(
            "GET /v2/app/tags/list?n=1000", "GET /v2/app/tags/list", "GET /v2/app/tags/list"))
        << status;
  }
}

TEST_F(RegistryWire, P05_AShortPageIsNotTheEnd) {
  serve(Paged{.tags = {"a", "b", "c"}, .page = 1});
  EXPECT_THAT(texts(list().value()), ElementsAre("a", "b", "c"));
}

TEST_F(RegistryWire, P05_AnEmptyPageIsNotTheEnd) {
  serve([](const SeenRequest& request) {
    return request.target.find("last=") == std::string::npos
               ? tags_answer({}, "</v2/app/tags/list?last=x>; rel=\"next\"")
               : tags_answer({"z"});
  });
  EXPECT_THAT(texts(list().value()), ElementsAre("z"));
}

TEST_F(RegistryWire, P06_ALinkBackToAPageMakesTheListPartial) {
  auto& server = serve([](const SeenRequest&) {
    return tags_answer({"a"}, "</v2/app/tags/list?n=1000>; rel=\"next\"");
  });
  const auto tags = list();
  ASSERT_TRUE(tags.has_value());
  EXPECT_FALSE(tags->completeness.is_complete());
  EXPECT_THAT(tags->completeness.missing(), ElementsAre(HasSubstr("after the page with a")));
  EXPECT_EQ(server.lines().size(), 1U);
}

TEST_F(RegistryWire, P06_AListWithoutEndIsCutAndPartial) {
  config_.max_pages = 7;
  int page = 0;
  auto& server = serve([&](const SeenRequest&) {
    ++page;
    return tags_answer({fmt::format("t{}", page)},
                       fmt::format("</v2/app/tags/list?page={}>; rel=\"next\"", page));
  });
  const auto tags = list();
  ASSERT_TRUE(tags.has_value());
  EXPECT_FALSE(tags->completeness.is_complete());
  EXPECT_EQ(server.lines().size(), 7U);
}

TEST_F(RegistryWire, P06_AnUnreadableLinkMakesTheListPartial) {
  for (const char* link : {"garbage", "<", "</v2/x", "<>; rel=\"next\"", "<http://[>; rel=next"}) {
    registry_.reset();
    serve([link](const SeenRequest&) { return tags_answer({"a"}, link); });
    const auto tags = list();
    ASSERT_TRUE(tags.has_value()) << link;
    EXPECT_FALSE(tags->completeness.is_complete()) << link;
    EXPECT_THAT(texts(*tags), ElementsAre("a")) << link;
  }
}

TEST_F(RegistryWire, P07_TheOrderIsOurs) {
  serve(Paged{.tags = {"b", "A", "c", "a", "B"}});
  EXPECT_THAT(texts(list().value()), ElementsAre("A", "B", "a", "b", "c"));
}

TEST_F(RegistryWire, P08_NullMissingAndDoubledTags) {
  for (const char* body :
       {R"({"name":"app","tags":null})", R"({"name":"app"})", R"({"tags":[]})"}) {
    registry_.reset();
    serve([body](const SeenRequest&) { return json_answer(body); });
    const auto tags = list();
    ASSERT_TRUE(tags.has_value()) << body;
    EXPECT_TRUE(tags->tags.empty()) << body;
    EXPECT_EQ(tags->completeness, kComplete) << body;
  }
  registry_.reset();
  serve(
      [](const SeenRequest&) { return json_answer(R"({"name":"other/name","tags":["a","a"]})"); });
  EXPECT_THAT(texts(list().value()), ElementsAre("a"));
}

TEST_F(RegistryWire, P08_ATagThatCannotBeIsLeftOutAndTold) {
  serve([](const SeenRequest&) { return json_answer(R"({"tags":["ok","not a tag","-x"]})"); });
  EXPECT_THAT(texts(list().value()), ElementsAre("ok"));
  EXPECT_EQ(events_.count("registry.odd_tag"), 2U);
}

TEST_F(RegistryWire, P09_TenThousandTagsCostTheirPagesOnly) {
  Paged paged{.page = 1000};
  for (int i = 0; i < 10'000; ++i) {
    paged.tags.push_back(fmt::format("1.0.{}", i));
  }
  auto& server = serve(paged);
  EXPECT_EQ(list().value().tags.size(), 10'000U);
  EXPECT_EQ(server.lines().size(), 10U);
  EXPECT_EQ(registry().requests_sent(), 10U);
}

TEST_F(RegistryWire, P21_AFailureOnALaterPageMakesTheListPartial) {
  for (const int status : {401, 403, 404, 429, 500}) {
    registry_.reset();
    serve([status](const SeenRequest& request) {
      return request.target.find("last") == std::string::npos
                 ? tags_answer({"a"}, "</v2/app/tags/list?last=a>; rel=\"next\"")
                 : status_answer(status);
    });
    const auto tags = list();
    ASSERT_TRUE(tags.has_value()) << status << tags.error().text();
    EXPECT_FALSE(tags->completeness.is_complete()) << status;
    EXPECT_THAT(texts(*tags), ElementsAre("a")) << status;
  }
}

TEST_F(RegistryWire, P21_AFailureOnTheFirstPageIsAFailure) {
  const std::pair<int, Code> rows[] = {{403, Code::forbidden},
                                       {404, Code::not_found},
                                       {429, Code::rate_limited},
                                       {500, Code::unavailable}};
  for (const auto& [status, code] : rows) {
    registry_.reset();
    serve([answer = status](const SeenRequest&) { return status_answer(answer); });
    const auto tags = list();
    ASSERT_FALSE(tags.has_value());
    EXPECT_EQ(tags.error().code(), code) << status;
    EXPECT_THAT(tags.error().text(), HasSubstr(server_->host()));
  }
}

TEST_F(RegistryWire, P38_TheNextPageMayStandInASecondLinkHeader) {
  serve([](const SeenRequest& request) {
    if (request.target.find("last") != std::string::npos) {
      return tags_answer({"b"});
    }
    auto answer = tags_answer({"a"}, "</help>; rel=\"help\"");
    answer.headers.emplace_back("link", "</v2/app/tags/list?last=a>; rel=\"next\"");
    return answer;
  });
  EXPECT_THAT(texts(list().value()), ElementsAre("a", "b"));
}

TEST_F(RegistryWire, P39_AWebPageIsNoTagList) {
  serve([](const SeenRequest&) {
    return status_answer(
        200, {{"Content-Type", "text/html; charset=utf-8"}}, "<html>log in</html>");
  });
  const auto tags = list();
  ASSERT_FALSE(tags.has_value());
  EXPECT_EQ(tags.error().code(), Code::invalid_data);
  EXPECT_THAT(tags.error().text(), HasSubstr("web page"));
}

TEST_F(RegistryWire, P39_WhatIsNoListIsInvalid) {
  for (const char* body : {"", "[]", "{", R"({"tags":{}})", R"({"tags":[1]})"}) {
    registry_.reset();
    serve([body](const SeenRequest&) { return json_answer(body); });
    const auto tags = list();
    ASSERT_FALSE(tags.has_value()) << body;
    EXPECT_EQ(tags.error().code(), Code::invalid_data) << body;
  }
}

TEST_F(RegistryWire, P19_AListPageHasALimit) {
  config_.max_page_bytes = 1000;
  serve([](const SeenRequest&) { return json_answer(std::string(2000, ' ') + "{}"); });
  EXPECT_EQ(list().error().code(), Code::invalid_data);
}

}  // namespace
}  // namespace sous::wire
