#include "adapters/source_git/source_git.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/process_posix/process_runner.h"
#include "adapters/system_posix/clock.h"
#include "support/code_of.h"
#include "support/fake_clock.h"
#include "support/fake_process_runner.h"
#include "support/temp_dir.h"
#include "support/test_git.h"

namespace sous::source_git {
namespace {

using support::write_file;
using Names = std::vector<std::string>;

// A checkout `work` of the bare repository `origin.git`, with one commit pushed.
class GitSourceInspectorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    git(dir_.path(), {"init", "-q", "--bare", "-b", "main", "origin.git"});
    git(dir_.path(), {"clone", "-q", origin_, "work"});
    git({"checkout", "-q", "-B", "main"});
    write_file(work_ + "/file", "1\n");
    write_file(work_ + "/sub/deep/file", "1\n");
    commit("first");
    git({"push", "-q", "-u", "origin", "main"});
  }

  std::string git(const std::string& directory, std::vector<std::string> arguments) {
    auto result = git_.git(directory, std::move(arguments));
    EXPECT_TRUE(result.has_value()) << result.error().text();
    return result.value_or("");
  }

  std::string git(std::vector<std::string> arguments) { return git(work_, std::move(arguments)); }

  std::string commit(const std::string& message) {
    git({"add", "-A"});
    git({"commit", "-q", "--allow-empty", "-m", message});
    return git({"rev-parse", "HEAD"});
  }

  SourceFacts facts(const std::string& directory) {
    auto result = sources_.inspect(directory, {});
    EXPECT_TRUE(result.has_value()) << result.error().text();
    return result.value_or(SourceFacts{});
  }

  SourceFacts facts() { return facts(work_); }

  Code inspect_failure(const std::string& directory) {
    const auto result = sources_.inspect(directory, {});
    EXPECT_FALSE(result.has_value());
    return result.has_value() ? Code::internal : result.error().code();
  }

  std::string nearest(const Names& tags, const std::string& root) {
    const auto result = sources_.nearest_tag(root, tags, {});
    EXPECT_TRUE(result.has_value()) << result.error().text();
    if (!result.has_value() || !result->has_value()) {
      return "none";
    }
    EXPECT_EQ((*result)->commit.str(), git(root, {"rev-parse", (*result)->tag + "^{commit}"}));
    return (*result)->tag;
  }

  std::string nearest(const Names& tags) { return nearest(tags, work_); }

  std::string resolved(const std::string& name) {
    const auto result = sources_.resolve(work_, name, {});
    EXPECT_TRUE(result.has_value()) << result.error().text();
    return result.has_value() && result->has_value() ? (*result)->str() : "none";
  }

  support::TempDir dir_;
  system_posix::SystemClock clock_;
  process_posix::PosixProcessRunner processes_{clock_};
  support::TestGit git_{processes_};
  GitSourceInspector sources_{git_};
  std::string origin_ = dir_ / "origin.git";
  std::string work_ = dir_ / "work";
};

Names tag_names(const std::vector<GitTag>& tags) {
  Names names;
  std::ranges::transform(tags, std::back_inserter(names), &GitTag::name);
  return names;
}

TEST_F(GitSourceInspectorTest, tells_the_facts_of_a_clean_checkout) {
  const SourceFacts found = facts();
  EXPECT_EQ(found.root, work_);
  EXPECT_EQ(found.offset, "");
  ASSERT_TRUE(found.head.has_value());
  EXPECT_EQ(found.head->str(), git({"rev-parse", "HEAD"}));
  ASSERT_TRUE(found.head_time.has_value());
  EXPECT_EQ(
      std::to_string(
          std::chrono::floor<std::chrono::seconds>(found.head_time->time_since_epoch()).count()),
      git({"log", "-1", "--format=%ct"}));
  EXPECT_EQ(found.branch, "main");
  EXPECT_FALSE(found.shallow);
  EXPECT_EQ(found.changed_count, 0U);
  EXPECT_TRUE(found.head_on_remote);
  EXPECT_EQ(found.remotes, (std::vector<GitRemote>{{"origin", origin_}}));
  EXPECT_EQ(found.configured_repo, "");
  EXPECT_TRUE(found.tags.empty());
}

