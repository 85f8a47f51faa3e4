// What every SourceInspector keeps: the git program's on real repositories, and the one in memory.

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/process_posix/process_runner.h"
#include "adapters/source_git/source_git.h"
#include "adapters/system_posix/clock.h"
#include "support/code_of.h"
#include "support/fake_source_inspector.h"
#include "support/temp_dir.h"
#include "support/test_git.h"

namespace sous {
namespace {

// A checkout with a remote. Begins with nothing committed.
class World {
 public:
  virtual ~World() = default;

  virtual SourceInspector& sources() = 0;
  virtual std::string root() = 0;
  virtual std::string remote_url() = 0;
  // Commits a file in each directory (full paths); gives the revision.
  virtual std::string commit(const std::vector<std::string>& directories) = 0;
  virtual void tag(const std::string& name) = 0;  // at HEAD
  virtual void push() = 0;                        // HEAD and every tag
  virtual void change_file(const std::string& path) = 0;
  virtual std::string new_directory() = 0;
};

class GitWorld final : public World {
 public:
  GitWorld() {
    git(dir_.path(), {"init", "-q", "--bare", "-b", "main", "origin.git"});
    git(dir_.path(), {"init", "-q", "-b", "main", "work"});
    git(root(), {"remote", "add", "origin", remote_url()});
  }

  SourceInspector& sources() override { return sources_; }

  std::string root() override { return dir_ / "work"; }

  std::string remote_url() override { return dir_ / "origin.git"; }

  std::string commit(const std::vector<std::string>& directories) override {
    for (const auto& directory : directories) {
      support::write_file(root() + "/" + directory + "/file", "x");
    }
    git(root(), {"add", "-A"});
    git(root(), {"commit", "-q", "--allow-empty", "-m", "x" + std::to_string(++commits_)});
    return git(root(), {"rev-parse", "HEAD"});
  }

  void tag(const std::string& name) override { git(root(), {"tag", name}); }

  void push() override {
    git(root(), {"push", "-q", "origin", "HEAD:main"});
    git(root(), {"push", "-q", "origin", "--tags"});
  }

  void change_file(const std::string& path) override {
    support::write_file(root() + "/" + path, "changed " + path);
  }

  std::string new_directory() override {
    const std::string path = dir_ / ("new" + std::to_string(++directories_));
    std::filesystem::create_directory(path);
    return path;
  }

 private:
  std::string git(const std::string& directory, std::vector<std::string> arguments) {
    auto result = git_.git(directory, std::move(arguments));
    EXPECT_TRUE(result.has_value()) << result.error().text();
    return result.value_or("");
  }

  support::TempDir dir_;
  system_posix::SystemClock clock_;
  process_posix::PosixProcessRunner processes_{clock_};
  support::TestGit git_{processes_};
  source_git::GitSourceInspector sources_{git_};
  int commits_ = 0;
  int directories_ = 0;
};

class FakeWorld final : public World {
 public:
  FakeWorld() {
    sources_.put({.facts = {.root = root(), .remotes = {{"origin", remote_url()}}}});
    sources_.put_remote(remote_url(), {});
  }

  SourceInspector& sources() override { return sources_; }

  std::string root() override { return "/work"; }

  std::string remote_url() override { return "https://example.com/work.git"; }

  std::string commit(const std::vector<std::string>& directories) override {
    const Revision revision = support::revision_number(++commits_);
    for (const std::string& directory : directories) {
      for (auto path = std::filesystem::path(directory); !path.empty(); path = path.parent_path()) {
        directories_.insert(path.string());
      }
    }
    sources_.change(root(), [&](auto& checkout) {
      checkout.history.insert(checkout.history.begin(), revision);
      checkout.facts.head = revision;
      checkout.facts.head_time = WallTime(std::chrono::seconds(commits_));
      checkout.facts.head_on_remote = false;
      checkout.facts.changed_count = 0;
      checkout.facts.changed_files.clear();
      checkout.directories[revision] = directories_;
    });
    return revision.str();
  }

  void tag(const std::string& name) override {
    sources_.change(root(), [&](auto& checkout) {
      checkout.facts.tags.push_back({name, *checkout.facts.head});
      std::ranges::sort(checkout.facts.tags, {}, &GitTag::name);
    });
  }

