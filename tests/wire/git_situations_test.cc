#include <gtest/gtest.h>

#include "adapters/process_posix/process_runner.h"
#include "adapters/source_git/source_git.h"
#include "adapters/system_posix/clock.h"
#include "app/source_reader.h"
#include "sim/sim_node.h"
#include "support/temp_dir.h"
#include "support/test_git.h"

/// Every situation that a checkout can be in, made by git itself with a remote of its own, and what
/// a build of it would be called and be told off for (sous-original 12.3 and 12.4).
namespace sous::sim {
namespace {

using support::write_file;
using Words = std::vector<std::string>;

class GitSituations : public testing::Test {
 protected:
  GitSituations() {
    git(dir_.path(), {"init", "-q", "--bare", "-b", "main", "origin.git"});
    git(dir_.path(), {"clone", "-q", origin_, "work"});
    git({"checkout", "-q", "-B", "main"});
    write_file(work_ + "/sub/file", "1\n");
    commit();
    git({"push", "-q", "-u", "origin", "main"});
  }

  std::string git(const std::string& directory, Words arguments) {
    return git_.git(directory, std::move(arguments)).value();
  }

  std::string git(Words arguments) { return git(work_, std::move(arguments)); }

  std::string commit(const std::string& directory) {
    git(directory, {"add", "-A"});
    git(directory, {"commit", "-q", "--allow-empty", "-m", "more"});
    return git(directory, {"rev-parse", "HEAD"});
  }

  std::string commit() { return commit(work_); }

  /// A tag of HEAD, there too.
  void release(const std::string& tag) {
    git({"tag", "-a", "-m", tag, tag});
    git({"push", "-q", "origin", "main", tag});
  }

  Result<app::SourceReading> read(const std::string& directory, const app::SourceRequest& request) {
    const app::Node& fakes = fakes_.node();
    app::Node node{.settings = fakes.settings,
                   .clock = fakes.clock,
                   .rng = fakes.rng,
                   .executor = fakes.executor,
                   .files = fakes.files,
                   .events = fakes.events,
                   .registry = fakes.registry,
                   .credentials = fakes.credentials,
                   .index = fakes.index,
                   .gdm = fakes.gdm,
                   .schedulers = fakes.schedulers,
                   .operations = fakes.operations,
                   .sources = sources_,
                   .builder = fakes.builder};
    return app::read_source(node, directory, request, {});
  }

  /// `VERSION[,OFFSET]: ADVISORIES`, or the error's code.
  std::string told(const app::SourceRequest& request = {}, const std::string& directory = {}) {
    const auto reading = read(directory.empty() ? work_ : directory, request);
    if (!reading) {
      return "error " + std::string(code_name(reading.error().code()));
    }
    const auto& context = reading->context;
    const std::string& offset = context.source.location.offset();
    return context.source.version.canonical() + (offset.empty() ? "" : "," + offset) + ": " +
           context.advisories.label();
  }

  static app::SourceRequest tag(std::string name) { return {.tag = std::move(name)}; }

