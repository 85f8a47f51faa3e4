// The commands that read and edit the GDM, as the real binary on real git repositories.

#include <chrono>
#include <filesystem>
#include <memory>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "desk.h"

namespace sous::acceptance {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Words = std::vector<std::string>;

constexpr const char* kRepo = "github.com/team/app";
constexpr const char* kPath = "manifests/github.com/team/app.yaml";

Words about_app(Words words) {
  words.insert(words.end(), {"-repo", kRepo});
  return words;
}

void expect_status(const Ran& run, int status, const std::string& told = "") {
  EXPECT_EQ(run.exit_code, status) << run.out << run.err;
  EXPECT_THAT(run.err, HasSubstr(told));
}

/// Makes a script that can be run.
std::string script(const Desk& desk, const std::string& name, const std::string& text) {
  const std::string path = desk.path(name);
  support::write_file(path, "#!/bin/sh\n" + text);
  fs::permissions(path, fs::perms::owner_all);
  return path;
}

/// Starts a GDM with the cluster `local` and the manifest of the app. `init` needs a checkout.
void start(const Desk& desk) {
  const std::string checkout = desk.path("app");
  fs::create_directories(checkout);
  desk.git(checkout, {"init", "-q"});
  ASSERT_EQ(desk.sous({"init", checkout, "-repo", kRepo}).exit_code, 0);
}

TEST(Gdm, ManifestsAreReadSetScaledAndDeleted) {
  const Desk desk;
  start(desk);
  const std::string text = desk.sous(about_app({"manifest", "get"})).out;
  const std::string remarked = "# ours\n" + text;
  expect_status(desk.sous({"manifest", "set"}, remarked), 0);
  expect_status(desk.sous(about_app({"scale", "3", "-cluster", "local"})), 0);
  expect_status(desk.sous(about_app({"update", "-tag", "1.2.0", "-all"})), 0);
  expect_status(desk.sous(about_app({"metadata", "set", "Branch", "main"})), 0);
  EXPECT_EQ(desk.sous(about_app({"metadata", "get", "Branch"})).out, "main\n");
  expect_status(desk.sous(about_app({"metadata", "get", "Branhc"})), 1, "did you mean Branch");

  const auto manifest = desk.answer(about_app({"manifest", "get"}));
  EXPECT_TRUE(text_at(manifest, {"text"}).starts_with("# ours\n"));
  EXPECT_EQ(text_at(manifest, {"fields", "deployments", "local", "version"}), "1.2.0");
  EXPECT_EQ(at(manifest, {"fields", "deployments", "local", "instances"}).as_uint(), 3U);

  const auto history = desk.answer({"history", kRepo});
  EXPECT_EQ(text_at(history, {"history", "0", "changes", "0", "fields", "0", "field"}),
            "Deployments.local.Metadata");
  EXPECT_EQ(text_at(history, {"history", "2", "what"}), "Scale github.com/team/app in local to 3");
  EXPECT_EQ(text_at(history, {"history", "2", "who"}), "Pat Person <Pat@example.com>");
  const std::string then = text_at(history, {"history", "3", "revision"});
  EXPECT_EQ(desk.sous(about_app({"manifest", "get", "-at", then.substr(0, 10)})).out, remarked);

  EXPECT_TRUE(fs::exists(desk.gdm() + "/" + kPath));
  expect_status(desk.sous(about_app({"manifest", "delete", "-reason", "gone"})), 0);
  EXPECT_FALSE(fs::exists(desk.gdm() + "/" + kPath));
  EXPECT_THAT(*at(desk.answer({"query", "gdm"}), {"deployments"}).as_array(), IsEmpty());
  EXPECT_EQ(text_at(desk.answer({"history", kRepo, "-limit", "1"}), {"history", "0", "why"}),
            "gone");
}

TEST(Gdm, WordsThatAreWrongAreUsage) {
  const Desk desk;
  start(desk);
  expect_status(desk.sous(about_app({"scale", "3"})), 64, "-cluster");
  expect_status(desk.sous(about_app({"scale", "-cluster", "local"})), 64, "needs N");
  expect_status(desk.sous(about_app({"scale", "-1", "-cluster", "local"})), 64);
  expect_status(desk.sous(about_app({"scale", "x", "-cluster", "local"})), 64, "\"x\"");
  expect_status(desk.sous(about_app({"scale", "1", "-cluster", "moon"})), 64, "moon");
  expect_status(desk.sous({"query", "gdm", "-all", "-cluster", "local"}), 64, "-all");
  expect_status(desk.sous({"query", "gdm", "-source", "a.b/c", "-repo", "a.b/c"}), 64, "-source");
  expect_status(desk.sous({"query", "gdm", "-hasowners", "maybe"}), 64, "true or false");
  expect_status(desk.sous({"history", "-limit", "0"}), 64, "-limit");
  expect_status(desk.sous({"manifest", "set"}, ""), 64, "standard input");
  const auto other = desk.sous(about_app({"manifest", "set"}), "Source: github.com/team/other\n");
  expect_status(other, 64, "\"github.com/team/other\", not of \"github.com/team/app\"");
  const auto none = desk.sous(about_app({"manifest", "get", "-flavor", "f", "-offset", "o"}));
  expect_status(none,
                1,
                "No manifest matched by <cluster:* repo:github.com/team/app offset:o flavor:f "
                "tag:* revision:*>");
  EXPECT_EQ(none.out, "");
}

TEST(Gdm, QueriesFilterAndAsk) {
  const Desk desk;
  start(desk);
  const auto count = [&](Words words) {
    words.insert(words.begin(), {"query", "gdm"});
    return at(desk.answer(words), {"deployments"}).as_array()->size();
  };
  ASSERT_EQ(desk.sous({"cluster", "add", "left", "-url", "unix:///none.sock"}).exit_code, 0);
  const std::string deployments =
      "Deployments: {local: {Version: 1.0.0, NumInstances: 0}, left: {Version: 1.1.0, "
      "NumInstances: 1}}\n";
  ASSERT_EQ(desk.sous({"manifest", "set"},
                      "Source: github.com/team/app,sub\nOwners: [ann]\n" + deployments)
                .exit_code,
            0);
  EXPECT_EQ(count({}), 3U);
  EXPECT_EQ(count({"-repo", kRepo}), 1U) << "no offset";
  EXPECT_EQ(count({"-repo", kRepo, "-offset", "*"}), 3U);
  EXPECT_EQ(count({"-source", "github.com/team/app,sub"}), 2U);
  EXPECT_EQ(count({"-cluster", "left"}), 1U);
  EXPECT_EQ(count({"-tag", "1.1.0"}), 1U);
  EXPECT_EQ(count({"-hasowners", "true"}), 2U);
  EXPECT_EQ(count({"-hasowners", "false"}), 1U);
  EXPECT_EQ(count({"-zeroinstances", "true"}), 1U);
  EXPECT_EQ(count({"-hasimage", "true"}), 0U);
  EXPECT_EQ(count({"-hasimage", "false", "-hasowners", "true"}), 2U);
}

// Nothing is behind one cluster, and the other is not defined: nothing is done, but all is counted.
TEST(Gdm, PlansAndWhatRunsTakeTheSameFilter) {
  Desk desk;
  start(desk);
  desk.set("SOUS_REGISTRY", "127.0.0.1:1");
  ASSERT_EQ(desk.sous({"cluster", "set", "local", "-url", "unix:///none.sock"}).exit_code, 0);
  const std::string deployments =
      "Deployments: {local: {Version: 0.0.0}, moon: {Version: 1.1.0}}\n";
  for (const std::string name : {"app", "app,sub"}) {
    support::write_file(desk.gdm() + "/manifests/github.com/team/" + name + ".yaml",
                        "Source: github.com/team/" + name + "\n" + deployments);
  }
  desk.git(desk.gdm(), {"add", "-A"});
  desk.git(desk.gdm(), {"commit", "-q", "-m", "By hand"});
  const auto count = [&](Words words) {
    words.insert(words.begin(), "plan");
    return at(desk.answer(words, 5), {"actions"}).as_array()->size();
  };
  EXPECT_EQ(count({}), 4U);
  EXPECT_EQ(count({"-all"}), 4U);
  EXPECT_EQ(count({"-repo", kRepo}), 2U) << "no offset";
  EXPECT_EQ(count({"-repo", kRepo, "-offset", "*"}), 4U);
  EXPECT_EQ(count({"-source", "github.com/team/app,sub", "-cluster", "local"}), 1U);
  EXPECT_EQ(count({"-offset", "sub"}), 2U);
  EXPECT_EQ(count({"-tag", "v1.1.0"}), 2U);
  for (const Words& words :
       {Words{"plan"}, {"rectify"}, {"query", "ads"}, {"query", "gdm"}, {"status"}}) {
    const auto with = [&](Words more) {
      more.insert(more.begin(), words.begin(), words.end());
      return desk.sous(more);
    };
    expect_status(with({"-cluster", "moon"}), 64, "there is no cluster moon");
    expect_status(with({"-all", "-tag", "1.0.0"}), 64, "-all");
    expect_status(with({"-source", "a.b/c", "-repo", "a.b/c"}), 64, "-source");
  }
  expect_status(desk.sous({"query", "ads", "-cluster", "local", "-tag", "1.0.0"}), 5, "");
}

TEST(Gdm, ClustersAreDefinedInPlace) {
  const Desk desk;
  start(desk);
  expect_status(desk.sous({"cluster", "add", "left", "-url", "unix:///none.sock"}), 0);
  expect_status(
      desk.sous({"cluster", "add", "left", "-url", "unix:///none.sock"}), 1, "is defined");
  expect_status(desk.sous({"cluster", "add", "c", "-kind", "singularity"}), 64, "-url");
  expect_status(desk.sous({"cluster", "set", "left", "-allow", "dirty workspace"}), 0);
  expect_status(desk.sous({"cluster", "set", "left"}), 64);
  expect_status(desk.sous({"cluster", "set", "lefd", "-allow", "x"}), 64, "did you mean left");
  const auto clusters = desk.answer({"cluster", "list"});
  EXPECT_EQ(text_at(clusters, {"clusters", "0", "allowed_advisories", "0"}), "dirty workspace");
  expect_status(desk.sous({"cluster", "remove", "local"}), 3, "has an entry for it");
  expect_status(desk.sous({"cluster", "remove", "left"}), 0);
  EXPECT_THAT(support::read_file(desk.gdm() + "/defs.yaml"), HasSubstr("  # This machine."));
}

TEST(Gdm, AnEditorChangesAManifest) {
  Desk desk;
  start(desk);
  desk.set("EDITOR", "sed -i s/0.0.0/1.0.0/");
  expect_status(desk.sous(about_app({"manifest", "edit"})), 0);
  EXPECT_THAT(desk.sous(about_app({"manifest", "get"})).out, HasSubstr("Version: 1.0.0"));
  desk.set("EDITOR", "true");
  EXPECT_THAT(desk.sous(about_app({"manifest", "edit"})).out, HasSubstr("nothing to change"));
  desk.set("EDITOR", "false");
  expect_status(desk.sous(about_app({"manifest", "edit"})), 1, "ended with status 1");
  desk.set("EDITOR", "no-such-editor");
  expect_status(desk.sous(about_app({"manifest", "edit"})), 69, "no-such-editor");
}

TEST(Gdm, ATextThatIsNotAcceptedIsKept) {
  Desk desk;
  start(desk);
  desk.set("TMPDIR", desk.path(""));
  desk.set("EDITOR", "sed -i s/Kind:.*/Kind:\\x20[/");
  const auto refused = desk.sous(about_app({"manifest", "edit"}));
  expect_status(refused, 65, "app.yaml:5:8: not YAML");
  const auto begin = refused.err.find("is kept in ") + 11;
  const std::string file = refused.err.substr(begin, refused.err.find(';', begin) - begin);
  EXPECT_THAT(support::read_file(file), HasSubstr("Kind: ["));
}

TEST(Gdm, WhatOthersChangeWhileSomebodyEditsIsKept) {
  Desk desk;
  start(desk);
  const std::string binary = SOUS_TEST_BINARY;
  desk.set("EDITOR",
           script(desk,
                  "edit",
                  "sed -i s/0.0.0/1.0.0/ $1\n" + binary +
                      " scale 7 -cluster local -repo github.com/team/app\n"));
  expect_status(desk.sous(about_app({"manifest", "edit"})), 0);
  const std::string text = desk.sous(about_app({"manifest", "get"})).out;
  EXPECT_THAT(text, HasSubstr("Version: 1.0.0"));
  EXPECT_THAT(text, HasSubstr("NumInstances: 7"));

  desk.set("EDITOR",
           script(desk,
                  "edit",
                  "sed -i 's/NumInstances: 7/NumInstances: 8/' $1\nSOUS_USER='Bob <b@x>' " +
                      binary + " scale 9 -cluster local -repo github.com/team/app\n"));
  const auto conflict = desk.sous(about_app({"manifest", "edit"}));
  expect_status(conflict, 6, "Deployments.local.NumInstances: Bob <b@x> made it 9");
  EXPECT_THAT(desk.sous(about_app({"manifest", "get"})).out, HasSubstr("NumInstances: 9"));
}

TEST(Gdm, ABrokenManifestHidesNoOther) {
  const Desk desk;
  start(desk);
  support::write_file(desk.gdm() + "/manifests/github.com/team/bad.yaml",
                      "Source: github.com/team/bad\nKind: http-service\nKind: worker\n");
  support::write_file(desk.gdm() + "/manifests/github.com/team/latin.yaml", "Source: \"\xe4\"\n");
  support::write_file(desk.gdm() + "/manifests/github.com/team/big.yaml",
                      "# " + std::string(10U << 20U, 'x') + "\n");
  fs::create_symlink("/etc/passwd", desk.gdm() + "/manifests/github.com/team/link.yaml");
  desk.git(desk.gdm(), {"add", "-A"});
  desk.git(desk.gdm(), {"commit", "-q", "-m", "By hand"});
  const Ran query = desk.sous({"query", "gdm"});
  expect_status(query, 0, "bad.yaml:3:1: the key \"Kind\" stands already on line 2");
  EXPECT_THAT(query.err, HasSubstr("latin.yaml:1:1: it is not UTF-8"));
  EXPECT_THAT(query.err, HasSubstr("big.yaml:1:1: it is longer than 4 MiB"));
  EXPECT_THAT(query.err, HasSubstr("link.yaml:1:1: it is a symlink"));
  EXPECT_THAT(query.out, HasSubstr(kRepo));
  expect_status(desk.sous({"manifest", "get", "-repo", "github.com/team/bad"}), 0, ":3:1: ");
  expect_status(desk.sous({"manifest", "get", "-repo", "github.com/team/link"}), 65, "symlink");
  expect_status(
      desk.sous({"scale", "1", "-cluster", "local", "-repo", "github.com/team/bad"}), 65, ":3:1: ");
  expect_status(desk.sous(about_app({"scale", "2", "-cluster", "local"})), 0);
}

TEST(Gdm, WithoutItsRemoteEditsAreKeptAndWrittenByTheNextCommand) {
  const support::TempDir there;
  const std::string remote = there / "gdm.git";
  const Desk first("Ann Able", "file://" + remote);
  const Desk second("Bob Brown", "file://" + remote);
  first.git(there.path(), {"init", "-q", "--bare", remote});
  start(first);
  ASSERT_EQ(second.sous(about_app({"manifest", "get"})).exit_code, 0);

  fs::rename(remote, there / "away.git");
  const auto kept = first.sous(about_app({"scale", "3", "-cluster", "local"}));
  expect_status(kept, 4, "does not answer");
  EXPECT_THAT(kept.out, HasSubstr("kept on this machine"));
  expect_status(second.sous(about_app({"update", "-tag", "1.2.0", "-all"})), 4);
  EXPECT_THAT(second.sous(about_app({"manifest", "get"})).out, HasSubstr("Version: 1.2.0"));
  EXPECT_THAT(second.sous({"doctor"}).out, HasSubstr("1 of your edits wait"));

  fs::rename(there / "away.git", remote);
  EXPECT_THAT(first.sous({"query", "gdm"}).err, HasSubstr("written to the GDM, as kept before"));
  EXPECT_EQ(second.sous({"query", "gdm"}).exit_code, 0);
  const auto after = first.answer(about_app({"manifest", "get"}));
  EXPECT_EQ(text_at(after, {"fields", "deployments", "local", "version"}), "1.2.0");
  EXPECT_EQ(at(after, {"fields", "deployments", "local", "instances"}).as_uint(), 3U);
  EXPECT_EQ(text_at(first.answer({"history", kRepo}), {"history", "0", "who"}),
            "Bob Brown <Bob@example.com>");

  fs::rename(remote, there / "away.git");
  expect_status(first.sous(about_app({"scale", "5", "-cluster", "local"})), 4);
  fs::rename(there / "away.git", remote);
  expect_status(second.sous(about_app({"scale", "6", "-cluster", "local"})), 0);
  const auto aside = first.sous({"query", "gdm"});
  EXPECT_THAT(aside.err, HasSubstr("is put aside in "));
  EXPECT_THAT(aside.err, HasSubstr("Bob Brown <Bob@example.com> made it 6"));
  EXPECT_THAT(first.sous({"query", "gdm"}).err, Not(HasSubstr("put aside")));
}

// What the original wrote: no sous.yaml, its own order and keys that nothing reads.
TEST(Gdm, AGdmOfTheOriginalIsReadAndTakenOverWithoutTouchingItsFiles) {
  Desk desk;
  const std::string gdm = desk.path("original");
  fs::copy(SOUS_TEST_DATA_DIR "/data/original_gdm", gdm, fs::copy_options::recursive);
  desk.git(gdm, {"init", "-q"});
  desk.git(gdm, {"add", "-A"});
  desk.git(gdm, {"commit", "-q", "-m", "The original's"});
  desk.set("SOUS_GDM", gdm);
  const auto query = desk.answer({"query", "gdm"});
  EXPECT_EQ(at(query, {"deployments"}).as_array()->size(), 4U);
  EXPECT_EQ(desk.sous({"manifest",
                       "get",
                       "-source",
                       "github.com/opentable/sous,util",
                       "-flavor",
                       "vanilla"})
                .out,
            support::read_file(gdm + "/manifests/github.com/opentable/sous,util~vanilla.yaml"));
  EXPECT_EQ(desk.git(gdm, {"rev-list", "--count", "HEAD"}), "1") << "reading wrote nothing";

  const Words scaled{"scale", "4", "-repo", "github.com/opentable/sous", "-cluster", "cluster-1"};
  expect_status(desk.sous(scaled), 0);
  EXPECT_EQ(desk.git(gdm, {"diff", "--name-status", "HEAD~1", "HEAD"}),
            "M\tmanifests/github.com/opentable/sous.yaml\nA\tsous.yaml");
  EXPECT_THAT(desk.git(gdm, {"diff", "--shortstat", "HEAD~1", "HEAD", "--", "manifests"}),
              HasSubstr("1 file changed, 1 insertion(+), 1 deletion(-)"));
  EXPECT_EQ(desk.git(gdm, {"status", "--porcelain"}), "");
  expect_status(desk.sous({"cluster", "set", "other-cluster", "-allow", "ephemeral tag"}), 0);
  EXPECT_THAT(desk.git(gdm, {"diff", "--shortstat", "HEAD~1", "HEAD"}),
              HasSubstr("1 file changed"));
}

std::size_t metadata_count(const Desk& desk) {
  const auto metadata = desk.answer(about_app({"metadata", "get"}));
  return at(metadata, {"clusters", "local"}).as_object()->size();
}

/// The time is for a machine that does other things too.
void set_metadata(const Desk& desk, const std::string& name) {
  const auto run = desk.sous(about_app({"metadata", "set", name, "set", "-timeout", "250s"}));
  EXPECT_EQ(run.exit_code, 0) << run.err;
}

void tell_seconds(std::chrono::steady_clock::time_point since) {
  const auto took = std::chrono::steady_clock::now() - since;
  testing::Test::RecordProperty(
      "seconds", static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(took).count()));
}

