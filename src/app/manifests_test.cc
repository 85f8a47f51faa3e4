#include "app/manifests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/gdm_history.h"
#include "app/init.h"
#include "codec/given_record.h"
#include "codec/record_paths.h"
#include "support/gdm_node.h"

namespace sous::app {
namespace {

using support::GdmNode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kPath = "manifests/github.com/team/app.yaml";
constexpr const char* kDefinitions =
    "Clusters:\n"
    "  left: {Kind: podman, BaseURL: \"unix:///l.sock\"}\n"
    "  right: {Kind: podman, BaseURL: \"unix:///r.sock\"}\n";
constexpr const char* kManifest =
    "# the app\n"
    "Source: github.com/team/app\n"
    "Kind: http-service\n"
    "Owners: [ann]   # ask her\n"
    "Deployments:\n"
    "  right:   # first\n"
    "    Version: \"1.0.0\"\n"
    "    NumInstances: 2\n"
    "    Unknown: {kept: yes}\n"
    "  left:\n"
    "    NumInstances: 1 # small\n"
    "    Version: 1.0.0\n";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  return text.replace(text.find(from), from.size(), to);
}

class Manifests : public testing::Test {
 protected:
  Manifests() {
    ann.put(
        {{"sous.yaml", "format: 1\nid: gdm\n"}, {"defs.yaml", kDefinitions}, {kPath, kManifest}});
  }

  EntrySelection in(const std::string& cluster) const {
    return {.id = id, .clusters = {ClusterName::parse(cluster).value()}};
  }

  /// A node that reads the newest state, but loses the race for its first write to `others`.
  Result<EditOutcome> overtaken(const std::function<void()>& others,
                                const std::function<Result<GdmEdit>(const GdmState&)>& compute) {
    bool first = true;
    return edit_records(*ann,
                        [&](const GdmState& state) {
                          if (std::exchange(first, false)) {
                            others();
                          }
                          return compute(state);
                        },
                        {});
  }

  /// Makes `left` or `right` held, given once.
  void hold(const std::string& cluster) {
    const GivenEntry entry{.generation = 1,
                           .version = Version(1, 0, 0),
                           .image = {{"r.example.com", "p"}, Digest::sha256_of("image")},
                           .own_fingerprint = "a",
                           .effective_fingerprint = "b",
                           .given = {.who = "Ann", .when = {}, .why = "test"}};
    const DeploymentId deployment{id, ClusterName::parse(cluster).value()};
    const GivenRecord record{
        .deployment = deployment,
        .entries = {entry},
        .hold = Hold{.held = {.who = "Bob", .when = {}, .why = "incident"}, .until = {}}};
    ann.put({{codec::given_path(deployment), codec::encode_given(record)}});
  }