  support::TempDir dir_;
  system_posix::SystemClock clock_;
  process_posix::PosixProcessRunner processes_{clock_};
  support::TestGit git_{processes_};
  source_git::GitSourceInspector sources_{git_};
  support::Simulation simulation_{1};
  World world_{simulation_};
  SimNode fakes_{world_, "ada", Duration{0}};
  std::string origin_ = dir_ / "origin.git";
  std::string work_ = dir_ / "work";
};

TEST_F(GitSituations, D12AnAnnotatedOrLightweightTagOnAPushedHead) {
  release("1.0.0");
  EXPECT_EQ(told(), "1.0.0: ");
  EXPECT_EQ(told(tag("1.0.0")), "1.0.0: ");
  commit();
  git({"tag", "v1.1.0"});
  git({"push", "-q", "origin", "main", "v1.1.0"});
  EXPECT_EQ(told(), "1.1.0: ");
}

TEST_F(GitSituations, ADetachedHead) {
  release("1.0.0");
  git({"checkout", "-q", "--detach"});
  EXPECT_EQ(told(), "1.0.0: ");
  commit();
  EXPECT_EQ(told(), "1.0.0: tag not on built revision,unpushed revision");
}

TEST_F(GitSituations, AShallowClone) {
  commit();
  release("1.0.0");
  commit();
  git({"push", "-q", "origin", "main"});
  const std::string shallow = dir_ / "shallow";
  git(dir_.path(), {"clone", "-q", "--depth=1", "--no-tags", "file://" + origin_, shallow});
  EXPECT_EQ(told({}, shallow), "error undecided");
  // With -tag the remote's answer decides; nothing is bogus that is only not here.
  EXPECT_EQ(told(tag("1.0.0"), shallow), "1.0.0: tag not on built revision");
  EXPECT_EQ(told(tag("2.0.0"), shallow), "2.0.0: ephemeral tag");
}

TEST_F(GitSituations, ALinkedWorkTreeHasItsOwnChanges) {
  release("1.0.0");
  git({"worktree", "add", "-q", "--detach", dir_ / "linked"});
  write_file(work_ + "/file", "changed\n");
  EXPECT_EQ(told({}, dir_ / "linked"), "1.0.0: ");
  EXPECT_EQ(told(), "1.0.0: dirty workspace");
}

TEST_F(GitSituations, ASubmodule) {
  git(dir_.path(), {"init", "-q", "-b", "main", "library"});
  write_file(dir_ / "library/code", "x");
  commit(dir_ / "library");
  git({"submodule", "--quiet", "add", dir_ / "library", "lib"});
  commit();
  release("1.0.0");
  EXPECT_EQ(told(), "1.0.0: ");
  write_file(work_ + "/lib/code", "y");
  EXPECT_EQ(told(), "1.0.0: dirty workspace");
  // Inside it is another repository.
  const auto inside = read(work_ + "/lib", {});
  ASSERT_TRUE(inside) << inside.error().text();
  EXPECT_TRUE(inside->context.source.location.repo().ends_with("/library"));
}

TEST_F(GitSituations, C15C16ACheckoutReachedThroughALink) {
  release("1.0.0");
  std::filesystem::create_directory_symlink(work_, (dir_ / "link"));
  EXPECT_EQ(told({}, dir_ / "link"), "1.0.0: ");
  EXPECT_EQ(told({}, dir_ / "link/sub"), "1.0.0,sub: ");
}

TEST_F(GitSituations, ARepositoryWithSha256Objects) {
  const std::string place = dir_ / "sha256";
  git(dir_.path(), {"init", "-q", "--bare", "--object-format=sha256", "origin256.git"});
  git(dir_.path(), {"init", "-q", "-b", "main", "--object-format=sha256", place});
  git(place, {"remote", "add", "origin", dir_ / "origin256.git"});
  write_file(place + "/file", "x");
  const std::string revision = commit(place);
  git(place, {"tag", "1.0.0"});
  git(place, {"push", "-q", "origin", "main", "1.0.0"});
  EXPECT_EQ(revision.size(), 64U);
  EXPECT_EQ(told({}, place), "1.0.0: ");
  EXPECT_EQ(read(place, {})->context.revision->str(), revision);
}

TEST_F(GitSituations, B7TagsOfAMonorepoBelongToTheirDirectory) {
  write_file(work_ + "/s3-proxy/file", "x");
  write_file(work_ + "/services/b/file", "x");
  commit();
  release("s3-proxy-1.2.0");
  commit();
  release("b-2.0.0");
  EXPECT_EQ(told({}, work_ + "/s3-proxy"), "1.2.0,s3-proxy: tag not on built revision");
  EXPECT_EQ(told({}, work_ + "/services/b"), "2.0.0,services/b: ");
  EXPECT_EQ(told({}, work_ + "/sub"), "0.0.0-unversioned,sub: no versioned tag");
  EXPECT_EQ(told(), "0.0.0-unversioned: no versioned tag");
  EXPECT_EQ(told(tag("s3-proxy-1.2.0"), work_ + "/services/b"), "error usage");
}

TEST_F(GitSituations, C6TwoTagsOnOneCommit) {
  release("1.0.0");
  release("1.1.0");
  EXPECT_EQ(told(tag("1.0.0")), "1.0.0: ");
  EXPECT_EQ(told(tag("1.1.0")), "1.1.0: ");
}

TEST_F(GitSituations, D8ATagThatExistsOnlyHereOrNowhere) {
  git({"tag", "1.0.0"});
  EXPECT_EQ(told(), "1.0.0: ephemeral tag");
  EXPECT_EQ(told(tag("2.0.0")), "2.0.0: ephemeral tag");
}

TEST_F(GitSituations, ATagThatTheRemoteHasMoved) {
  release("1.0.0");
  const std::string here = git({"rev-parse", "HEAD"});
  commit();
  git({"tag", "-f", "1.0.0"});
  git({"push", "-q", "-f", "origin", "main", "1.0.0"});
  git({"reset", "-q", "--hard", here});
  git({"tag", "-f", "1.0.0"});
  EXPECT_EQ(told(), "1.0.0: tag not on built revision");
}

TEST_F(GitSituations, D7D14ATagOnAnotherCommit) {
  release("1.0.0");
  commit();
  git({"push", "-q", "origin", "main"});
  EXPECT_EQ(told(), "1.0.0: tag not on built revision");
  release("1.1.0");
  EXPECT_EQ(told(tag("1.0.0")), "1.0.0: tag not on built revision");
}

TEST_F(GitSituations, TwoTagsOfOneVersionOnDifferentCommits) {
  release("1.0.0");
  commit();
  release("v1.0.0");
  EXPECT_EQ(told(tag("v1.0.0")), "1.0.0: tag mismatch");
  EXPECT_EQ(told(tag("1.0.0")), "1.0.0: tag mismatch,tag not on built revision");
}

TEST_F(GitSituations, C7ToC11AnyChangeIsDirtyWhereverOneStands) {
  release("1.0.0");
  const std::string sub = work_ + "/sub";
  write_file(work_ + "/.gitignore", "ignored\n");
  commit();
  release("1.0.1");
  write_file(work_ + "/ignored", "x");
  EXPECT_EQ(told({}, sub), "1.0.1,sub: ");
  write_file(work_ + "/new", "x");  // untracked, outside the directory
  EXPECT_EQ(told({}, sub), "1.0.1,sub: dirty workspace");
  git({"add", "new"});  // staged only
  EXPECT_EQ(told({}, sub), "1.0.1,sub: dirty workspace");
  git({"reset", "-q", "--hard"});
  write_file(sub + "/file", "2\n");
  EXPECT_EQ(told({}, sub), "1.0.1,sub: dirty workspace");
}

TEST_F(GitSituations, C12C13OnlyHeadsOwnCommitHasToBePushed) {
  release("1.0.0");
  git({"checkout", "-q", "-b", "side"});
  commit();
  EXPECT_EQ(told(), "1.0.0: tag not on built revision,unpushed revision");
  git({"checkout", "-q", "main"});
  EXPECT_EQ(told(), "1.0.0: ");
}

TEST_F(GitSituations, C20D4NoRemote) {
  release("1.0.0");
  git({"remote", "remove", "origin"});
  EXPECT_EQ(told(), "error usage");
  EXPECT_EQ(told({.repo = "github.com/example/shop"}),
            "1.0.0: ephemeral tag,no repository,unpushed revision");
}

TEST_F(GitSituations, D8ARemoteThatDoesNotAnswer) {
  release("1.0.0");
  git({"remote", "set-url", "origin", dir_ / "nowhere.git"});
  EXPECT_EQ(told(), "1.0.0: ephemeral tag");
  EXPECT_FALSE(read(work_, {})->context.notes.empty());
}

TEST_F(GitSituations, D2ANamedRepositoryThatIsNoRemote) {
  release("1.0.0");
  EXPECT_EQ(told({.repo = "github.com/example/shop"}), "1.0.0: source workspace lacked repo");
}

TEST_F(GitSituations, C14D6NoTagAndNoCommit) {
  EXPECT_EQ(told(), "0.0.0-unversioned: no versioned tag");
  git(dir_.path(), {"init", "-q", "-b", "main", "empty"});
  git(dir_ / "empty", {"remote", "add", "origin", origin_});
  EXPECT_EQ(told({}, dir_ / "empty"), "error usage");
}

TEST_F(GitSituations, D5D13ARequestedRevisionAndADeveloperBuild) {
  const std::string first = git({"rev-parse", "HEAD"});
  commit();
  release("1.0.0");
  EXPECT_EQ(told({.revision = git({"rev-parse", "--short", "HEAD"})}), "1.0.0: ");
  EXPECT_EQ(told({.revision = first}), "1.0.0: requested revision not built");
  EXPECT_EQ(told({.revision = std::string(40, 'a')}),
            "1.0.0: bogus revision,requested revision not built");
  EXPECT_EQ(told({.developer_build = true}), "1.0.0: developer build");
}

}  // namespace
}  // namespace sous::sim
