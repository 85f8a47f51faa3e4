#include "model/record_path.h"

#include <gtest/gtest.h>

namespace sous {
namespace {

TEST(RecordPath, KnowsWhatIsARecord) {
  for (const auto* path : {"sous.yaml",
                           "defs.yaml",
                           "manifests/github.com/u/p,sub/dir~v.yaml",
                           "locks/github.com/u/p/1.2.3.yaml",
                           "given/h/o/r/cluster.yaml"}) {
    EXPECT_TRUE(is_record_path(path)) << path;
    EXPECT_TRUE(check_record_path(path)) << path;
  }
  for (const auto* path : {"",
                           "README.md",
                           "manifests",
                           "manifests/",
                           "xmanifests/a",
                           "sous.yaml2",
                           ".git/config",
                           "/manifests/a"}) {
    EXPECT_FALSE(is_record_path(path)) << path;
    EXPECT_FALSE(check_record_path(path)) << path;
  }
}

TEST(RecordPath, RefusesPathsThatAreUnsafeToWrite) {
  for (const std::string path : {"manifests/../x",
                                 "manifests/./x",
                                 "manifests//x",
                                 "manifests/x/",
                                 "manifests/.GIT/config",
                                 "manifests/a\nb",
                                 "manifests/a\x7f",
                                 "manifests/\xff"}) {
    const auto status = check_record_path(path);
    ASSERT_FALSE(status) << path;
    EXPECT_EQ(status.error().code(), Code::invalid_data);
  }
  EXPECT_TRUE(check_record_path("manifests/" + std::string(255, 'a')));
  EXPECT_FALSE(check_record_path("manifests/" + std::string(256, 'a')));
  EXPECT_FALSE(check_record_path("manifests/" + std::string(200, 'a') + std::string(900, '/')));
}

TEST(RecordPath, RefusesTextsThatCouldNotBeReadBack) {
  EXPECT_TRUE(check_record_text("sous.yaml", "grüße\n"));
  EXPECT_FALSE(check_record_text("sous.yaml", "\xc3\x28"));
  EXPECT_TRUE(check_record_text("sous.yaml", std::string(kMaxRecordBytes, 'a')));
  EXPECT_FALSE(check_record_text("sous.yaml", std::string(kMaxRecordBytes + 1, 'a')));
}

TEST(RecordPath, FindsARecordThatIsADirectoryOfAnother) {
  EXPECT_TRUE(check_record_clashes({"manifests/a", "manifests/a-b/c", "manifests/ab"}));
  const auto status =
      check_record_clashes({"manifests/a", "manifests/a-b", "manifests/a/b/c", "manifests/b"});
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message().find("manifests/a/b/c"), std::string::npos);
}

}  // namespace
}  // namespace sous