  std::shared_ptr<support::MemoryGdm> gdm = std::make_shared<support::MemoryGdm>();
  GdmNode ann{gdm};
  GdmNode bob{gdm, "Bob"};
  ManifestId id = ManifestId::parse("github.com/team/app").value();
};

TEST_F(Manifests, ScaleTouchesOneNumber) {
  const auto done = scale(*ann, in("left"), 3, {});
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_TRUE(done->changed);
  EXPECT_EQ(ann.text(kPath), replaced(kManifest, "NumInstances: 1 #", "NumInstances: 3 #"));
  EXPECT_FALSE(scale(*ann, in("left"), 3, {})->changed);
}

TEST_F(Manifests, UpdateSetsTheVersionOfTheClustersNamed) {
  ASSERT_TRUE(update_version(*ann, in("right"), Version(1, 1, 0), {}));
  EXPECT_EQ(ann.text(kPath), replaced(kManifest, "\"1.0.0\"", "\"1.1.0\""));
  ASSERT_TRUE(update_version(*ann, {.id = id}, Version(1, 2, 0), {}));
  EXPECT_THAT(ann.text(kPath), HasSubstr("Version: 1.2.0\n"));
}

TEST_F(Manifests, MetadataIsSetWhereThereWasNone) {
  ASSERT_TRUE(set_metadata(*ann, in("left"), "Branch", "main", {}));
  const auto entries = selected_entries(read_gdm(*ann, {})->gdm, in("left")).value();
  EXPECT_EQ(entries.begin()->second.metadata, (TextMap{{"Branch", "main"}}));
  ASSERT_TRUE(set_metadata(*ann, in("left"), "Branch", std::nullopt, {}));
  EXPECT_FALSE(set_metadata(*ann, in("left"), "Branch", std::nullopt, {})->changed);
}

TEST_F(Manifests, AHoldRefusesUnlessReleased) {
  hold("left");
  const auto refused = scale(*ann, in("left"), 3, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::blocked);
  EXPECT_THAT(refused.error().text(), HasSubstr("held by Bob: incident"));
  EXPECT_EQ(update_version(*ann, in("left"), Version(2, 0, 0), {}).error().code(), Code::blocked);
  EXPECT_EQ(delete_manifest(*ann, {.id = id}, {}).error().code(), Code::blocked);
  EXPECT_TRUE(scale(*ann, in("right"), 3, {}));
  EXPECT_TRUE(set_metadata(*ann, in("left"), "a", "b", {})) << "metadata runs nowhere";
  auto released = in("left");
  released.release = true;
  EXPECT_TRUE(scale(*ann, released, 3, {}));
  EXPECT_TRUE(delete_manifest(*ann, {.id = id, .release = true}, {}));
}

TEST_F(Manifests, WhatIsNotThereIsNamed) {
  const auto none = ManifestId::parse("github.com/team/none,sub~f").value();
  const auto missing = get_manifest(*ann, none, std::nullopt, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), Code::not_found);
  EXPECT_EQ(missing.error().message(),
            "No manifest matched by <cluster:* repo:github.com/team/none offset:sub flavor:f tag:* "
            "revision:*>");
  EXPECT_EQ(scale(*ann, in("moon"), 1, {}).error().code(), Code::usage);
}

TEST_F(Manifests, OthersFieldsAreKept) {
  const auto done = overtaken(
      [&] { ASSERT_TRUE(update_version(*bob, in("left"), Version(1, 1, 0), {})); },
      [&](const GdmState& state) -> Result<GdmEdit> {
        return GdmEdit{
            .records = {{kPath,
                         replaced(*state.text(kPath), "NumInstances: 2", "NumInstances: 5")}},
            .message = "Scale"};
      });
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_THAT(ann.text(kPath), HasSubstr("NumInstances: 5"));
  EXPECT_THAT(ann.text(kPath), HasSubstr("Version: 1.1.0"));
}

TEST_F(Manifests, AConflictNamesWhoChangedWhat) {
  const auto done = overtaken(
      [&] { ASSERT_TRUE(scale(*bob, in("right"), 4, {})); },
      [&](const GdmState& state) -> Result<GdmEdit> {
        return GdmEdit{
            .records = {{kPath,
                         replaced(*state.text(kPath), "NumInstances: 2", "NumInstances: 5")}},
            .message = "Scale"};
      });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Code::conflict);
  ASSERT_EQ(done.error().details().size(), 1U);
  const auto& detail = done.error().details()[0];
  EXPECT_THAT(detail, HasSubstr("Deployments.right.NumInstances"));
  EXPECT_THAT(detail, HasSubstr("Bob <bob@example.com> made it 4"));
  EXPECT_THAT(detail, HasSubstr("you would make 2 5"));
  EXPECT_THAT(ann.text(kPath), HasSubstr("NumInstances: 4"));
}

