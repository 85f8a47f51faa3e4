#include "codec/json.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace sous::codec {
namespace {

std::string problem_of(std::string_view text) {
  const auto json = parse_json(text);
  return json ? "it is accepted" : json.error().message();
}

TEST(Json, IsWrittenInTheOrderInWhichItWasMade) {
  Json answer;
  answer.set("format", 1)
      .set("name", "a\"b\\c\n\x01")
      .set("absent", nullptr)
      .set("truth", true)
      .set("none", std::optional<std::string>())
      .set("list", Json::array({1, "two", -3}))
      .set("empty", Json::object());
  EXPECT_EQ(answer.dump(),
            R"({"format":1,"name":"a\"b\\c\n\u0001","absent":null,"truth":true,"none":null,)"
            R"("list":[1,"two",-3],"empty":{}})");
  answer.set("name", "z");
  answer.erase("list");
  EXPECT_EQ(answer.dump_pretty(),
            "{\n  \"format\": 1,\n  \"name\": \"z\",\n  \"absent\": null,\n  \"truth\": true,\n"
            "  \"none\": null,\n  \"empty\": {}\n}\n");
}

TEST(Json, ReplacesBytesThatAreNoUtf8) {
  EXPECT_EQ(Json("a\xff\xc3").dump(), "\"a\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(Json, WritesNumbersThatJsonHas) {
  EXPECT_EQ(Json::number(0.25).dump(), "0.25");
  EXPECT_EQ(Json::number(std::numeric_limits<double>::infinity()).dump(), "null");
  EXPECT_EQ(Json(std::numeric_limits<std::uint64_t>::max()).dump(), "18446744073709551615");
}

TEST(JsonParse, KeepsOrderAndTheTextOfNumbers) {
  const std::string text =
      R"({"z":1.0,"a":1e400,"big":123456789012345678901234567890,"n":[null,true,false,-0,"\u00e9"]})";
  const auto json = parse_json(text);
  ASSERT_TRUE(json) << json.error().text();
  EXPECT_EQ(json->dump(),
            "{\"z\":1.0,\"a\":1e400,\"big\":123456789012345678901234567890,"
            "\"n\":[null,true,false,-0,\"\xc3\xa9\"]}");
  EXPECT_FALSE(json->find("z")->as_uint());
  EXPECT_FALSE(json->find("big")->as_uint());
  EXPECT_EQ(json->find("missing"), nullptr);
}

TEST(JsonParse, ReadsBackWhatItWrites) {
  Json value = Json::object();
  value.set("", Json::array({Json::array(), Json::object(), "\t\x7f/"})).set("n", 7);
  EXPECT_EQ(parse_json(value.dump()).value(), value);
  EXPECT_EQ(parse_json(value.dump_pretty()).value(), value);
}

TEST(JsonParse, RefusesANameTwiceInOneObject) {
  EXPECT_EQ(problem_of("{\"a\": 1,\n \"a\": 2}"), "2:4: the name \"a\" stands there twice");
  EXPECT_EQ(problem_of(R"({"a":{"b":1},"c":{"b":1}})"), "it is accepted");
  EXPECT_EQ(problem_of(R"({"":1,"":2})"), "1:8: the name \"\" stands there twice");
}

TEST(JsonParse, RefusesWhatIsNoJson) {
  for (const std::string_view text : {"",
                                      "{",
                                      "{]",
                                      "nul",
                                      "[1,]",
                                      "{\"a\":1,}",
                                      "1 2",
                                      "// c\n1",
                                      "'a'",
                                      "\"\xff\"",
                                      "Infinity"}) {
    EXPECT_NE(problem_of(text), "it is accepted") << text;
  }
}

TEST(JsonParse, BoundsDepthAndSize) {
  const std::string deep = std::string(64, '[') + std::string(64, ']');
  EXPECT_TRUE(parse_json(deep));
  EXPECT_FALSE(parse_json("[" + deep + "]"));
  EXPECT_TRUE(parse_json("12345", 5));
  EXPECT_FALSE(parse_json("123456", 5));
}

}  // namespace
}  // namespace sous::codec
