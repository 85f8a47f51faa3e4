// What is read from git and what is written to it, byte by byte.

#include <gtest/gtest.h>

#include "adapters/gdm_git/history.h"
#include "adapters/gdm_git/import.h"
#include "adapters/gdm_git/location.h"
#include "adapters/gdm_git/remote.h"
#include "adapters/gdm_git/snapshot.h"

namespace sous::gdm_git {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

TEST(Location, TellsPathsFromUrls) {
  EXPECT_EQ(parse_location("/srv/gdm")->path, "/srv/gdm");
  EXPECT_EQ(parse_location("/srv/a#b")->path, "/srv/a#b");
  for (const std::string url : {"https://git.example.com/t/gdm.git",
                                "ssh://git@h:22/t/gdm",
                                "file:///srv/gdm.git",
                                "git@git.example.com:t/gdm.git",
                                "host:gdm"}) {
    const auto plain = parse_location(url);
    ASSERT_TRUE(plain) << url;
    EXPECT_EQ(plain->url, url);
    EXPECT_EQ(plain->branch, "");
    const auto branch = parse_location(url + "#feature/x");
    ASSERT_TRUE(branch) << url;
    EXPECT_EQ(branch->url, url);
    EXPECT_EQ(branch->branch, "feature/x");
    EXPECT_NE(clone_name(*plain), clone_name(*branch));
  }
}

TEST(Location, RefusesWhatIsNeither) {
  for (const auto* text : {"",
                           "gdm",
                           "./gdm",
                           "../gdm",
                           "--upload-pack=x",
                           "-x:y",
                           "/a\nb",
                           "https://h/x#",
                           "https://h/x#-f",
                           "https://h/x#a..b",
                           "https://h/x#a b",
                           "https://h/x#a.lock",
                           "https://h/x#a~1"}) {
    const auto location = parse_location(text);
    ASSERT_FALSE(location) << text;
    EXPECT_EQ(location.error().code(), Code::invalid_data);
    EXPECT_NE(location.error().hint(), "");
  }
}

TEST(Location, ShowsNoCredentials) {
  EXPECT_EQ(without_credentials("https://u:p@h/x and ssh://git@h2/y 'https://t@h3'"),
            "https://h/x and ssh://h2/y 'https://h3'");
  EXPECT_EQ(without_credentials("a@b https://h/x@1"), "a@b https://h/x@1");
  EXPECT_EQ(without_credentials("https://u:p@ss@h/x"), "https://h/x");
  EXPECT_EQ(parse_location("https://u:secret@h/x#b")->display(), "https://h/x#b");
  EXPECT_EQ(parse_location("https://u:secret@h/x#-b").error().text().find("secret"),
            std::string::npos);
  EXPECT_EQ(clone_name(*parse_location("https://u:secret@h/team/gdm.git")).find("secret"),
            std::string::npos);
  EXPECT_TRUE(clone_name(*parse_location("https://h/team/gdm.git/")).starts_with("gdm-"));
}

TEST(Tree, ReadsEntries) {
  const auto entries = parse_tree(
      "100644 blob aaaa       2\tdefs.yaml\0"
      "120000 blob bbbb 7\tmanifests/tab\tand\nline\0"
      "160000 commit cccc       -\tmanifests/sub\0"sv);
  ASSERT_TRUE(entries) << entries.error().text();
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ((*entries)[0].hash, "aaaa");
  EXPECT_EQ((*entries)[0].size, 2U);
  EXPECT_EQ((*entries)[1].path, "manifests/tab\tand\nline");
  EXPECT_EQ((*entries)[2].type, "commit");
}

TEST(Tree, RefusesOtherBytes) {
  for (const auto text : {"100644 blob aaaa 2\tx"sv,
                          "100644 blob aaaa 2 x\0"sv,
                          "100644 blob\tx\0"sv,
                          "100644 blob aaaa 2\t\0"sv,
                          "100644 blob aaaa -2\tx\0"sv,
                          "\0"sv}) {
    EXPECT_FALSE(parse_tree(text)) << text;
  }
}

TEST(Differences, ReadsTheNewerSide) {
  const auto entries = parse_differences(
      ":100644 100644 aa bb M\0a b\0:000000 160000 00 cc A\0sub\0:100644 000000 aa 00 D\0gone\0"sv);
  ASSERT_TRUE(entries) << entries.error().text();
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ(entries->at(0).path, "a b");
  EXPECT_EQ(entries->at(0).hash, "bb");
  EXPECT_EQ(entries->at(0).type, "blob");
  EXPECT_EQ(entries->at(1).type, "commit");
  EXPECT_EQ(entries->at(2).mode, "");
  EXPECT_TRUE(parse_differences("")->empty());
}

TEST(Differences, RefusesOtherBytes) {
  for (const auto bytes : {"x"sv,
                           ":100644 100644 aa bb M"sv,
                           ":100644 100644 aa bb M\0a"sv,
                           ":100644 100644 aa\0a\0"sv,
                           ":100644\0a\0"sv,
                           ":\0a\0"sv,
                           ":100644 100644 aa bb M\0\0"sv}) {
    EXPECT_FALSE(parse_differences(bytes)) << bytes;
  }
}

TEST(BlobBatch, ReadsTexts) {
  Blobs blobs;
  ASSERT_TRUE(parse_blobs("aa blob 3\na\nb\nbb blob 0\n\ncc blob 1\n\xff\n"sv, blobs));
  EXPECT_EQ(*blobs["aa"], "a\nb");
  EXPECT_EQ(*blobs["bb"], "");
  EXPECT_EQ(blobs["cc"], nullptr);
}

TEST(BlobBatch, RefusesOtherBytes) {
  for (const auto text : {"aa missing\n"sv,
                          "aa tree 1\nx\n"sv,
                          "aa blob 3\nab\n"sv,
                          "aa blob 3\nabc"sv,
                          "aa blob 1\nabc\n"sv,
                          "aa blob x\n"sv,
                          "aa blob 18446744073709551615\nx\n"sv,
                          "aa"sv}) {
    Blobs blobs;
    EXPECT_FALSE(parse_blobs(text, blobs)) << text;
  }
}

TEST(Log, ReadsEntries) {
  const auto entries = parse_history(
      "\x01"
      "cc\0bb aa\0A\0a@x\0"
      "1700000000\0third\n\nwhy\n\nSous-Change: 1\n\0\ndefs.yaml\0manifests/a\0"
      "\x01"
      "bb\0aa\0\0\0-5\0\0"
      "\x01"
      "aa\0\0B\0\0"
      "99999999999999999999\0first\0\nsous.yaml\0"sv);
  ASSERT_TRUE(entries) << entries.error().text();
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ((*entries)[0].revision, "cc");
  EXPECT_EQ((*entries)[0].parent, "bb");
  EXPECT_EQ((*entries)[0].message, "third\n\nwhy");
  EXPECT_EQ((*entries)[0].paths, (std::vector<std::string>{"defs.yaml", "manifests/a"}));
  EXPECT_EQ((*entries)[0].when, WallTime(std::chrono::seconds(1'700'000'000)));
  EXPECT_TRUE((*entries)[1].paths.empty());
  EXPECT_EQ((*entries)[2].when, WallTime{});
  EXPECT_TRUE(parse_history("")->empty());
}

TEST(Log, RefusesOtherBytes) {
  for (const auto text : {"x"sv,
                          "\x01"sv,
                          "\x01"
                          "a\0b\0c\0d\0"sv}) {
    EXPECT_FALSE(parse_history(text)) << text;
  }
}

TEST(Nonce, LeavesTheMessage) {
  for (const auto* message : {"one", "one\n\ntwo", "", "Sous-Change", "a\nSous-Change: b\nc"}) {
    EXPECT_EQ(without_nonce(with_nonce(message, "abc")), message);
  }
  EXPECT_EQ(without_nonce("by hand\n"), "by hand");
}

TEST(Import, CannotBeSteeredByTexts) {
  GdmChange change;
  change.author = {.name = "Eve <x>\ncommitter Root", .email = "e>\n@x"};
  change.message = "done\nD \"defs.yaml\"\n";
  change.records["manifests/\"a\\"] = "text\nD \"sous.yaml\"\n";
  change.records["manifests/b"] = std::nullopt;
  const auto stream = import_stream({.base = "aa",
                                     .ref = "refs/sous/new/1",
                                     .nonce = "1",
                                     .when = WallTime(std::chrono::seconds(5))},
                                    change);
  EXPECT_EQ(stream,
            "feature done\ncommit refs/sous/new/1\nmark :1\n"
            "author Eve xcommitter Root <e@x> 5 +0000\n"
            "committer Eve xcommitter Root <e@x> 5 +0000\n"
            "data 35\ndone\nD \"defs.yaml\"\n\nSous-Change: 1\n\n"
            "from aa\n"
            "M 100644 inline \"manifests/\\\"a\\\\\"\n"
            "data 19\ntext\nD \"sous.yaml\"\n\n"
            "D \"manifests/b\"\n"
            "\nget-mark :1\ndone\n");
}

struct PushCase {
  const char* out;
  const char* err;
  PushOutcome outcome;
};

TEST(Push, TellsItsOutcomes) {
  const PushCase cases[] = {
      {"To x\n \taa:refs/heads/m\t1..2\nDone\n", "", PushOutcome::done},
      {"To x\n*\taa:refs/heads/m\t[new branch]\nDone\n", "", PushOutcome::done},
      {"To x\n=\taa:refs/heads/m\t[up to date]\nDone\n", "", PushOutcome::done},
      {"To x\n!\taa:refs/heads/m\t[rejected] (stale info)\n", "", PushOutcome::conflict},
      {"To x\n!\taa:refs/heads/m\t[rejected] (fetch first)\n", "", PushOutcome::conflict},
      {"To x\n!\taa:refs/heads/m\t[remote rejected] (incorrect old value provided)\n",
       "",
       PushOutcome::conflict},
      {"To x\n!\taa:refs/heads/m\t[remote rejected] (failed to update ref)\n",
       "",
       PushOutcome::unknown},
      {"To x\n!\taa:refs/heads/m\t[remote failure] (remote failed to report status)\n",
       "",
       PushOutcome::unknown},
      {"To x\n!\taa:refs/heads/m\t[remote rejected] (pre-receive hook declined)\n",
       "",
       PushOutcome::refused},
      {"To x\n!\taa:refs/heads/m\t[remote rejected] (protected branch hook declined)\n",
       "",
       PushOutcome::refused},
      {"", "fatal: Could not read from remote repository.\n", PushOutcome::unreachable},
      {"",
       "fatal: unable to access 'https://h/': Could not resolve host: h\n",
       PushOutcome::unreachable},
      {"", "fatal: Authentication failed for 'https://h/'\n", PushOutcome::unreachable},
      {"",
       "send-pack: unexpected disconnect while reading sideband packet\n",
       PushOutcome::unknown},
      {"", "", PushOutcome::unknown},
  };
  for (const auto& one : cases) {
    const ProcessResult result{
        .exit_code = one.outcome == PushOutcome::done ? 0 : 1, .out = one.out, .err = one.err};
    EXPECT_EQ(read_push(result).outcome, one.outcome) << one.out << one.err;
  }
}

}  // namespace
}  // namespace sous::gdm_git