TEST_F(Manifests, SeveralRecordsAreOneCommit) {
  const auto before = gdm->commits().size();
  const auto compute = [](const GdmState&) -> Result<GdmEdit> {
    return GdmEdit{.records = {{"manifests/github.com/team/a.yaml", "Source: github.com/team/a\n"},
                               {"manifests/github.com/team/b.yaml", "Source: github.com/team/b\n"},
                               {kPath, std::nullopt}},
                   .message = "Three"};
  };
  ASSERT_TRUE(edit_records(*ann, compute, {}));
  EXPECT_EQ(gdm->commits().size(), before + 1);
  EXPECT_EQ(ann.text(kPath), "");
  EXPECT_NE(ann.text("manifests/github.com/team/a.yaml"), "");
}

TEST_F(Manifests, ADeletedManifestThatOthersChangedIsAConflict) {
  const auto done =
      overtaken([&] { ASSERT_TRUE(scale(*bob, in("right"), 4, {})); },
                [&](const GdmState&) -> Result<GdmEdit> {
                  return GdmEdit{.records = {{kPath, std::nullopt}}, .message = "Delete"};
                });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Code::conflict);
  EXPECT_THAT(done.error().details()[0], HasSubstr("Bob <bob@example.com> changed it"));
}

TEST_F(Manifests, ATextOfAProgramTouchesOnlyWhatItChanges) {
  const std::string as_programs_write =
      "Deployments:\n  left:\n    NumInstances: 1\n    Version: '1.5.0'\n  right:\n"
      "    NumInstances: 2\n    Unknown:\n      kept: 'yes'\n    Version: '1.0.0'\nKind: "
      "http-service\n"
      "Owners:\n- ann\nSource: github.com/team/app\n";
  ASSERT_TRUE(set_manifest(*ann, {.id = id, .text = as_programs_write}, {}));
  EXPECT_EQ(ann.text(kPath), replaced(kManifest, "    Version: 1.0.0\n", "    Version: 1.5.0\n"));
  ASSERT_TRUE(set_manifest(*ann, {.id = id, .text = as_programs_write, .verbatim = true}, {}));
  EXPECT_EQ(ann.text(kPath), as_programs_write);
}

TEST_F(Manifests, ATextWithRemarksIsTakenAsItIs) {
  const auto text = replaced(kManifest, "# the app", "# our app");
  ASSERT_TRUE(set_manifest(*ann, {.id = id, .text = text}, {}));
  EXPECT_EQ(ann.text(kPath), text);
}

TEST_F(Manifests, ATextFromAnEarlierRevisionKeepsWhatOthersChanged) {
  const auto base = read_gdm(*ann, {}).value();
  ASSERT_TRUE(scale(*bob, in("right"), 4, {}));
  const auto text = replaced(kManifest, "# small", "# tiny");
  const auto edited = replaced(text, "NumInstances: 1", "NumInstances: 7");
  ASSERT_TRUE(set_manifest(*ann, {.id = id, .text = edited, .base = &base}, {}));
  EXPECT_THAT(ann.text(kPath), HasSubstr("NumInstances: 4"));
  EXPECT_THAT(ann.text(kPath), HasSubstr("NumInstances: 7"));
}

TEST_F(Manifests, SetRefusesAnotherIdBrokenTextsAndUnknownClusters) {
  const auto other = set_manifest(*ann, {.id = id, .text = "Source: github.com/team/other\n"}, {});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), Code::usage);
  EXPECT_THAT(other.error().text(),
              HasSubstr("\"github.com/team/other\", not of \"github.com/team/app\""));
  const auto set = [&](const std::string& text) {
    return set_manifest(*ann, {.id = id, .text = text, .verbatim = true}, {}).error();
  };
  EXPECT_EQ(set("Source: [\n").code(), Code::invalid_data);
  EXPECT_THAT(set("Source: github.com/team/app\nKind: http-service\nKind: worker\n").details()[0],
              HasSubstr(":3:1: the key \"Kind\" stands already on line 2"));
  EXPECT_THAT(set("Source: github.com/team/app\nDeployments: {moon: {}}\n").text(),
              HasSubstr("the cluster moon, which is not defined"));
  EXPECT_EQ(set("Source: github.com/team/app\nKind: \"\xff\"\n").code(), Code::invalid_data);
  std::string exploding = "Source: github.com/team/app\na0: &a0 [x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    exploding += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 8; ++j) {
      exploding += std::string(j == 0 ? "" : ", ") + "*a" + std::to_string(i - 1);
    }
    exploding += "]\n";
  }
  EXPECT_THAT(set(exploding).details()[0], HasSubstr("more values than the 400000 that are read"));
  EXPECT_THAT(set("Source: github.com/team/app\n# " + std::string(10U << 20U, 'x') + "\n").text(),
              HasSubstr("bytes, more than"));
  EXPECT_EQ(ann.text(kPath), kManifest);
}

