#include "engine/source_context.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/samples.h"

namespace sous::engine {
namespace {

using support::rev;
using Known = KnownAdvisory;

constexpr std::string_view kRepo = "github.com/team/project";

GitRemote remote(std::string name, std::string_view path = kRepo) {
  return {.name = std::move(name), .fetch_url = "https://" + std::string(path) + ".git"};
}

VersionTag tagged(std::string_view name, std::uint32_t commit) {
  return {.tag = {std::string(name), rev(commit)}, .version = parse_version_tag(name).value()};
}

// A clean, pushed checkout of revision 1 with tag 1.2.3 on it, here and at the remote.
SourceQuestion clean() {
  SourceQuestion out{.facts = {.root = "/home/ada/project",
                               .head = rev(1),
                               .head_on_remote = true,
                               .remotes = {remote("origin")}},
                     .request = {},
                     .local_tags = {tagged("1.2.3", 1)},
                     .remote_tags = {tagged("1.2.3", 1)},
                     .nearest = GitTag{"1.2.3", rev(1)},
                     .remote = RemoteTags{"https://github.com/team/project", {{"1.2.3", rev(1)}}},
                     .requested = {}};
  return out;
}

void tags(SourceQuestion& question, std::vector<VersionTag> local, std::vector<VersionTag> there) {
  RemoteTags answer{.url = "https://github.com/team/project", .tags = {}};
  for (const auto& tag : there) {
    answer.tags.push_back(tag.tag);
  }
  question.local_tags = std::move(local);
  question.remote_tags = std::move(there);
  question.remote = std::move(answer);
}

SourceContext context(const SourceQuestion& question) { return source_context(question).value(); }

std::string advisories(const SourceQuestion& question) {
  return context(question).advisories.label();
}

Code refusal(const SourceQuestion& question) { return source_context(question).error().code(); }

// ---- C: what git says --------------------------------------------------------

TEST(SourceContext, C2UpstreamIsThePrimaryRemote) {
  SourceFacts facts{.remotes = {remote("origin", "github.com/ada/fork"),
                                remote("something", "github.com/x/y"),
                                remote("upstream")}};
  EXPECT_EQ(primary_remote(facts, std::nullopt)->name, "upstream");
  EXPECT_EQ(source_location(facts, {})->str(), kRepo);
}

TEST(SourceContext, C3ElseOrigin) {
  SourceFacts facts{.remotes = {remote("something", "github.com/x/y"), remote("origin")}};
  EXPECT_EQ(primary_remote(facts, std::nullopt)->name, "origin");
}

TEST(SourceContext, C4NoOtherRemoteStandsForTheRepository) {
  SourceFacts facts{.remotes = {remote("something")}};
  EXPECT_EQ(primary_remote(facts, std::nullopt), nullptr);
  EXPECT_EQ(source_location(facts, {}).error().code(), Code::usage);
}

TEST(SourceContext, C6TwoVersionTagsOnOneCommitAreBothGood) {
  auto question = clean();
  const std::vector<VersionTag> both{tagged("1.2.3", 1), tagged("1.2.4", 1)};
  tags(question, both, both);
  question.request.tag = "1.2.3";
  EXPECT_EQ(advisories(question), "");
  question.request.tag = "1.2.4";
  EXPECT_EQ(advisories(question), "");
}

TEST(SourceContext, C7ToC11AnyChangeInTheTreeIsDirty) {
  auto question = clean();
  question.facts.changed_count = 1;
  EXPECT_EQ(advisories(question), "dirty workspace");
}

TEST(SourceContext, C12HeadOnNoRemoteIsUnpushed) {
  auto question = clean();
  question.facts.head_on_remote = false;
  tags(question, {}, {});
  question.nearest.reset();
  EXPECT_TRUE(context(question).advisories.contains(Known::unpushed_revision));
}

TEST(SourceContext, C13ARemoteTagOnHeadIsPushedToo) {
  auto question = clean();
  question.facts.head_on_remote = false;
  EXPECT_EQ(advisories(question), "");
}

TEST(SourceContext, C14WithoutTagsTheVersionIsUnversioned) {
  auto question = clean();
  tags(question, {}, {});
  question.nearest.reset();
  const auto out = context(question);
  EXPECT_EQ(out.source.version.str(), "0.0.0-unversioned");
  EXPECT_EQ(out.advisories.label(), "no versioned tag");
  EXPECT_EQ(out.tag, "");
}

TEST(SourceContext, C16TheOffsetIsTheDirectoryAskedAbout) {
  auto question = clean();
  question.facts.offset = "some-offset";
  EXPECT_EQ(context(question).source.str(), "github.com/team/project,1.2.3,some-offset");
  question.request.offset = "";
  EXPECT_EQ(context(question).source.str(), "github.com/team/project,1.2.3");
}

TEST(SourceContext, C20WithoutRemoteTheCureIsNamed) {
  auto question = clean();
  question.facts.remotes.clear();
  const auto refused = source_context(question);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::usage);
  EXPECT_NE(refused.error().hint().find("-repo"), std::string::npos);
  EXPECT_NE(refused.error().hint().find("git remote add"), std::string::npos);
}

TEST(SourceContext, NothingCommittedYetIsRefused) {
  auto question = clean();
  question.facts.head.reset();
  EXPECT_EQ(refusal(question), Code::usage);
}

// ---- D: advisories -----------------------------------------------------------

TEST(Advisories, D1ANamedRepositoryAmongTheRemotesIsGood) {
  auto question = clean();
  question.facts.remotes.push_back(remote("mirror", "github.com/team/mirror"));
  question.request.repo = "github.com/team/mirror";
  const auto out = context(question);
  EXPECT_EQ(out.advisories.label(), "");
  EXPECT_EQ(out.source.location.repo(), "github.com/team/mirror");
  EXPECT_EQ(out.remote_url, "https://github.com/team/mirror.git");
}

TEST(Advisories, D2ANamedRepositoryElsewhere) {
  auto question = clean();
  question.request.repo = "github.com/team/other";
  const auto out = context(question);
  EXPECT_EQ(out.advisories.label(), "source workspace lacked repo");
  EXPECT_EQ(out.source.location.repo(), "github.com/team/other");
}

TEST(Advisories, D3ThePrimaryRemoteIsTheRepository) {
  EXPECT_EQ(context(clean()).source.location.repo(), kRepo);
  EXPECT_EQ(context(clean()).remote_url, "https://github.com/team/project.git");
}

TEST(Advisories, D4ANamedRepositoryWithoutAnyRemote) {
  auto question = clean();
  question.facts.remotes.clear();
  question.facts.head_on_remote = false;
  tags(question, {}, {});
  question.remote = NoRemote{};
  question.nearest.reset();
  question.request.repo = std::string(kRepo);
  EXPECT_EQ(advisories(question), "no repository,no versioned tag,unpushed revision");
  question.request.repo.reset();
  question.facts.configured_repo = kRepo;  // sous init -repo
  EXPECT_EQ(advisories(question), "no repository,no versioned tag,unpushed revision");
}

TEST(Advisories, D5AnotherRevisionThanHead) {
  auto question = clean();
  question.request.revision = "abcdef";
  question.requested = rev(0xabcdef);
  const auto out = context(question);
  EXPECT_EQ(out.advisories.label(), "requested revision not built");
  EXPECT_EQ(out.revision, rev(1));
}

TEST(Advisories, D5ARevisionThatExistsNowhere) {
  auto question = clean();
  question.request.revision = "abcdef";
  EXPECT_EQ(advisories(question), "bogus revision,requested revision not built");
  // A shallow clone does not know all revisions, so it calls none bogus.
  question.facts.shallow = true;
  question.request.tag = "1.2.3";
  EXPECT_EQ(advisories(question), "requested revision not built");
}

TEST(Advisories, D7TheTagIsOnAnotherCommit) {
  auto question = clean();
  tags(question, {tagged("1.2.3", 9)}, {tagged("1.2.3", 9)});
  question.request.tag = "1.2.3";
  EXPECT_EQ(advisories(question), "tag not on built revision");
}

TEST(Advisories, D7PastTheNearestTag) {
  auto question = clean();
  tags(question, {tagged("1.2.3", 9)}, {tagged("1.2.3", 9)});
  question.nearest = GitTag{"1.2.3", rev(9)};
  EXPECT_EQ(advisories(question), "tag not on built revision");
}

TEST(Advisories, D8ATagThatNobodyHasIsEphemeral) {
  auto question = clean();
  question.request.tag = "2.0.0";
  const auto out = context(question);
  EXPECT_EQ(out.advisories.label(), "ephemeral tag");
  EXPECT_EQ(out.source.version.str(), "2.0.0");
}

TEST(Advisories, D8ATagThatOnlyThisCheckoutHasIsEphemeral) {
  auto question = clean();
  tags(question, {tagged("1.2.3", 1)}, {});
  EXPECT_EQ(advisories(question), "ephemeral tag");
}

TEST(Advisories, D8ARemoteThatCannotBeAskedMakesItEphemeralAndSaysSo) {
  auto question = clean();
  question.remote = RemoteSilent{"no route to host"};
  question.remote_tags.clear();
  const auto out = context(question);
  EXPECT_EQ(out.advisories.label(), "ephemeral tag");
  ASSERT_EQ(out.notes.size(), 1U);
  EXPECT_NE(out.notes[0].find("no route to host"), std::string::npos);
}

TEST(Advisories, TheRemotesTagDecidesAndNotThisCheckouts) {
  auto question = clean();
  tags(question, {tagged("1.2.3", 9)}, {tagged("1.2.3", 1)});
  EXPECT_EQ(advisories(question), "");
  tags(question, {tagged("1.2.3", 1)}, {tagged("1.2.3", 9)});
  EXPECT_EQ(advisories(question), "tag not on built revision");
}

TEST(Advisories, D9DirtyAndD10Unpushed) {
  auto question = clean();
  question.facts.changed_count = 3;
  question.facts.head_on_remote = false;
  tags(question, {tagged("1.2.3", 1)}, {});
  EXPECT_EQ(advisories(question), "dirty workspace,ephemeral tag,unpushed revision");
}

TEST(Advisories, D12ACleanBuildHasNone) {
  auto question = clean();
  question.request = {.repo = std::string(kRepo), .tag = "1.2.3", .revision = rev(1).str()};
  question.requested = rev(1);
  EXPECT_EQ(advisories(question), "");
}

TEST(Advisories, D13ForTryingOut) {
  auto question = clean();
  question.request.developer_build = true;
  EXPECT_EQ(advisories(question), "developer build");
}

TEST(Advisories, D14AnOlderTagThanHeads) {
  auto question = clean();
  const std::vector<VersionTag> both{tagged("1.0.0", 9), tagged("1.1.0", 1)};
  tags(question, both, both);
  question.nearest = GitTag{"1.1.0", rev(1)};
  question.request.tag = "1.0.0";
  EXPECT_EQ(advisories(question), "tag not on built revision");
}

TEST(Advisories, TwoTagsOfOneVersionOnDifferentCommitsMismatch) {
  auto question = clean();
  const std::vector<VersionTag> both{tagged("1.2.3", 1), tagged("v1.2.3", 9)};
  tags(question, both, both);
  EXPECT_EQ(advisories(question), "tag mismatch");
  const std::vector<VersionTag> same{tagged("1.2.3", 1), tagged("v1.2.3", 1)};
  tags(question, same, same);
  EXPECT_EQ(advisories(question), "");
}

TEST(Advisories, D18EachStandsOnce) {
  auto question = clean();
  question.facts.changed_count = 1;
  question.request.developer_build = true;
  EXPECT_EQ(context(question).advisories.size(), 2U);
}

// ---- tags ---------------------------------------------------------------------

TEST(ChosenTag, ABareVersionStandsForAnyTagThatGivesIt) {
  auto question = clean();
  tags(question, {tagged("v1.2.3", 1)}, {tagged("v1.2.3", 1)});
  question.request.tag = "1.2.3";
  const auto out = context(question);
  EXPECT_EQ(out.advisories.label(), "");
  EXPECT_EQ(out.tag, "v1.2.3");
}

TEST(ChosenTag, ATagWithAPrefixStandsForItselfAlone) {
  auto question = clean();
  tags(question, {tagged("release-1.2.3", 1)}, {tagged("v1.2.3", 9)});
  question.nearest = GitTag{"release-1.2.3", rev(1)};
  const auto out = context(question);
  EXPECT_EQ(out.tag, "release-1.2.3");
  EXPECT_EQ(out.advisories.label(), "ephemeral tag");
}

TEST(ChosenTag, B4AndB5APrefixIsDroppedAndAPrereleaseKept) {
  auto question = clean();
  tags(question, {tagged("release-1.2.3-rc1", 1)}, {tagged("release-1.2.3-rc1", 1)});
  question.nearest = GitTag{"release-1.2.3-rc1", rev(1)};
  EXPECT_EQ(context(question).source.version.str(), "1.2.3-rc1");
}

TEST(ChosenTag, ThatIsNoVersionIsRefused) {
  auto question = clean();
  question.request.tag = "latest";
  EXPECT_EQ(refusal(question), Code::usage);
}

TEST(ChosenTag, AShallowCloneWithoutTagStopsAndNamesTheCure) {
  auto question = clean();
  question.facts.shallow = true;
  const auto refused = source_context(question);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::undecided);
  EXPECT_NE(refused.error().hint().find("git fetch --unshallow --tags"), std::string::npos);
  question.request.tag = "1.2.3";
  question.local_tags.clear();  // what a shallow clone lacks, the remote's answer gives
  EXPECT_EQ(advisories(question), "");
}

TEST(VersionTags, B7AnOffsetsOwnPrefixComesFirst) {
  const std::vector<GitTag> all{
      {"service-a-1.0.0", rev(1)}, {"service-b-2.0.0", rev(1)}, {"3.0.0", rev(1)}};
  const auto is_directory = [](std::string_view, std::string_view name) {
    return name == "service-a" || name == "service-b";
  };
  const auto a = version_tags(all, "service-a", is_directory);
  ASSERT_EQ(a.size(), 1U);
  EXPECT_EQ(a[0].tag.name, "service-a-1.0.0");
  const auto root = version_tags(all, "", is_directory);
  ASSERT_EQ(root.size(), 1U);
  EXPECT_EQ(root[0].tag.name, "3.0.0");
}

}  // namespace
}  // namespace sous::engine