// 200 processes, one clone: every change is there, and none failed.
TEST(GdmStorm, ManyProcessesOnOneGdmLoseNothing) {
  const Desk desk;
  start(desk);
  constexpr int kProcesses = 200;
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::jthread> threads;
  for (int i = 0; i < kProcesses; ++i) {
    threads.emplace_back([&desk, i] { set_metadata(desk, "Key" + std::to_string(i)); });
  }
  threads.clear();
  tell_seconds(begin);
  EXPECT_EQ(metadata_count(desk), std::size_t{kProcesses});
  EXPECT_EQ(desk.git(desk.gdm(), {"status", "--porcelain"}), "");
}

// 20 clones of one remote, each with 10 changes, one after the other.
TEST(GdmStorm, ManyClonesOfOneRemoteLoseNothing) {
  constexpr int kClones = 20;
  constexpr int kChanges = 10;
  const support::TempDir there;
  const std::string remote = there / "gdm.git";
  std::vector<std::unique_ptr<Desk>> desks;
  for (int i = 0; i < kClones; ++i) {
    desks.push_back(std::make_unique<Desk>("Person" + std::to_string(i), "file://" + remote));
  }
  desks.front()->git(there.path(), {"init", "-q", "--bare", remote});
  start(*desks.front());
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::jthread> threads;
  for (int i = 0; i < kClones; ++i) {
    threads.emplace_back([&desk = *desks.at(static_cast<std::size_t>(i)), i] {
      for (int change = 0; change < kChanges; ++change) {
        set_metadata(desk, "Key" + std::to_string(i) + "x" + std::to_string(change));
      }
    });
  }
  threads.clear();
  tell_seconds(begin);
  for (const auto& desk : desks) {
    EXPECT_EQ(metadata_count(*desk), std::size_t{kClones * kChanges});
  }
}

}  // namespace
}  // namespace sous::acceptance