TEST_F(GitSourceInspectorTest, takes_few_runs_however_many_tags_there_are) {
  for (int i = 0; i < 30; ++i) {
    git({"tag", "release-" + std::to_string(i)});
  }
  const int before = git_.runs();
  const SourceFacts found = facts();
  EXPECT_EQ(found.tags.size(), 30U);
  EXPECT_LE(git_.runs() - before, 7);
  std::vector<TaggedName> questions;
  questions.reserve(found.tags.size());
  for (const auto& tag : found.tags) {
    questions.push_back({tag.name, "release"});
  }
  const int middle = git_.runs();
  EXPECT_TRUE(sources_.names_directory(work_, questions, {}).has_value());
  EXPECT_TRUE(sources_.nearest_tag(work_, Names{"release-1"}, {}).has_value());
  EXPECT_LE(git_.runs() - middle, 6);
}

TEST_F(GitSourceInspectorTest, C2_to_C4_lists_fetch_urls_of_every_remote) {
  git({"remote", "add", "upstream", "https://github.com/up/stream.git"});
  git({"remote", "set-url", "--push", "upstream", "ssh://elsewhere/push.git"});
  git({"remote", "add", "something", "git@github.com:some/thing.git"});
  const std::vector<GitRemote> expected{{"origin", origin_},
                                        {"something", "git@github.com:some/thing.git"},
                                        {"upstream", "https://github.com/up/stream.git"}};
  EXPECT_EQ(facts().remotes, expected);
  git({"remote", "remove", "upstream"});
  git({"remote", "remove", "origin"});
  EXPECT_EQ(facts().remotes,
            (std::vector<GitRemote>{{"something", "git@github.com:some/thing.git"}}));
  git({"remote", "remove", "something"});
  EXPECT_TRUE(facts().remotes.empty());
}

TEST_F(GitSourceInspectorTest, shorthands_for_urls_are_written_out) {
  git({"config", "url.https://github.com/.insteadOf", "gh:"});
  git({"remote", "add", "short", "gh:a/b"});
  const auto remotes = facts().remotes;
  ASSERT_EQ(remotes.size(), 2U);
  EXPECT_EQ(remotes[1].fetch_url, "https://github.com/a/b");
}

TEST_F(GitSourceInspectorTest, C5_C6_lists_every_tag_of_a_commit_peeled) {
  const std::string first = git({"rev-parse", "HEAD"});
  git({"tag", "light"});
  git({"tag", "-a", "-m", "x", "annotated"});
  git({"tag", "-a", "-m", "x", "nested", "annotated"});
  git({"tag", "some/offset/v1.0.0"});
  const auto tags = facts().tags;
  EXPECT_EQ(tag_names(tags), (Names{"annotated", "light", "nested", "some/offset/v1.0.0"}));
  git({"pack-refs", "--all"});
  EXPECT_EQ(facts().tags, tags);
  for (const auto& tag : tags) {
    EXPECT_EQ(tag.commit.str(), first);
  }
}

TEST_F(GitSourceInspectorTest, C7_a_modified_file_is_a_change) {
  write_file(work_ + "/file", "2\n");
  EXPECT_EQ(facts().changed_files, (Names{"file"}));
}

TEST_F(GitSourceInspectorTest, C8_C9_untracked_files_are_changes_unless_ignored) {
  write_file(work_ + "/.gitignore", "*.log\n");
  commit("ignore");
  write_file(work_ + "/x.log", "x");
  EXPECT_EQ(facts().changed_count, 0U);
  write_file(work_ + "/new/one", "x");
  write_file(work_ + "/new/two", "x");
  EXPECT_EQ(facts().changed_files, (Names{"new/one", "new/two"}));
  git({"config", "status.showUntrackedFiles", "no"});
  EXPECT_EQ(facts().changed_count, 2U);
}

TEST_F(GitSourceInspectorTest, C10_staged_changes_are_changes) {
  write_file(work_ + "/added", "x");
  write_file(work_ + "/file", "2\n");
  git({"add", "-A"});
  EXPECT_EQ(facts().changed_files, (Names{"added", "file"}));
}