TEST_F(Manifests, AnUnknownClusterThatWasThereIsNoHindrance) {
  ann.put({{"defs.yaml", "Clusters: {left: {Kind: podman}}\n"}});
  EXPECT_TRUE(scale(*ann, in("left"), 3, {}));
  EXPECT_TRUE(set_manifest(*ann, {.id = id, .text = std::string(kManifest) + "# more\n"}, {}));
}

TEST_F(Manifests, ABrokenManifestCanBeReadAndSetAgain) {
  ann.put({{kPath, "Source: github.com/team/app\nKind: [\n"}});
  const auto broken = get_manifest(*ann, id, std::nullopt, {}).value();
  EXPECT_EQ(broken.text, "Source: github.com/team/app\nKind: [\n");
  EXPECT_THAT(broken.problems[0], HasSubstr("manifests/github.com/team/app.yaml:3:1: "));
  EXPECT_EQ(scale(*ann, in("left"), 3, {}).error().code(), Code::invalid_data);
  ASSERT_TRUE(set_manifest(*ann, {.id = id, .text = kManifest}, {}));
  EXPECT_EQ(ann.text(kPath), kManifest);
}

TEST_F(Manifests, NothingIsWrittenThatCouldNotBeReadAgain) {
  const auto done = edit_gdm(
      *ann,
      [](const GdmState&) -> Result<GdmEdit> {
        return GdmEdit{.records = {{kPath, "Source: github.com/team/other\n"}}, .message = "Bad"};
      },
      {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Code::invalid_data);
  EXPECT_EQ(ann.text(kPath), kManifest);
}

TEST_F(Manifests, AnEarlierRevisionIsFoundByItsFirstDigits) {
  const auto before = ann.store().read({}).value().revision;
  ASSERT_TRUE(scale(*ann, in("left"), 3, {}));
  EXPECT_EQ(get_manifest(*ann, id, before, {})->text, kManifest);
  EXPECT_EQ(get_manifest(*ann, id, "0000000", {}).error().code(), Code::not_found);
}

TEST_F(Manifests, HistoryTellsFieldByField) {
  ASSERT_TRUE(scale(*bob, in("left"), 3, {}));
  ASSERT_TRUE(delete_manifest(*ann, {.id = id, .reason = "moved\nelsewhere"}, {}));
  const auto history = gdm_history(*ann, id, 10, {}).value();
  ASSERT_EQ(history.items.size(), 3U);
  EXPECT_EQ(history.items[0].entry.message,
            "Delete manifest github.com/team/app\n\nmoved\nelsewhere");
  EXPECT_EQ(history.items[0].changes[0].kind, RecordChange::Kind::removed);
  EXPECT_EQ(history.items[1].entry.author.name, "Bob");
  ASSERT_EQ(history.items[1].changes.size(), 1U);
  const auto& fields = history.items[1].changes[0].fields;
  ASSERT_EQ(fields.size(), 1U);
  EXPECT_EQ(fields[0].field, "Deployments.left.NumInstances");
  EXPECT_EQ(fields[0].from, "1");
  EXPECT_EQ(fields[0].to, "3");
  EXPECT_EQ(history.items[2].changes[0].kind, RecordChange::Kind::added);
  EXPECT_EQ(gdm_history(*ann, std::nullopt, 10, {})->items[2].changes.size(), 3U)
      << "without a manifest, of all records";
}

TEST_F(Manifests, AGdmOfTheOriginalIsShownAsItIsAndTakenOverByTheFirstEdit) {
  const auto original = std::make_shared<support::MemoryGdm>();
  GdmNode node{original};
  node.put({{"defs.yaml", kDefinitions}, {kPath, kManifest}});
  EXPECT_EQ(get_manifest(*node, id, std::nullopt, {})->text, kManifest);
  EXPECT_EQ(read_gdm(*node, {}).error().code(), Code::not_found) << "nothing acts without an id";
  EXPECT_EQ(original->commits().size(), 1U);
  ASSERT_TRUE(scale(*node, in("left"), 3, {}));
  EXPECT_NE(read_gdm(*node, {})->gdm.id, "");
  EXPECT_EQ(node.text("defs.yaml"), kDefinitions);
  EXPECT_EQ(original->commits().size(), 2U) << "in the same commit";
}

// ---- the remote away --------------------------------------------------------

TEST_F(Manifests, WithoutTheRemoteAnEditIsKeptAndWrittenLater) {
  ASSERT_TRUE(read_gdm(*ann, {}));
  ann.store().set_away(true);
  const auto first = scale(*ann, in("left"), 3, {});
  ASSERT_TRUE(first) << first.error().text();
  EXPECT_TRUE(first->pending);
  const auto second = update_version(*ann, in("left"), Version(1, 1, 0), {});
  ASSERT_TRUE(second) << second.error().text();
  EXPECT_TRUE(second->pending);
  const auto shown = get_manifest(*ann, id, std::nullopt, {}).value();
  EXPECT_THAT(shown.text, HasSubstr("NumInstances: 3 # small\n    Version: 1.1.0\n"));
  EXPECT_NE(shown.stale, "");
  EXPECT_THAT(complete_edits(*ann, {}).value(), IsEmpty()) << "away still";
  EXPECT_EQ(kept_edits(*ann)->waiting, 2U);

  ann.store().set_away(false);
  EXPECT_EQ(bob.text(kPath), kManifest);
  ASSERT_TRUE(scale(*bob, in("right"), 9, {}));
  const auto done = complete_edits(*ann, {}).value();
  ASSERT_EQ(done.size(), 2U);
  EXPECT_TRUE(done[0].status);
  EXPECT_EQ(done[0].message, "Scale github.com/team/app in left to 3");
  EXPECT_THAT(bob.text(kPath), HasSubstr("NumInstances: 3 # small\n    Version: 1.1.0\n"));
  EXPECT_THAT(bob.text(kPath), HasSubstr("NumInstances: 9"));
  EXPECT_EQ(kept_edits(*ann)->waiting, 0U);
  EXPECT_THAT(complete_edits(*ann, {}).value(), IsEmpty());
  EXPECT_EQ(gdm->commits().back()->entry.author.name, "Ann");
}

TEST_F(Manifests, AKeptEditThatConflictsIsPutAsideAndHindersNoOther) {
  ASSERT_TRUE(read_gdm(*ann, {}));
  ann.store().set_away(true);
  ASSERT_TRUE(scale(*ann, in("left"), 3, {})->pending);
  ASSERT_TRUE(update_version(*ann, in("right"), Version(1, 1, 0), {})->pending);
  ann.store().set_away(false);
  ASSERT_TRUE(scale(*bob, in("left"), 5, {}));
  const auto done = complete_edits(*ann, {}).value();
  ASSERT_EQ(done.size(), 2U);
  ASSERT_FALSE(done[0].status);
  EXPECT_EQ(done[0].status.error().code(), Code::conflict);
  EXPECT_THAT(done[0].status.error().details()[0], HasSubstr("Bob <bob@example.com> made it 5"));
  EXPECT_TRUE(ann.files().read(done[0].file, 1U << 20U)) << "never dropped";
  EXPECT_TRUE(done[1].status);
  EXPECT_EQ(kept_edits(*ann)->put_aside, 1U);
  EXPECT_THAT(bob.text(kPath), HasSubstr("NumInstances: 5"));
  EXPECT_THAT(bob.text(kPath), HasSubstr("Version: \"1.1.0\""));
}

TEST_F(Manifests, AKeptEditWaitsForItsOwnGdm) {
  ASSERT_TRUE(read_gdm(*ann, {}));
  ann.store().set_away(true);
  ASSERT_TRUE(scale(*ann, in("left"), 3, {})->pending);
  ann.store().set_away(false);
  bob.put({{"sous.yaml", "format: 1\nid: another\n"}});
  EXPECT_THAT(complete_edits(*ann, {}).value(), IsEmpty());
  EXPECT_EQ(kept_edits(*ann)->waiting, 1U);
  EXPECT_EQ(bob.text(kPath), kManifest);
}

TEST_F(Manifests, AnInvalidEditIsNotKept) {
  ASSERT_TRUE(read_gdm(*ann, {}));
  ann.store().set_away(true);
  EXPECT_FALSE(set_manifest(*ann, {.id = id, .text = "Source: ["}, {}));
  EXPECT_FALSE(scale(*ann, in("moon"), 3, {}));
  EXPECT_EQ(kept_edits(*ann)->waiting, 0U);
}

// Dying at any change of a file loses no edit that was acknowledged, and makes none twice.
TEST_F(Manifests, KeptEditsSurviveDyingAtAnyMoment) {
  using When = support::FakeFileSystem::When;
  for (const auto when : {When::before_effect, When::after_effect}) {
    for (std::uint64_t change = 1; change <= 4; ++change) {
      const auto shared = std::make_shared<support::MemoryGdm>();
      GdmNode node{shared};
      node.put(
          {{"sous.yaml", "format: 1\nid: gdm\n"}, {"defs.yaml", kDefinitions}, {kPath, kManifest}});
      ASSERT_TRUE(read_gdm(*node, {}));
      node.store().set_away(true);
      bool acknowledged = false;
      node.files().kill_at(change, when);
      try {
        acknowledged = scale(*node, in("left"), 3, {}).has_value();
        node.store().set_away(false);
        static_cast<void>(complete_edits(*node, {}));
      } catch (const support::Killed&) {
      }
      node.files().revive();
      node.store().set_away(false);
      const auto before = shared->commits().size();
      ASSERT_TRUE(complete_edits(*node, {}));
      if (acknowledged) {
        EXPECT_THAT(node.text(kPath), HasSubstr("NumInstances: 3")) << change;
      }
      EXPECT_LE(shared->commits().size(), 2U) << "once";
      EXPECT_LE(shared->commits().size() - before, 1U);
      EXPECT_EQ(kept_edits(*node)->waiting, 0U);
    }
  }
}

TEST_F(Manifests, ADryInitMakesNothing) {
  const auto fresh = std::make_shared<support::MemoryGdm>();
  GdmNode node{fresh};
  SourceFacts facts;
  facts.root = "/checkout";
  facts.remotes = {{"origin", "https://github.com/team/app.git"}};
  node.sources().put({.facts = facts, .history = {}, .directories = {}});
  const InitRequest request{.directory = "/checkout",
                            .source = {.repo = "github.com/team/app"},
                            .flavor = "",
                            .clusters = {},
                            .dry_run = true};
  const auto report = init(*node, request, {});
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_THAT(report->text, HasSubstr("  local:\n    Version: 0.0.0\n"));
  EXPECT_THAT(fresh->commits(), IsEmpty());
}

}  // namespace
}  // namespace sous::app
