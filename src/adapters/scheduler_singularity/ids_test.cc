#include "adapters/scheduler_singularity/ids.h"

#include <set>

#include <gtest/gtest.h>

namespace sous::scheduler_singularity {
namespace {

DeploymentId id_of(const std::string& repo,
                   const std::string& dir = "",
                   const std::string& flavor = "",
                   const std::string& cluster = "some-cluster") {
  return {ManifestId::make(SourceLocation::make(repo, dir).value(), flavor).value(),
          ClusterName::parse(cluster).value()};
}

std::string deploy_of(const std::string& version, std::uint32_t attempt = 1) {
  return deploy_id("gdm", id_of("github.com/a/b"), Version::parse(version).value(), 7, attempt);
}

TEST(SingularityIds, A23TheOriginalsDigestOfADeployment) {
  EXPECT_EQ(original_digest(id_of("fake.tld/org/project", "down/here", "", "test-cluster")),
            "3ea161adca77a01781628e8a7d24ad0e");
}

TEST(SingularityIds, I17DeployIdsBeginWithTheVersionAndStayWithinTheLimit) {
  struct Row {
    std::string version;
    std::string prefix;
    std::size_t size;
  };

  const Row rows[] = {{"0.0.1", "0_0_1_", 38},
                      {"0.0.2", "0_0_2_", 38},
                      {"0.0.2-c", "0_0_2_", 40},
                      {"0.0.2-789012345", "0_0_2_", 48},
                      {"0.0.2-7890123456", "0_0_2_", 49},
                      {"10.12.5-90123456", "10_12_5_", 49},
                      {"10.12.5-901234567", "10_12_5_", 49},
                      {"10.12.5-32-chars-version-string", "10_12_5_32_chars_version_string_", 49},
                      {"10.12.5-33-chars-version-stringX", "10_12_5_32_chars_version_string_", 49}};
  for (const auto& [version, prefix, size] : rows) {
    const std::string id = deploy_of(version);
    EXPECT_EQ(id.size(), size) << version;
    const std::string expected =
        version.ends_with('X') ? "10_12_5_33_chars_version_string_" : prefix;
    EXPECT_TRUE(id.starts_with(expected)) << id;
    EXPECT_EQ(
        id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"),
        std::string::npos);
  }
}

TEST(SingularityIds, I18RequestIdsBeginWithWhatTheyAreFor) {
  const auto begins = [](const DeploymentId& id, const std::string& prefix) {
    EXPECT_TRUE(request_id("gdm", id).starts_with(prefix)) << request_id("gdm", id);
    EXPECT_TRUE(original_request_id(id).starts_with(prefix)) << original_request_id(id);
  };
  begins(id_of("github.com/user/repo"), "repo---some_cluster-");
  begins(id_of("github.com/user/repo", "some/offset/dir"), "repo-some_offset_dir--some_cluster-");
  begins(id_of("github.com/user/repo", "", "tasty-flavor"), "repo--tasty_flavor-some_cluster-");
  begins(id_of("github.com/user/repo", "some/offset/dir", "tasty-flavor"),
         "repo-some_offset_dir-tasty_flavor-some_cluster-");
}

TEST(SingularityIds, I19NoTwoDeploymentsShareARequest) {
  const DeploymentId all[] = {id_of("h.tld/o/re-po"),
                              id_of("h.tld/o/re_po"),
                              id_of("h.tld/o/re.po"),
                              id_of("h.tld/o/re-po", "", "", "some_cluster"),
                              id_of("h.tld/o/re_po", "", "", "some_cluster"),
                              id_of("h.tld/o/repo", "", "a-b"),
                              id_of("h.tld/o/repo", "", "a_b"),
                              id_of("h.tld/o/repo", "", "a.b"),
                              id_of("h.tld/o/repo", "a", "b"),
                              id_of("h.tld/o/repo", "a/b"),
                              id_of("h.tld/o/repo", "a-b"),
                              id_of("h.tld/o/repo", "", "b")};
  std::set<std::string> seen;
  for (const auto& id : all) {
    EXPECT_TRUE(seen.insert(request_id("gdm", id)).second) << id.str();
    EXPECT_TRUE(seen.insert(request_id("another", id)).second) << "another GDM's is another";
  }
}

TEST(SingularityIds, I20LongNamesStayWithinTheLimitAndApart) {
  const std::string much(80, 'x');
  std::set<std::string> seen;
  for (const auto& id : {id_of("h.tld/o/" + much, much, much),
                         id_of("h.tld/o/" + much, much, much + "y"),
                         id_of("h.tld/o/" + much, much + "y", much),
                         id_of("h.tld/o/" + much + "y", much, much)}) {
    const std::string request = request_id("gdm", id);
    EXPECT_LE(request.size(), kRequestIdSize);
    EXPECT_LE(original_request_id(id).size(), kRequestIdSize);
    EXPECT_TRUE(seen.insert(request).second);
  }
}

TEST(SingularityIds, ADeployIdTellsItsAttemptWhateverTheVersion) {
  const DeploymentId id = id_of("github.com/a/b");
  for (const std::string version : {"1.0.0", "10.12.5-33-chars-version-stringX"}) {
    EXPECT_TRUE(is_deploy_of(deploy_of(version, 2), "gdm", id, 7, 2));
    EXPECT_FALSE(is_deploy_of(deploy_of(version, 2), "gdm", id, 7, 1));
    EXPECT_FALSE(is_deploy_of(deploy_of(version, 2), "gdm", id, 8, 2));
    EXPECT_FALSE(is_deploy_of(deploy_of(version, 2), "other", id, 7, 2));
  }
  EXPECT_FALSE(is_deploy_of("1_0_0_", "gdm", id, 7, 1));
  EXPECT_FALSE(is_deploy_of("", "gdm", id, 7, 1));
}

}  // namespace
}  // namespace sous::scheduler_singularity