TEST_F(GitSourceInspectorTest, deleted_and_moved_files_are_changes) {
  std::filesystem::remove(work_ + "/file");
  EXPECT_EQ(facts().changed_files, (Names{"file"}));
  git({"checkout", "-q", "--", "file"});
  git({"mv", "file", "moved"});
  git({"config", "status.renames", "true"});
  EXPECT_EQ(facts().changed_files, (Names{"file", "moved"}));
}

TEST_F(GitSourceInspectorTest, C11_changes_outside_the_directory_count) {
  write_file(work_ + "/file", "2\n");
  const SourceFacts found = facts(work_ + "/sub");
  EXPECT_EQ(found.offset, "sub");
  EXPECT_EQ(found.changed_files, (Names{"file"}));
}

TEST_F(GitSourceInspectorTest, unmerged_files_are_changes) {
  git({"checkout", "-q", "-b", "other"});
  write_file(work_ + "/file", "other\n");
  commit("other");
  git({"checkout", "-q", "main"});
  write_file(work_ + "/file", "main\n");
  commit("main");
  EXPECT_FALSE(git_.git(work_, {"merge", "-q", "other"}).has_value());
  EXPECT_EQ(facts().changed_files, (Names{"file"}));
}

TEST_F(GitSourceInspectorTest, names_with_odd_characters_are_told_as_they_are) {
  const std::string odd = "a \"b\"\nc\t\xc3\xa9";
  write_file(work_ + "/" + odd, "x");
  EXPECT_EQ(facts().changed_files, (Names{odd}));
}

TEST_F(GitSourceInspectorTest, only_the_first_hundred_changes_are_named) {
  for (int i = 0; i < 130; ++i) {
    write_file(work_ + "/new/" + std::to_string(i), "x");
  }
  const SourceFacts found = facts();
  EXPECT_EQ(found.changed_count, 130U);
  EXPECT_EQ(found.changed_files.size(), 100U);
}

TEST_F(GitSourceInspectorTest, C12_C13_only_heads_own_commit_has_to_be_on_a_remote) {
  git({"checkout", "-q", "-b", "private"});
  commit("private");
  EXPECT_FALSE(facts().head_on_remote);
  git({"checkout", "-q", "main"});
  EXPECT_TRUE(facts().head_on_remote);
  commit("second");
  EXPECT_FALSE(facts().head_on_remote);
  git({"push", "-q", "origin", "main:other"});
  EXPECT_TRUE(facts().head_on_remote);
  git({"checkout", "-q", "--detach", "HEAD~1"});
  EXPECT_TRUE(facts().head_on_remote);
  EXPECT_EQ(facts().branch, "");
  git({"remote", "remove", "origin"});
  EXPECT_FALSE(facts().head_on_remote);
}

TEST_F(GitSourceInspectorTest, C15_C16_offsets_are_relative_to_the_real_root) {
  EXPECT_EQ(facts(work_ + "/sub/deep").offset, "sub/deep");
  std::filesystem::create_directory_symlink(work_, dir_ / "link");
  std::filesystem::create_directory_symlink(work_ + "/sub", dir_ / "link-to-sub");
  EXPECT_EQ(facts(dir_ / "link/sub").offset, "sub");
  EXPECT_EQ(facts(dir_ / "link/sub").root, work_);
  EXPECT_EQ(facts(dir_ / "link").offset, "");
  EXPECT_EQ(facts(dir_ / "link-to-sub/deep").offset, "sub/deep");
}

TEST_F(GitSourceInspectorTest, the_callers_git_directory_is_not_asked) {
  // NOLINTBEGIN(concurrency-mt-unsafe): no other thread is there
  ::setenv("GIT_DIR", (dir_ / "none").c_str(), 1);
  ::setenv("GIT_INDEX_FILE", (dir_ / "none").c_str(), 1);
  const auto result = sources_.inspect(work_, {});
  ::unsetenv("GIT_DIR");
  ::unsetenv("GIT_INDEX_FILE");
  // NOLINTEND(concurrency-mt-unsafe)
  ASSERT_TRUE(result.has_value()) << result.error().text();
  EXPECT_EQ(result->root, work_);
  EXPECT_EQ(result->changed_count, 0U);
}

TEST_F(GitSourceInspectorTest, reading_leaves_the_repository_as_it_is) {
  const auto index = std::filesystem::last_write_time(work_ + "/.git/index");
  std::filesystem::last_write_time(work_ + "/file", index + std::chrono::hours(1));
  (void)facts();
  EXPECT_EQ(std::filesystem::last_write_time(work_ + "/.git/index"), index);
}

