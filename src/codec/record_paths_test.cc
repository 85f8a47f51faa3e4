#include "codec/record_paths.h"

#include <string>

#include <gtest/gtest.h>

namespace sous::codec {
namespace {

ManifestId manifest(std::string_view text) { return ManifestId::parse(text).value(); }

TEST(RecordPaths, AreThoseOfTheOriginal) {
  EXPECT_EQ(manifest_path(manifest("github.com/user/project")),
            "manifests/github.com/user/project.yaml");
  EXPECT_EQ(manifest_path(manifest("github.com/user/project,sub/dir~vanilla")),
            "manifests/github.com/user/project,sub/dir~vanilla.yaml");
  EXPECT_EQ(lock_path(SourceId::parse("github.com/user/project,1.2-rc.1+b,sub/dir").value()),
            "locks/github.com/user/project,sub/dir/1.2.0-rc.1.yaml");
  EXPECT_EQ(given_path({manifest("github.com/user/project~a"), ClusterName::parse("prod").value()}),
            "given/github.com/user/project~a/prod.yaml");
}

TEST(RecordPaths, EscapeWhatIsUnsafe) {
  EXPECT_EQ(manifest_path(manifest("host/.git/100%")), "manifests/host/%2Egit/100%25.yaml");
  EXPECT_EQ(manifest_path(manifest("host/.GIT. /a\\b")), "manifests/host/%2EGIT. /a%5Cb.yaml");
  EXPECT_EQ(manifest_path(manifest("host/.github/x.yaml/y.yaml")),
            "manifests/host/.github/x%2Eyaml/y.yaml.yaml");
  EXPECT_EQ(given_path({manifest("git~1"), ClusterName::parse("..").value()}),
            "given/%67it~1/...yaml");
  EXPECT_EQ(lock_path(SourceId::parse("a.yaml,1.0.0").value()), "locks/a%2Eyaml/1.0.0.yaml");
}

TEST(RecordPaths, NoRecordIsTheDirectoryOfAnother) {
  const std::string inner = manifest_path(manifest("host/x.yaml/y"));
  EXPECT_FALSE(inner.starts_with(manifest_path(manifest("host/x")) + "/"));
}

TEST(RecordPaths, ReadOnlyWhatTheyWrite) {
  for (const std::string_view path : {"",
                                      "manifests/",
                                      "manifests/.yaml",
                                      "manifests/a",
                                      "manifests//a.yaml",
                                      "manifests/a/.yaml",
                                      "manifests/../a.yaml",
                                      "manifests/a/%2e.yaml",
                                      "manifests/a%41.yaml",
                                      "manifests/a%4.yaml",
                                      "manifests/a%.yaml",
                                      "manifests/.git/a.yaml",
                                      "locks/a.yaml",
                                      "/manifests/a.yaml",
                                      "manifests/a~b~c.yaml",
                                      "manifests/a%2Fb.yaml",
                                      "manifests/a%7Eb.yaml"}) {
    EXPECT_FALSE(manifest_of_path(path)) << path;
  }
  EXPECT_TRUE(manifest_of_path("manifests/git.sr.ht/~user/repo,off~f.yaml"));
  EXPECT_FALSE(lock_of_path("locks/1.0.0.yaml"));
  EXPECT_FALSE(lock_of_path("locks/a/1.0.yaml")) << "not the canonical version";
  EXPECT_FALSE(lock_of_path("locks/a/1.0.0+b.yaml"));
  EXPECT_FALSE(given_of_path("given/a/b c.yaml"));
  EXPECT_FALSE(given_of_path("given/a.yaml"));
}

}  // namespace
}  // namespace sous::codec
