#include "model/remote_url.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sous {
namespace {

std::string canonical(std::string_view url) {
  const auto repo = canonical_repo(url);
  return repo ? *repo : "refused";
}

TEST(RemoteUrlTest, C1_accepted) {
  for (const std::string_view url : {"https://github.com/user/project.git",
                                     "http://github.com/user/project.git",
                                     "https://github.com/user/project",
                                     "http://github.com/user/project",
                                     "git@github.com:user/project.git",
                                     "git@github.com:user/project",
                                     "ssh://git@github.com:user/project.git",
                                     "ssh://git@github.com:user/project",
                                     "ssh://github.com:user/project.git",
                                     "ssh://github.com:user/project",
                                     "git://git@github.com:user/project.git",
                                     "git://git@github.com:user/project",
                                     "git://github.com:user/project.git",
                                     "git://github.com:user/project"}) {
    EXPECT_EQ(canonical(url), "github.com/user/project") << url;
  }
}

TEST(RemoteUrlTest, C1_rejected) {
  for (const std::string_view url : {"http:/github.com/user/project.git",
                                     "https:://github.com/user/project",
                                     "gitgithub.com:user/project",
                                     "::::::::::::"}) {
    EXPECT_EQ(canonical(url), "refused") << url;
  }
}

// The original refused this; here it is a path (design.md section 4).
TEST(RemoteUrlTest, C1_an_absolute_path_is_of_this_machine) {
  EXPECT_EQ(canonical("/github.com/user/project"), "localhost/github.com/user/project");
}

TEST(RemoteUrlTest, any_host_without_user_and_port) {
  EXPECT_EQ(canonical("ssh://git@host.example:22/team/x.git"), "host.example/team/x");
  EXPECT_EQ(canonical("https://me:secret@host.example:8443/team/x.git"), "host.example/team/x");
  EXPECT_EQ(canonical("https://token@host.example/team/x"), "host.example/team/x");
  EXPECT_EQ(canonical("git+ssh://git@host.example/x"), "host.example/x");
  EXPECT_EQ(canonical("me@build:x"), "build/x");
  EXPECT_EQ(canonical("git@host.example:/srv/git/x.git"), "host.example/srv/git/x");
  EXPECT_EQ(canonical("https://git.sr.ht/~user/repo"), "git.sr.ht/~user/repo");
}

TEST(RemoteUrlTest, one_repository_has_one_name) {
  for (const std::string_view url : {"https://GitHub.com/user/project",
                                     "HTTPS://github.com/user/project/",
                                     "https://github.com/user/project.git/",
                                     "https://github.com//user//project.git",
                                     "https://github.com/user/other/../project",
                                     "https://github.com/user/%70roject",
                                     "https://github.com:/user/project"}) {
    EXPECT_EQ(canonical(url), "github.com/user/project") << url;
  }
  EXPECT_EQ(canonical("https://github.com/User/Project"), "github.com/User/Project");
}

TEST(RemoteUrlTest, paths_and_file_urls) {
  EXPECT_EQ(canonical("/srv/git/x.git"), "localhost/srv/git/x");
  EXPECT_EQ(canonical("/home/me/x/.git"), "localhost/home/me/x");
  EXPECT_EQ(canonical("/home/me/x/"), "localhost/home/me/x");
  EXPECT_EQ(canonical("/home/me/my project"), "localhost/home/me/my project");
  EXPECT_EQ(canonical("file:///srv/git/x.git"), "localhost/srv/git/x");
  EXPECT_EQ(canonical("file://localhost/srv/git/a%20b"), "localhost/srv/git/a b");
  EXPECT_EQ(canonical("file://elsewhere/srv/git/x"), "refused");
  EXPECT_EQ(canonical("/srv/a:b/x"), "localhost/srv/a:b/x");
}

TEST(RemoteUrlTest, what_no_other_machine_can_find_is_refused) {
  for (const std::string_view url :
       {"", ".", "../x.git", "./x", "x/y", "x", "work:x/y", "/", "/.git", "~/x", "./a@b:c"}) {
    EXPECT_EQ(canonical(url), "refused") << url;
  }
  EXPECT_FALSE(canonical_repo("../x").error().hint().empty());
}

TEST(RemoteUrlTest, flawed_urls_are_refused) {
  using std::string_literals::operator""s;
  for (const std::string& url : std::vector<std::string>{"https://",
                                                         "https:///x/y",
                                                         "https://host",
                                                         "https://host/",
                                                         "https://host/.git",
                                                         "https://host:name/x",
                                                         "https://-host/x",
                                                         "https://[::1]/x",
                                                         "https://host/x?token=secret",
                                                         "https://host/x#fragment",
                                                         "https://host/a,b",
                                                         "https://host/%00",
                                                         "https://host/%1b",
                                                         "https://host/%FF",
                                                         "javascript://host/x",
                                                         "ext::sh -c id",
                                                         "foo::https://host/x",
                                                         "git@:x/y",
                                                         "git@host:",
                                                         "https://host/x\n",
                                                         "https://host/x\0"s,
                                                         std::string(1'000'000, '/')}) {
    EXPECT_EQ(canonical(url), "refused") << url;
  }
}

TEST(RemoteUrlTest, credentials_are_neither_shown_nor_stored) {
  EXPECT_EQ(without_credentials("https://me:secret@host/x"), "https://host/x");
  EXPECT_EQ(without_credentials("https://token@host/x"), "https://host/x");
  EXPECT_EQ(without_credentials("HTTPS://token@host:1/x"), "HTTPS://host:1/x");
  EXPECT_EQ(without_credentials("https://a@b@host/x"), "https://host/x");
  EXPECT_EQ(without_credentials("https://host/x?token=secret"), "https://host/x");
  EXPECT_EQ(without_credentials("https://host/@scope/x"), "https://host/@scope/x");
  EXPECT_EQ(without_credentials("ssh://git:secret@host/x"), "ssh://git@host/x");
  EXPECT_EQ(without_credentials("git@github.com:a/b"), "git@github.com:a/b");
  EXPECT_EQ(without_credentials("me:secret@host:x"), "host:x");
  EXPECT_EQ(without_credentials("git@host:a@b:c"), "git@host:a@b:c");
  EXPECT_EQ(without_credentials("/srv/a@b/x"), "/srv/a@b/x");
  EXPECT_EQ(without_credentials("file:///srv/a@b?c"), "file:///srv/a@b?c");
}

TEST(RemoteUrlTest, an_error_never_holds_a_secret) {
  for (const std::string_view url : {"https://me:secret@host",
                                     "ftp://me:secret@/x",
                                     "nonsense://me:secret@host/x",
                                     "me:secret@host:x",
                                     "https://host/x?token=secret",
                                     "https://me:secret@host/a,b"}) {
    const auto repo = canonical_repo(url);
    ASSERT_FALSE(repo.has_value()) << url;
    EXPECT_EQ(repo.error().text().find("secret"), std::string::npos) << repo.error().text();
  }
}

}  // namespace
}  // namespace sous