TEST_F(GitSourceInspectorTest, a_repository_without_commits) {
  git(dir_.path(), {"init", "-q", "-b", "main", "empty"});
  write_file(dir_ / "empty/file", "x");
  const SourceFacts found = facts(dir_ / "empty");
  EXPECT_FALSE(found.head.has_value());
  EXPECT_FALSE(found.head_time.has_value());
  EXPECT_EQ(found.branch, "main");
  EXPECT_FALSE(found.head_on_remote);
  EXPECT_EQ(found.changed_count, 1U);
  EXPECT_EQ(nearest({"v1"}, dir_ / "empty"), "none");
}

TEST_F(GitSourceInspectorTest, a_shallow_clone_says_so_and_does_not_guess) {
  git({"tag", "v1"});
  const std::string old = git({"rev-parse", "HEAD"});
  commit("second");
  git({"push", "-q", "origin", "main", "v1"});
  const std::string clone = dir_ / "shallow";
  git(dir_.path(), {"clone", "-q", "--depth=1", "file://" + origin_, clone});
  const SourceFacts found = facts(clone);
  EXPECT_TRUE(found.shallow);
  EXPECT_TRUE(found.head_on_remote);
  EXPECT_EQ(support::code_of(sources_.resolve(clone, old, {})), Code::undecided);
  git(clone, {"fetch", "-q", "--depth=1", "origin", "tag", "v1"});
  const Names tags{"v1"};
  EXPECT_EQ(support::code_of(sources_.nearest_tag(clone, tags, {})), Code::undecided);
  git(clone, {"checkout", "-q", "v1"});
  EXPECT_EQ(nearest(tags, clone), "v1");
}

TEST_F(GitSourceInspectorTest, a_linked_work_tree_is_its_own_root) {
  git({"worktree", "add", "-q", "--detach", dir_ / "linked"});
  git({"tag", "v1"});
  const SourceFacts found = facts(dir_ / "linked/sub");
  EXPECT_EQ(found.root, dir_ / "linked");
  EXPECT_EQ(found.offset, "sub");
  EXPECT_EQ(tag_names(found.tags), (Names{"v1"}));
  EXPECT_TRUE(found.head_on_remote);
}

TEST_F(GitSourceInspectorTest, a_submodule_is_a_repository_and_its_changes_are_changes) {
  git(dir_.path(), {"init", "-q", "-b", "main", "library"});
  write_file(dir_ / "library/code", "x");
  git(dir_ / "library", {"add", "-A"});
  git(dir_ / "library", {"commit", "-q", "-m", "x"});
  git({"submodule", "--quiet", "add", dir_ / "library", "lib"});
  git({"config", "-f", ".gitmodules", "submodule.lib.ignore", "all"});
  commit("submodule");
  EXPECT_EQ(facts().changed_count, 0U);
  EXPECT_EQ(facts(work_ + "/lib").root, work_ + "/lib");
  write_file(work_ + "/lib/code", "y");
  EXPECT_EQ(facts().changed_files, (Names{"lib"}));
}

TEST_F(GitSourceInspectorTest, a_repository_with_sha256_objects) {
  const std::string place = dir_ / "sha256";
  git(dir_.path(), {"init", "-q", "-b", "main", "--object-format=sha256", place});
  write_file(place + "/sub/file", "x");
  git(place, {"add", "-A"});
  git(place, {"commit", "-q", "-m", "x"});
  git(place, {"tag", "sub-1.0.0"});
  const SourceFacts found = facts(place);
  ASSERT_TRUE(found.head.has_value());
  EXPECT_EQ(found.head->str().size(), 64U);
  EXPECT_EQ(nearest({"sub-1.0.0"}, place), "sub-1.0.0");
  const std::vector<TaggedName> questions{{"sub-1.0.0", "sub"}, {"sub-1.0.0", "none"}};
  EXPECT_EQ(*sources_.names_directory(place, questions, {}), (std::vector<bool>{true, false}));
}

