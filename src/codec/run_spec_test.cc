#include "codec/run_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sous::codec {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::string_view kOne =
    R"({"kind":"","offset":"svc","image":{"type":"Docker","from":"debian:12"},
        "files":[{"source":{"dir":"/out dir"},"dest":{"dir":"/srv"}}],
        "exec":["/srv/run","<&>\"$HOME\" a"]})";

std::vector<std::string> flaws_of(std::string_view text) {
  const auto parsed = parse_run_spec(text, "");
  EXPECT_FALSE(parsed) << text;
  if (parsed) {
    return {};
  }
  EXPECT_EQ(parsed.error().code(), Code::invalid_data);
  return parsed.error().details();
}

TEST(RunSpec, OneImageAtTheTop) {
  const auto parsed = parse_run_spec(kOne, "own");
  ASSERT_TRUE(parsed) << parsed.error().text();
  ASSERT_THAT(*parsed, SizeIs(1));
  const RunSpecImage& image = parsed->front();
  EXPECT_EQ(image.offset, "svc");
  EXPECT_EQ(image.from, "debian:12");
  EXPECT_EQ(image.files, (std::vector<RunSpecFiles>{{"/out dir", "/srv"}}));
}

TEST(RunSpec, SeveralImagesEachWithOffsetAndKind) {
  const auto parsed = parse_run_spec(
      R"({"images":[
        {"kind":"","image":{"type":"docker","from":"scratch"},
         "files":[{"source":{"dir":"/a"},"dest":{"dir":"/a"}}],"exec":["/a"]},
        {"kind":"test","offset":"","image":{"type":"DOCKER","from":"scratch"},
         "files":[{"source":{"dir":"/a"},"dest":{"dir":"/a"}}],"exec":["/a"]}]})",
      "own");
  ASSERT_TRUE(parsed) << parsed.error().text();
  ASSERT_THAT(*parsed, SizeIs(2));
  EXPECT_EQ((*parsed)[0].offset, "own");
  EXPECT_EQ((*parsed)[1].offset, "");
  EXPECT_EQ((*parsed)[1].kind, "test");
}

TEST(RunSpec, AnEmptySpecHasFourFlaws) { EXPECT_THAT(flaws_of("{}"), SizeIs(4)); }

TEST(RunSpec, EachFlawIsNamed) {
  EXPECT_THAT(flaws_of(R"({"images":[]})"), Contains(HasSubstr("not 1 to")));
  EXPECT_THAT(flaws_of(R"({"images":[],"exec":["a"]})"), Contains(HasSubstr("only one of both")));
  EXPECT_THAT(flaws_of("[]"), Contains(HasSubstr("no object")));
  EXPECT_THAT(flaws_of(R"({"image":{"type":"rpm"}})"), Contains(HasSubstr("is not docker")));
  EXPECT_THAT(flaws_of(R"({"image":{"type":"docker","from":"a\nRUN b"}})"),
              Contains(HasSubstr("no name of an image")));
  EXPECT_THAT(flaws_of(R"({"files":[{"source":{"dir":"/$X"},"dest":{"dir":"/a"}}]})"),
              Contains(HasSubstr("a COPY would not take")));
  EXPECT_THAT(flaws_of(R"({"files":[{"source":{"dir":"/x"}}]})"),
              Contains("files[0]: dest.dir is missing"));
  EXPECT_THAT(flaws_of(R"({"exec":[1]})"), Contains("exec[0] is no text"));
}

TEST(RunSpec, TwoImagesOfOneOffsetAndKindAreRefused) {
  const std::string one =
      R"({"image":{"type":"docker","from":"a"},"files":[{"source":{"dir":"/a"},"dest":{"dir":"/a"}}],)"
      R"("exec":["/a"])";
  EXPECT_THAT(flaws_of("{\"images\":[" + one + "}," + one + ",\"offset\":\"\"}]}"),
              Contains(HasSubstr("same offset and kind")));
}

TEST(RunSpec, TheDockerfileKeepsEveryCharacter) {
  const auto parsed = parse_run_spec(kOne, "");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(run_image_dockerfile(parsed->front(), "localhost/b:source", {{"APP_VERSION", "1.2.3"}}),
            "FROM debian:12\n"
            "COPY --from=localhost/b:source [\"/out dir\",\"/srv\"]\n"
            "ENV APP_VERSION=1.2.3\n"
            "CMD [\"/srv/run\",\"<&>\\\"$HOME\\\" a\"]\n");
}

TEST(RunSpec, TheFileMustBeOneThatACopyTakes) {
  EXPECT_EQ(one_file_dockerfile("/a b", "i", "n").value(),
            "FROM scratch\nCOPY --from=i [\"/a b\",\"/n\"]\n");
  EXPECT_FALSE(one_file_dockerfile("/a*", "i", "n"));
  EXPECT_FALSE(one_file_dockerfile("", "i", "n"));
}

TEST(ConfigEnvironment, ReadsValuesWithSigns) {
  const auto read = config_environment(R"({"config":{"Env":["A=b=c","EMPTY=","NONE"]}})");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, (std::map<std::string, std::string>{{"A", "b=c"}, {"EMPTY", ""}, {"NONE", ""}}));
  EXPECT_TRUE(config_environment("{}")->empty());
  EXPECT_FALSE(config_environment(R"({"config":{"Env":{}}})"));
}

}  // namespace
}  // namespace sous::codec