  void push() override {
    support::FakeSourceInspector::Checkout pushed;
    sources_.change(root(), [&](auto& checkout) {
      checkout.facts.head_on_remote = true;
      pushed = checkout;
    });
    sources_.put_remote(remote_url(), pushed.facts.tags);
    sources_.put_clone(remote_url(), pushed);
  }

  void change_file(const std::string& path) override {
    sources_.change(root(), [&](auto& checkout) {
      ++checkout.facts.changed_count;
      checkout.facts.changed_files.push_back(path);
    });
  }

  std::string new_directory() override { return "/new" + std::to_string(++new_directories_); }

 private:
  support::FakeSourceInspector sources_;
  std::set<std::string> directories_;
  std::uint64_t commits_ = 0;
  int new_directories_ = 0;
};

struct Factory {
  std::string name;
  std::function<std::unique_ptr<World>()> make;
};

void PrintTo(const Factory& factory, std::ostream* out) { *out << factory.name; }

class SourceInspectorContract : public ::testing::TestWithParam<Factory> {
 protected:
  SourceFacts facts(const std::string& directory) {
    auto result = sources_.inspect(directory, {});
    EXPECT_TRUE(result.has_value()) << result.error().text();
    return result.value_or(SourceFacts{});
  }

  SourceFacts facts() { return facts(world_->root()); }

  std::string nearest(std::vector<std::string> tags) {
    const auto result = sources_.nearest_tag(world_->root(), tags, {});
    EXPECT_TRUE(result.has_value()) << result.error().text();
    return result.has_value() && *result ? (*result)->tag + " " + (*result)->commit.str() : "none";
  }

  std::string resolved(const std::string& name) {
    const auto result = sources_.resolve(world_->root(), name, {});
    EXPECT_TRUE(result.has_value()) << result.error().text();
    return result.has_value() && *result ? (*result)->str() : "none";
  }