TEST_F(GitSourceInspectorTest, what_is_no_work_tree_is_not_found) {
  std::filesystem::create_directory(dir_ / "plain");
  EXPECT_EQ(inspect_failure(dir_ / "plain"), Code::not_found);
  EXPECT_EQ(inspect_failure(origin_), Code::not_found);
  EXPECT_EQ(inspect_failure(dir_ / "none"), Code::not_found);
}

TEST_F(GitSourceInspectorTest, without_git_it_says_what_to_install) {
  support::FakeClock clock;
  support::FakeProcessRunner nothing(clock);
  GitSourceInspector sources(nothing);
  const auto result = sources.inspect(work_, {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Code::unavailable);
  EXPECT_NE(result.error().hint().find("git"), std::string::npos);
}

TEST_F(GitSourceInspectorTest, git_speaks_english_and_asks_nobody) {
  support::FakeClock clock;
  support::FakeProcessRunner nothing(clock);
  (void)GitSourceInspector(nothing).inspect(work_, {});
  ASSERT_EQ(nothing.runs().size(), 1U);
  auto environment = nothing.runs()[0].environment;
  EXPECT_EQ(environment["LC_ALL"], "C");
  EXPECT_EQ(environment["GIT_TERMINAL_PROMPT"], "0");
  EXPECT_EQ(environment["SSH_ASKPASS_REQUIRE"], "force");
}

TEST_F(GitSourceInspectorTest, tells_the_tags_of_a_remote_peeled) {
  git({"tag", "light"});
  git({"tag", "-a", "-m", "x", "annotated"});
  git({"tag", "local-only"});
  git({"push", "-q", "origin", "light", "annotated"});
  const auto remote = sources_.remote_tags(work_, origin_, {});
  ASSERT_TRUE(remote.has_value()) << remote.error().text();
  EXPECT_EQ(remote->url, origin_);
  EXPECT_EQ(tag_names(remote->tags), (Names{"annotated", "light"}));
  for (const auto& tag : remote->tags) {
    EXPECT_EQ(tag.commit.str(), git({"rev-parse", "HEAD"}));
  }
}

TEST_F(GitSourceInspectorTest, a_remote_that_does_not_answer_is_unavailable) {
  const auto gone = sources_.remote_tags(work_, dir_ / "gone.git", {});
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().code(), Code::unavailable);
  EXPECT_NE(gone.error().text().find("gone.git"), std::string::npos);
}

TEST_F(GitSourceInspectorTest, credentials_of_a_url_are_never_told) {
  const auto result = sources_.remote_tags(work_, "http://user:very-secret@127.0.0.1:1/x.git", {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().text().find("very-secret"), std::string::npos) << result.error().text();
  EXPECT_EQ(result.error().hint().find("very-secret"), std::string::npos);
}

TEST_F(GitSourceInspectorTest, credentials_are_not_told_even_where_git_tells_them) {
  support::FakeClock clock;
  support::FakeProcessRunner talkative(clock);
  const std::string url = "https://user:very-secret@example.com/x.git";
  talkative.answer({"git"}, {128, "", "fatal: cannot read " + url + " or " + url + "\n"});
  const auto result = GitSourceInspector(talkative).remote_tags(work_, url, {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().text().find("very-secret"), std::string::npos) << result.error().text();
  EXPECT_NE(result.error().text().find("cannot read https://example.com/x.git or "),
            std::string::npos);
}

TEST_F(GitSourceInspectorTest, arguments_are_never_options) {
  EXPECT_EQ(support::code_of(sources_.remote_tags(work_, "--upload-pack=touch x", {})),
            Code::invalid_data);
  EXPECT_EQ(support::code_of(sources_.resolve(work_, "--all", {})), Code::invalid_data);
  EXPECT_EQ(support::code_of(sources_.clone_at("-u", "x", work_, {})), Code::invalid_data);
  EXPECT_EQ(support::code_of(sources_.set_configured_repo(work_, "--unset", {})),
            Code::invalid_data);
}

TEST_F(GitSourceInspectorTest, a_name_is_judged_by_the_tree_of_its_tag) {
  git({"tag", "one"});
  git({"rm", "-rq", "sub"});  // lint: in the test's own directory
  write_file(work_ + "/other/inner/file", "x");
  write_file(work_ + "/sub", "now a file");
  commit("moved");
  git({"tag", "-a", "-m", "x", "two"});
  git({"tag", "zzz-of-a-blob", git({"rev-parse", "HEAD:file"})});
  git({"tag", "of-a-tree", "one^{tree}"});
  git({"tag", "-a", "-m", "x", "nested", "two"});
  const std::vector<std::pair<TaggedName, bool>> rows{
      {{"one", "sub"}, true},
      {{"two", "sub"}, false},
      {{"one", "deep"}, true},
      {{"one", "sub/deep"}, true},
      {{"one", "other"}, false},
      {{"two", "other"}, true},
      {{"two", "inner"}, true},
      {{"two", "other/inner"}, true},
      {{"two", "wrong/inner"}, false},
      {{"one", "file"}, false},
      {{"two", "ther"}, false},
      {{"zzz-of-a-blob", "sub"}, false},
      {{"missing", "sub"}, false},
      {{"two", "deep"}, false},
  };
  std::vector<TaggedName> questions;
  questions.reserve(rows.size());
  for (const auto& [question, expected] : rows) {
    questions.push_back(question);
  }
  const auto answers = sources_.names_directory(work_, questions, {});
  ASSERT_TRUE(answers.has_value()) << answers.error().text();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ((*answers)[i], rows[i].second) << questions[i].tag << " " << questions[i].name;
  }
  EXPECT_TRUE(sources_.names_directory(work_, {}, {})->empty());
}

TEST_F(GitSourceInspectorTest, tags_of_equal_trees_are_answered_each) {
  git({"tag", "a"});
  git({"tag", "b"});
  git({"tag", "c"});
  const std::vector<TaggedName> questions{{"a", "sub"}, {"b", "sub"}, {"c", "sub"}, {"c", "x"}};
  EXPECT_EQ(*sources_.names_directory(work_, questions, {}),
            (std::vector<bool>{true, true, true, false}));
}

TEST_F(GitSourceInspectorTest, a_name_stays_while_one_of_several_directories_has_it) {
  write_file(work_ + "/a/twin/file", "x");
  write_file(work_ + "/b/twin/file", "x");
  commit("two");
  git({"tag", "both"});
  git({"rm", "-rq", "a"});
  commit("one");
  git({"tag", "one"});
  git({"rm", "-rq", "b"});
  commit("none");
  git({"tag", "none"});
  const std::vector<TaggedName> questions{
      {"both", "twin"}, {"one", "twin"}, {"one", "a/twin"}, {"none", "twin"}};
  EXPECT_EQ(*sources_.names_directory(work_, questions, {}),
            (std::vector<bool>{true, true, false, false}));
}

TEST_F(GitSourceInspectorTest, the_nearest_tag_is_the_one_describe_finds_among_those_given) {
  git({"tag", "v1.0.0"});
  commit("second");
  git({"tag", "-a", "-m", "x", "v1.1.0"});
  git({"tag", "other-9"});
  commit("third");
  git({"tag", "v1.1.0-later"});
  commit("fourth");
  EXPECT_EQ(nearest({"v1.0.0", "v1.1.0", "v1.1.0-later", "other-9"}), "v1.1.0-later");
  EXPECT_EQ(nearest({"v1.0.0", "v1.1.0"}), "v1.1.0");
  EXPECT_EQ(nearest({"v1.0.0"}), "v1.0.0");
  EXPECT_EQ(nearest({"other-9", "v1.0.0"}), "other-9");
  EXPECT_EQ(nearest({}), "none");
  EXPECT_EQ(nearest({"does-not-exist"}), "none");
  git({"checkout", "-q", "v1.0.0"});
  EXPECT_EQ(nearest({"v1.1.0"}), "none");
}

TEST_F(GitSourceInspectorTest, on_one_commit_the_annotated_tag_is_nearer) {
  git({"tag", "v1"});
  git({"tag", "-a", "-m", "x", "v2"});
  EXPECT_EQ(nearest({"v1", "v2"}), "v2");
}

TEST_F(GitSourceInspectorTest, a_tag_that_was_given_another_name_is_found_under_it) {
  git({"tag", "-a", "-m", "x", "old-name"});
  git({"update-ref", "refs/tags/new-name", "refs/tags/old-name"});
  git({"update-ref", "-d", "refs/tags/old-name"});
  EXPECT_EQ(nearest({"new-name"}), "new-name");
}

TEST_F(GitSourceInspectorTest, resolves_names_and_beginnings_of_hashes) {
  const std::string first = git({"rev-parse", "HEAD"});
  git({"tag", "-a", "-m", "x", "v1"});
  commit("second");
  EXPECT_EQ(resolved(first), first);
  EXPECT_EQ(resolved(first.substr(0, 8)), first);
  EXPECT_EQ(resolved("v1"), first);
  EXPECT_EQ(resolved("main~1"), first);
  EXPECT_EQ(resolved("no-such-name"), "none");
  EXPECT_EQ(resolved(std::string(40, 'a')), "none");
  EXPECT_EQ(resolved(git({"rev-parse", "HEAD^{tree}"})), "none");
}

TEST_F(GitSourceInspectorTest, an_ambiguous_beginning_is_refused) {
  // Two commits whose hashes begin alike, of which sixty give some pair in four digits sooner or
  // later.
  std::vector<std::string> hashes;
  std::string doubled;
  for (int i = 0; i < 2000 && doubled.empty(); ++i) {
    hashes.push_back(git({"commit-tree", "-m", std::to_string(i), "HEAD^{tree}"}).substr(0, 4));
    if (std::ranges::count(hashes, hashes.back()) > 1) {
      doubled = hashes.back();
    }
  }
  ASSERT_FALSE(doubled.empty());
  EXPECT_EQ(support::code_of(sources_.resolve(work_, doubled, {})), Code::invalid_data);
}

TEST_F(GitSourceInspectorTest, clones_at_a_revision) {
  const std::string first = git({"rev-parse", "HEAD"});
  git({"tag", "v1"});
  commit("second");
  git({"push", "-q", "origin", "main", "v1"});
  for (const std::string& revision : {first, std::string("v1")}) {
    const std::string into = dir_ / ("clone-of-" + revision);
    std::filesystem::create_directory(into);
    const Status status = sources_.clone_at(origin_, revision, into, {});
    ASSERT_TRUE(status.has_value()) << status.error().text();
    const SourceFacts found = facts(into);
    EXPECT_EQ(found.head->str(), first);
    EXPECT_EQ(found.changed_count, 0U);
    EXPECT_TRUE(found.head_on_remote);
    EXPECT_EQ(tag_names(found.tags), (Names{"v1"}));
  }
}

TEST_F(GitSourceInspectorTest, clones_a_commit_that_no_branch_leads_to_where_the_host_gives_it) {
  const std::string lost = commit("lost");
  git({"push", "-q", "origin", "HEAD:refs/hidden/one"});
  git({"reset", "-q", "--hard", "HEAD~1"});
  git(origin_, {"config", "uploadpack.allowAnySHA1InWant", "true"});
  const std::string into = dir_ / "into";
  std::filesystem::create_directory(into);
  const Status status = sources_.clone_at("file://" + origin_, lost, into, {});
  ASSERT_TRUE(status.has_value()) << status.error().text();
  EXPECT_EQ(facts(into).head->str(), lost);
}

TEST_F(GitSourceInspectorTest, cloning_fails_for_what_the_remote_does_not_have) {
  std::filesystem::create_directory(dir_ / "a");
  std::filesystem::create_directory(dir_ / "b");
  EXPECT_EQ(support::code_of(sources_.clone_at(origin_, std::string(40, 'a'), dir_ / "a", {})),
            Code::not_found);
  EXPECT_EQ(support::code_of(sources_.clone_at(dir_ / "gone", "main", dir_ / "b", {})),
            Code::unavailable);
}

TEST_F(GitSourceInspectorTest, keeps_the_configured_repository_in_the_checkout) {
  EXPECT_TRUE(sources_.set_configured_repo(work_, "github.com/a/b", {}).has_value());
  EXPECT_EQ(facts().configured_repo, "github.com/a/b");
  EXPECT_TRUE(sources_.set_configured_repo(work_, "github.com/c/d", {}).has_value());
  EXPECT_EQ(facts().configured_repo, "github.com/c/d");
  EXPECT_EQ(facts(work_ + "/sub").configured_repo, "github.com/c/d");
}

}  // namespace
}  // namespace sous::source_git