  std::unique_ptr<World> world_ = GetParam().make();
  SourceInspector& sources_ = world_->sources();
};

TEST_P(SourceInspectorContract, nothing_committed_is_no_failure) {
  const SourceFacts found = facts();
  EXPECT_FALSE(found.head.has_value());
  EXPECT_FALSE(found.head_time.has_value());
  EXPECT_FALSE(found.head_on_remote);
  EXPECT_TRUE(found.tags.empty());
}

TEST_P(SourceInspectorContract, tells_head_and_whether_it_was_pushed) {
  const std::string first = world_->commit({"sub/deep"});
  EXPECT_EQ(facts().head->str(), first);
  EXPECT_TRUE(facts().head_time.has_value());
  EXPECT_FALSE(facts().head_on_remote);
  world_->push();
  EXPECT_TRUE(facts().head_on_remote);
  EXPECT_EQ(facts().changed_count, 0U);
  EXPECT_EQ(facts().remotes, (std::vector<GitRemote>{{"origin", world_->remote_url()}}));
}

TEST_P(SourceInspectorContract, the_offset_is_the_way_from_the_root) {
  world_->commit({"sub/deep"});
  EXPECT_EQ(facts().offset, "");
  const SourceFacts found = facts(world_->root() + "/sub/deep");
  EXPECT_EQ(found.offset, "sub/deep");
  EXPECT_EQ(found.root, world_->root());
}

TEST_P(SourceInspectorContract, changes_count_wherever_it_is_asked_from) {
  world_->commit({"sub"});
  world_->change_file("new");
  EXPECT_EQ(facts().changed_count, 1U);
  EXPECT_EQ(facts(world_->root() + "/sub").changed_files, (std::vector<std::string>{"new"}));
}

TEST_P(SourceInspectorContract, elsewhere_is_not_found) {
  const auto result = sources_.inspect(world_->new_directory(), {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Code::not_found);
}

TEST_P(SourceInspectorContract, tags_are_told_by_name_here_and_at_the_remote) {
  const std::string first = world_->commit({});
  world_->tag("v2");
  world_->tag("v1");
  world_->push();
  world_->tag("local");
  const auto local = facts().tags;
  ASSERT_EQ(local.size(), 3U);
  EXPECT_EQ(local[0].name, "local");
  EXPECT_EQ(local[2].name, "v2");
  EXPECT_EQ(local[2].commit.str(), first);
  const auto remote = sources_.remote_tags(world_->root(), world_->remote_url(), {});
  ASSERT_TRUE(remote.has_value()) << remote.error().text();
  EXPECT_EQ(remote->url, world_->remote_url());
  ASSERT_EQ(remote->tags.size(), 2U);
  EXPECT_EQ(remote->tags[0].name, "v1");
  EXPECT_EQ(remote->tags[1].commit.str(), first);
}

TEST_P(SourceInspectorContract, a_remote_that_does_not_answer_is_unavailable) {
  const auto result = sources_.remote_tags(world_->root(), "/no/such/remote.git", {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Code::unavailable);
}

TEST_P(SourceInspectorContract, names_are_judged_by_the_tree_of_the_tag) {
  world_->commit({"sub/deep"});
  world_->tag("one");
  world_->commit({"other"});
  world_->tag("two");
  const std::vector<TaggedName> questions{{"one", "sub"},
                                          {"one", "deep"},
                                          {"one", "sub/deep"},
                                          {"one", "other"},
                                          {"two", "other"},
                                          {"two", "eep"},
                                          {"two", "x/deep"},
                                          {"missing", "sub"}};
  const auto answers = sources_.names_directory(world_->root(), questions, {});
  ASSERT_TRUE(answers.has_value()) << answers.error().text();
  EXPECT_EQ(*answers, (std::vector<bool>{true, true, true, false, true, false, false, false}));
}

TEST_P(SourceInspectorContract, the_nearest_tag_is_the_one_fewest_commits_away) {
  const std::string first = world_->commit({});
  world_->tag("v1");
  const std::string second = world_->commit({});
  world_->tag("v2");
  world_->commit({});
  EXPECT_EQ(nearest({"v1", "v2"}), "v2 " + second);
  EXPECT_EQ(nearest({"v1"}), "v1 " + first);
  EXPECT_EQ(nearest({"v3"}), "none");
  EXPECT_EQ(nearest({}), "none");
}

TEST_P(SourceInspectorContract, resolves_tags_and_hashes) {
  const std::string first = world_->commit({});
  world_->tag("v1");
  world_->commit({});
  EXPECT_EQ(resolved(first), first);
  EXPECT_EQ(resolved("v1"), first);
  EXPECT_EQ(resolved("nothing-of-this-name"), "none");
  EXPECT_EQ(resolved(std::string(40, 'f')), "none");
}

TEST_P(SourceInspectorContract, clones_at_a_revision) {
  const std::string first = world_->commit({"sub"});
  world_->tag("v1");
  world_->commit({});
  world_->push();
  const std::string into = world_->new_directory();
  const Status status = sources_.clone_at(world_->remote_url(), first, into, {});
  ASSERT_TRUE(status.has_value()) << status.error().text();
  const SourceFacts found = facts(into);
  EXPECT_EQ(found.head->str(), first);
  EXPECT_TRUE(found.head_on_remote);
  EXPECT_EQ(found.remotes, (std::vector<GitRemote>{{"origin", world_->remote_url()}}));
  EXPECT_EQ(support::code_of(sources_.clone_at(
                world_->remote_url(), std::string(40, 'f'), world_->new_directory(), {})),
            Code::not_found);
  EXPECT_EQ(support::code_of(
                sources_.clone_at("/no/such/remote.git", first, world_->new_directory(), {})),
            Code::unavailable);
}

TEST_P(SourceInspectorContract, keeps_the_configured_repository) {
  EXPECT_EQ(facts().configured_repo, "");
  EXPECT_TRUE(sources_.set_configured_repo(world_->root(), "example.com/a/b", {}).has_value());
  EXPECT_EQ(facts().configured_repo, "example.com/a/b");
}

INSTANTIATE_TEST_SUITE_P(
    all,
    SourceInspectorContract,
    ::testing::Values(Factory{"git", [] { return std::make_unique<GitWorld>(); }},
                      Factory{"fake", [] { return std::make_unique<FakeWorld>(); }}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace sous
