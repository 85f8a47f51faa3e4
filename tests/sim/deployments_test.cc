// What becomes of deployments on simulated parts: the rows I of the reference that do not speak of
// Singularity alone, the incidents of the field, and what holds, retries, rollbacks, saved plans
// and cancellations do.
#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "app/again.h"
#include "app/alarms.h"
#include "app/apply.h"
#include "app/build.h"
#include "app/deploy.h"
#include "app/gdm_access.h"
#include "app/given_edits.h"
#include "app/init.h"
#include "app/operations.h"
#include "app/planner.h"
#include "app/queries.h"
#include "app/record_edits.h"
#include "app/repository_scan.h"
#include "app/watch.h"
#include "codec/given_record.h"
#include "codec/manifest_record.h"
#include "codec/record_paths.h"
#include "sim_node.h"

namespace sous::sim {
namespace {

using Operations = Result<std::vector<Operation>>;

const ClusterName& local() {
  static const ClusterName kLocal = *ClusterName::parse("local");
  return kLocal;
}

ManifestId hello(const std::string& flavor = "") {
  return *ManifestId::make(*SourceLocation::parse("git.example.com/demo/hello"), flavor);
}

/// One node with a service in a world of its own.
class Lab {
 public:
  explicit Lab(support::Simulation& sim) : sim_(sim) {}

  support::Simulation& sim() { return sim_; }

  World& world() { return world_; }

  app::Node& node() { return here_.node(); }

  /// Another node with an index of its own, and nothing in it.
  app::Node& other() { return there_.node(); }

  /// Whether the GDM's remote does not answer the first node.
  void set_away(bool away) { here_.gdm().set_away(away); }

  void init(const std::string& flavor = "") {
    app::InitRequest request;
    request.directory = kCheckout;
    request.flavor = flavor;
    here_.check_out("0.9.0", support::revision_number(9));
    const auto made = app::init(node(), request, {});
    ASSERT_TRUE(made) << made.error().text();
  }

  /// Builds a version whose image is like no other; its digest.
  Digest build(const std::string& tag) {
    here_.check_out(tag, support::revision_number(++revisions_));
    here_.builder().content = "image of " + tag;
    app::BuildRequest request;
    request.directory = kCheckout;
    const auto built = app::build(node(), request, {}, {});
    EXPECT_TRUE(built) << built.error().text();
    return built->main().image.digest;
  }

  /// The same of a tag that the remote does not have.
  void build_ephemeral(const std::string& tag) {
    here_.builder().content = "image of " + tag;
    app::BuildRequest request;
    request.directory = kCheckout;
    request.source.tag = tag;
    const auto built = app::build(node(), request, {}, {});
    ASSERT_TRUE(built) << built.error().text();
  }

  Operations deploy(const std::string& version,
                    const std::string& flavor = "",
                    const std::function<void(app::DeployRequest&)>& change = {}) {
    app::DeployRequest request{.manifest = hello(flavor),
                               .version = *Version::parse(version),
                               .clusters = {local()},
                               .revision = {}};
    if (change) {
      change(request);
    }
    return app::deploy(node(), request, {}, {});
  }

  /// Builds and deploys; the digest.
  Digest release(const std::string& version) {
    Digest digest = build(version);
    const auto deployed = deploy(version);
    EXPECT_TRUE(deployed) << deployed.error().text();
    EXPECT_EQ(deployed->front().state, OperationState::succeeded) << deployed->front().reason;
    return digest;
  }

  app::Planned plan(app::Node& node, const app::PlanScope& scope = {}) {
    auto planned = app::make_plan(node, scope, {});
    EXPECT_TRUE(planned) << planned.error().text();
    return std::move(*planned);
  }

  Action only(app::Node& node) {
    const auto planned = plan(node);
    EXPECT_EQ(planned.plan.actions.size(), 1U);
    return planned.plan.actions.front();
  }

  std::vector<Operation> rectify(app::Node& node) {
    auto done = app::carry_out(node, plan(node), {.message = "Rectify", .why = "test"}, {}, {});
    EXPECT_TRUE(done) << done.error().text();
    return std::move(*done);
  }

  void expect_nothing(app::Node& node) {
    for (const Action& action : plan(node).plan.actions) {
      EXPECT_EQ(action.kind, ActionKind::nothing) << action_text(action.kind) << action.reason;
    }
  }

  /// A person's edit of the manifest in the GDM.
  void edit(const std::function<void(Manifest&)>& change, const std::string& flavor = "") {
    const std::string path = codec::manifest_path(hello(flavor));
    const auto edited =
        app::edit_gdm(node(),
                      [&](const app::GdmState& now) -> Result<app::GdmEdit> {
                        Manifest manifest = now.gdm.manifests.at(hello(flavor));
                        change(manifest);
                        const std::string text = codec::encode_manifest(manifest);
                        return text == *now.text(path)
                                   ? app::GdmEdit{}
                                   : app::GdmEdit{.records = {{path, text}}, .message = "edit"};
                      },
                      {});
    ASSERT_TRUE(edited) << edited.error().text();
  }

  void edit_spec(const std::function<void(DeploySpec&)>& change, const std::string& flavor = "") {
    edit([&](Manifest& manifest) { change(manifest.deployments.at(local())); }, flavor);
  }

  /// A person's edit of the cluster's definition; once only.
  void edit_definitions(const std::string& from, const std::string& to) {
    bool done = false;
    const auto edited = app::edit_gdm(
        node(),
        [&](const app::GdmState& now) -> Result<app::GdmEdit> {
          std::string text = *now.text(codec::kDefinitionsPath);
          const auto found = text.find(from);
          if (done || found == std::string::npos) {
            return app::GdmEdit{};
          }
          done = true;
          text.replace(found, from.size(), to);
          return app::GdmEdit{.records = {{std::string(codec::kDefinitionsPath), text}},
                              .message = "edit"};
        },
        {});
    ASSERT_TRUE(edited) << edited.error().text();
    ASSERT_TRUE(done) << from;
  }

  void remove_record(const std::string& path) {
    const auto edited = app::edit_gdm(node(),
                                      [&](const app::GdmState& now) -> Result<app::GdmEdit> {
                                        return now.text(path) == nullptr
                                                   ? app::GdmEdit{}
                                                   : app::GdmEdit{.records = {{path, std::nullopt}},
                                                                  .message = "remove"};
                                      },
                                      {});
    ASSERT_TRUE(edited) << edited.error().text();
  }

  /// What another node writes: a given record, and the version in the manifest.
  void edit_as_other(const GivenRecord& record, const std::string& version) {
    const auto edited = app::edit_gdm(
        other(),
        [&](const app::GdmState& now) -> Result<app::GdmEdit> {
          Manifest manifest = now.gdm.manifests.at(hello());
          manifest.deployments.at(local()).version = *Version::parse(version);
          const std::string path = codec::given_path(record.deployment);
          const std::string text = codec::encode_given(record);
          if (*now.text(path) == text) {
            return app::GdmEdit{};
          }
          return app::GdmEdit{
              .records = {{path, text},
                          {codec::manifest_path(hello()), codec::encode_manifest(manifest)}},
              .message = "give"};
        },
        {});
    ASSERT_TRUE(edited) << edited.error().text();
  }

  GivenRecord given(const std::string& flavor = "") {
    const auto state = app::read_gdm(node(), {});
    EXPECT_TRUE(state);
    return state->gdm.given.at({hello(flavor), local()});
  }

  std::vector<ObservedDeployment> observed() { return world_.cluster.observe({})->deployments; }

  std::optional<Digest> running() {
    const auto all = observed();
    return all.empty() ? std::nullopt : all.front().running;
  }

  void fails(const Digest& digest, const std::string& message = "exited with code 7") {
    world_.cluster.script(digest,
                          {.health = Health::failed,
                           .message = message,
                           .log_lines = {"starting", "no database"},
                           .really_runs = {}});
  }

 private:
  support::Simulation& sim_;
  World world_{sim_};
  SimNode here_{world_, "here", Duration{0}};
  SimNode there_{world_, "there", std::chrono::hours(1)};
  std::uint32_t revisions_ = 0;
};

/// Runs `body` in a fresh lab with an empty manifest for the service.
void in_lab(const std::function<void(Lab&)>& body) {
  support::for_each_seed(1, [&](support::Simulation& sim) {
    Lab lab(sim);
    const Status ran = sim.run([&] {
      lab.init();
      body(lab);
    });
    ASSERT_TRUE(ran) << ran.error().text();
  });
}

app::GivenSelection selection() { return {.manifest = hello(), .clusters = {}}; }

std::vector<app::SavedAction> saved(const Plan& plan) {
  std::vector<app::SavedAction> out;
  for (const Action& action : plan.actions) {
    out.push_back({.id = action.id,
                   .kind = action.kind,
                   .version = action.version,
                   .to = action.to ? std::optional{action.to->digest} : std::nullopt,
                   .reason = action.reason,
                   .precondition = action.precondition});
  }
  return out;
}

// ---- rows I -------------------------------------------------------------------

TEST(RowsI, I1FirstDeployOfAnHttpService) {
  in_lab([](Lab& lab) {
    const Digest digest = lab.release("1.0.0");
    ASSERT_EQ(lab.observed().size(), 1U);
    EXPECT_EQ(lab.running(), digest);
    EXPECT_EQ(lab.observed().front().health, Health::healthy);
    EXPECT_EQ(lab.observed().front().instances, 1U);
  });
}

TEST(RowsI, I2ScaleAloneSufficesAndGivesNothingAnew) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    for (const std::uint32_t wanted : {3U, 1U}) {
      lab.edit_spec([&](DeploySpec& spec) { spec.num_instances = wanted; });
      EXPECT_EQ(lab.only(lab.node()).kind, ActionKind::scale);
      const auto done = lab.rectify(lab.node());
      ASSERT_EQ(done.size(), 1U);
      EXPECT_EQ(done.front().state, OperationState::succeeded) << done.front().reason;
      EXPECT_EQ(lab.observed().front().instances, wanted);
      EXPECT_EQ(lab.observed().front().generation, 1U) << "no instance was replaced";
      EXPECT_EQ(lab.given().current().generation, 1U);
      lab.expect_nothing(lab.node());
    }
  });
}

TEST(RowsI, I3DeployToNoInstancesIsRefused) {
  in_lab([](Lab& lab) {
    lab.build("1.0.0");
    lab.edit_spec([](DeploySpec& spec) { spec.num_instances = 0; });
    const auto refused = lab.deploy("1.0.0");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::usage);
  });
}

TEST(RowsI, I4AContainerThatExitsFailsInTheSchedulersWords) {
  in_lab([](Lab& lab) {
    const Digest old = lab.release("1.0.0");
    lab.fails(lab.build("1.1.0"));
    const auto failed = lab.deploy("1.1.0");
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->front().state, OperationState::failed);
    EXPECT_EQ(failed->front().reason, "exited with code 7");
    EXPECT_EQ(failed->front().last_log_lines,
              (std::vector<std::string>{"starting", "no database"}));
    EXPECT_EQ(lab.running(), old) << "what ran before stays";
  });
}

TEST(RowsI, I5AFlavorIsADeploymentOfItsOwn) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    lab.init("blue");
    ASSERT_TRUE(lab.deploy("1.0.0", "blue"));
    ASSERT_EQ(lab.observed().size(), 2U);
    EXPECT_NE(lab.observed()[0].scheduler_id, lab.observed()[1].scheduler_id);
  });
}

TEST(RowsI, I10I11AnAdvisoryIsUnacceptableUntilTheClusterAllowsIt) {
  in_lab([](Lab& lab) {
    lab.build_ephemeral("1.0.0");
    lab.edit_definitions("      - ephemeral tag\n", "");
    const auto refused = lab.deploy("1.0.0");
    ASSERT_TRUE(refused) << refused.error().text();
    EXPECT_EQ(refused->front().state, OperationState::blocked);
    EXPECT_NE(refused->front().reason.find("Advisory unacceptable on image: ephemeral tag"),
              std::string::npos)
        << refused->front().reason;
    EXPECT_TRUE(lab.observed().empty());
    lab.edit_definitions("    AllowedAdvisories:\n",
                         "    AllowedAdvisories:\n      - ephemeral tag\n");
    const auto deployed = lab.deploy("1.0.0");
    ASSERT_TRUE(deployed) << deployed.error().text();
    EXPECT_EQ(deployed->front().state, OperationState::succeeded) << deployed->front().reason;
  });
}

TEST(RowsI, I13AMissingImageIsAPermanentError) {
  in_lab([](Lab& lab) {
    const auto missing = lab.deploy("7.7.7");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code(), Code::not_found);
    EXPECT_FALSE(is_transient(missing.error().code()));
  });
}

TEST(RowsI, I14I15WhatRunsUnchangedIsLeftAloneWithMetadataToo) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    lab.edit_spec([](DeploySpec& spec) { spec.metadata["jenkins"] = "42"; });
    const auto changes = lab.world().cluster.changes();
    lab.expect_nothing(lab.node());
    lab.rectify(lab.node());
    EXPECT_EQ(lab.world().cluster.changes(), changes);
  });
}

TEST(RowsI, I16ADeletedManifestEndsItsService) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    lab.remove_record(codec::manifest_path(hello()));
    EXPECT_EQ(lab.only(lab.node()).kind, ActionKind::remove);
    lab.rectify(lab.node());
    EXPECT_TRUE(lab.observed().empty());
    EXPECT_TRUE(lab.given().removed);
  });
}

TEST(RowsI, I25ADeployThatLostItsProcessIsSeenThroughByAnother) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    const Digest digest = lab.build("1.1.0");
    const auto begun =
        lab.deploy("1.1.0", "", [](app::DeployRequest& request) { request.wait = false; });
    ASSERT_TRUE(begun);
    EXPECT_EQ(begun->front().state, OperationState::waiting);
    EXPECT_EQ(lab.given().current().outcome, Outcome::pending);
    const auto seen = lab.rectify(lab.other());
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen.front().state, OperationState::succeeded);
    EXPECT_EQ(lab.given().current().outcome, Outcome::succeeded);
    EXPECT_EQ(lab.running(), digest);
  });
}

// ---- incidents ------------------------------------------------------------------

TEST(Incidents, DecisionAfterARateLimit) {
  in_lab([](Lab& lab) {
    const Digest old = lab.release("1.0.0");
    lab.build("1.1.0");
    lab.remove_record(codec::lock_path({hello().source(), *Version::parse("1.1.0")}));
    lab.edit_spec([](DeploySpec& spec) { spec.version = *Version::parse("1.1.0"); });
    lab.sim().lose_answers("registry.", 1.0);
    EXPECT_EQ(lab.only(lab.other()).kind, ActionKind::undecided);
    lab.rectify(lab.other());
    EXPECT_EQ(lab.running(), old);
  });
}

TEST(Incidents, CacheLoss) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    const auto changes = lab.world().cluster.changes();
    lab.expect_nothing(lab.other());  // it has never seen a registry
    lab.rectify(lab.other());
    EXPECT_EQ(lab.world().cluster.changes(), changes);
  });
}

TEST(Incidents, OneBrokenTag) {
  in_lab([](Lab& lab) {
    const Digest old = lab.release("1.0.0");
    const Digest next = lab.build("1.1.0");
    lab.remove_record(codec::lock_path({hello().source(), *Version::parse("1.1.0")}));
    lab.edit_spec([](DeploySpec& spec) { spec.version = *Version::parse("1.1.0"); });
    const auto answers_for_the_old_one = [&](Code code) {
      lab.world().registry.set_fault(
          [&old, code](const support::FakeRegistry::Question& question) -> std::optional<Error> {
            return question.key == "1.0.0" || question.key == old.str()
                       ? std::optional{Error(code, "the registry cannot give it")}
                       : std::nullopt;
          });
    };
    // It may be the very image, so nothing is decided while it may come back.
    answers_for_the_old_one(Code::unavailable);
    EXPECT_EQ(lab.only(lab.other()).kind, ActionKind::undecided);
    lab.rectify(lab.other());
    EXPECT_EQ(lab.running(), old);
    // What is broken for good hides no other.
    answers_for_the_old_one(Code::not_found);
    lab.rectify(lab.other());
    EXPECT_EQ(lab.running(), next);
  });
}

TEST(Incidents, RemovalByANodeThatLacksManifests) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    // A node whose GDM has neither the manifest nor a record of having given it.
    auto state = app::read_gdm(lab.node(), {});
    ASSERT_TRUE(state);
    state->gdm.manifests.clear();
    state->gdm.given.clear();
    auto planned = app::make_plan(lab.other(), std::move(*state), {}, {});
    ASSERT_TRUE(planned);
    EXPECT_TRUE(planned->plan.actions.empty());
  });
}

TEST(Incidents, AStaleNodeAgainstANewerDeploy) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    auto stale = app::read_gdm(lab.other(), {});
    ASSERT_TRUE(stale);
    const Digest newer = lab.release("1.1.0");
    auto planned = app::make_plan(lab.other(), std::move(*stale), {}, {});
    ASSERT_TRUE(planned);
    ASSERT_EQ(planned->plan.actions.size(), 1U);
    EXPECT_EQ(planned->plan.actions.front().kind, ActionKind::undecided);
    EXPECT_NE(planned->plan.actions.front().reason.find("newer GDM"), std::string::npos);
    ASSERT_TRUE(app::carry_out(lab.other(), *planned, {.message = "m", .why = "w"}, {}, {}));
    EXPECT_EQ(lab.running(), newer);
  });
}

TEST(Incidents, RollbackFoughtByAutomation) {
  in_lab([](Lab& lab) {
    const Digest old = lab.release("1.0.0");
    lab.release("1.1.0");
    const auto back = app::rollback(lab.node(), {.selection = selection()}, {}, {});
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(back->front().state, OperationState::succeeded) << back->front().reason;
    EXPECT_EQ(lab.running(), old);
    EXPECT_EQ(lab.given().current().version, *Version::parse("1.0.0"));
    EXPECT_EQ(lab.given().current().generation, 3U);
    for (app::Node* node : {&lab.node(), &lab.other()}) {
      lab.expect_nothing(*node);
      lab.rectify(*node);
    }
    EXPECT_EQ(lab.running(), old);
  });
}

TEST(Incidents, I21EndlessRedeployOfAFailingVersion) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    lab.fails(lab.build("1.1.0"));
    ASSERT_TRUE(lab.deploy("1.1.0"));
    const auto changes = lab.world().cluster.changes();
    for (app::Node* node : {&lab.node(), &lab.other()}) {
      const Action action = lab.only(*node);
      EXPECT_EQ(action.kind, ActionKind::blocked);
      EXPECT_NE(action.reason.find("generation failed"), std::string::npos) << action.reason;
      EXPECT_EQ(lab.rectify(*node).front().state, OperationState::blocked);
    }
    EXPECT_EQ(lab.world().cluster.changes(), changes);
  });
}

TEST(Incidents, I28RegistryDownHidesNothingThatRuns) {
  in_lab([](Lab& lab) {
    const Digest digest = lab.release("1.0.0");
    lab.sim().lose_answers("registry.", 1.0);
    const auto ads = app::query_ads(lab.other(), {}, {});
    ASSERT_TRUE(ads);
    ASSERT_EQ(ads->deployments.size(), 1U);
    EXPECT_EQ(ads->deployments.front().observed.running, digest);
    lab.expect_nothing(lab.other());
  });
}

TEST(Incidents, OneEditedDefaultDoesNotRedeployTheWorld) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    const auto changes = lab.world().cluster.changes();
    lab.edit_definitions("    Kind: podman", "    Env:\n      REGION: north\n    Kind: podman");
    const Action action = lab.only(lab.node());
    EXPECT_EQ(action.kind, ActionKind::update);
    EXPECT_EQ(action.reason, "defaults");
    ASSERT_EQ(action.differences.size(), 1U);
    EXPECT_EQ(action.differences.front(), (FieldDifference{"Env.REGION", "", "north"}));
    EXPECT_TRUE(lab.rectify(lab.node()).empty());
    EXPECT_EQ(lab.world().cluster.changes(), changes);
    const auto deployed = lab.deploy("1.0.0");
    ASSERT_TRUE(deployed);
    EXPECT_GT(lab.world().cluster.changes(), changes) << "a deploy takes them along";
  });
}

// ---- differences ------------------------------------------------------------------

TEST(Differences, NameTheFieldsThatTheClusterRecorded) {
  in_lab([](Lab& lab) {
    lab.edit_spec([](DeploySpec& spec) { spec.env["COLOUR"] = "red"; });
    lab.release("1.0.0");
    lab.edit_spec([](DeploySpec& spec) {
      spec.env["COLOUR"] = "blue";
      spec.env["SIZE"] = "7";
    });
    const Action action = lab.only(lab.node());
    EXPECT_EQ(action.kind, ActionKind::update);
    EXPECT_EQ(action.differences,
              (std::vector<FieldDifference>{{"Env.COLOUR", "red", "blue"}, {"Env.SIZE", "", "7"}}));
  });
}

// ---- alarms -------------------------------------------------------------------------

bool has(const std::vector<std::string>& texts, const std::string& text) {
  return std::ranges::find(texts, text) != texts.end();
}

std::vector<std::string> alarms_of(Lab& lab, app::Node& node) {
  const auto report = app::query_ads(node, {}, {});
  EXPECT_TRUE(report);
  EXPECT_EQ(report->deployments.size(), 1U);
  auto planned = lab.plan(node);
  app::add_alarms(node, planned);
  for (const auto& alarm : report->deployments.front().alarms) {
    EXPECT_TRUE(has(planned.plan.actions.front().alarms, alarm)) << alarm;
  }
  return report->deployments.front().alarms;
}

TEST(Alarms, TheIndexIsRightAgainstTheClustersCopy) {
  in_lab([](Lab& lab) {
    const Digest digest = lab.release("1.0.0");
    EXPECT_TRUE(alarms_of(lab, lab.node()).empty());
    auto planned = lab.plan(lab.node());
    DeployOrder forged{.gdm_id = planned.state.gdm.id,
                       .generation = 1,
                       .deployment = planned.expansion.deployments.front().deployment(),
                       .image = lab.given().current().image,
                       .revision = support::revision_number(77)};
    ASSERT_TRUE(lab.world().cluster.remove(forged.deployment.id, forged.gdm_id, {}));
    ASSERT_TRUE(lab.world().cluster.apply(forged, {}));
    const auto texts = alarms_of(lab, lab.node());
    ASSERT_EQ(texts.size(), 1U);
    EXPECT_NE(texts.front().find("was built from"), std::string::npos) << texts.front();
    EXPECT_EQ(lab.running(), digest);
  });
}

TEST(Alarms, AnImageWhoseLastTagWentIsGone) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    const ImageRepository repository = lab.given().current().image.repository;
    ASSERT_TRUE(app::scan_repository(lab.node(), repository, {}));
    EXPECT_TRUE(alarms_of(lab, lab.node()).empty());
    const ScanRecord emptied{.repository = repository,
                             .started_at = lab.node().clock.wall(),
                             .finished_at = lab.node().clock.wall(),
                             .completeness = Completeness::complete()};
    ASSERT_TRUE(lab.node().index.put_scan(emptied, {}));
    const auto texts = alarms_of(lab, lab.node());
    ASSERT_EQ(texts.size(), 1U);
    EXPECT_NE(texts.front().find("image gone"), std::string::npos) << texts.front();
    EXPECT_TRUE(alarms_of(lab, lab.other()).empty()) << "a node that knows nothing says nothing";
  });
}

// ---- hold, release, retry -----------------------------------------------------------

TEST(Hold, BlocksEveryChangeUntilReleased) {
  in_lab([](Lab& lab) {
    const Digest old = lab.release("1.0.0");
    lab.build("1.1.0");
    const auto held = app::hold(lab.node(), selection(), "audit", {}, {});
    ASSERT_TRUE(held) << held.error().text();
    EXPECT_EQ(held->front().hold->held.why, "audit");
    EXPECT_EQ(lab.given().current().generation, 1U) << "a hold gives nothing";
    const auto refused = lab.deploy("1.1.0");
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->front().state, OperationState::blocked);
    EXPECT_EQ(app::rollback(lab.node(), {.selection = selection()}, {}, {}).error().code(),
              Code::not_found);
    lab.edit_spec([](DeploySpec& spec) { spec.num_instances = 2; });
    EXPECT_EQ(lab.rectify(lab.other()).front().state, OperationState::blocked);
    EXPECT_EQ(lab.running(), old);
    ASSERT_TRUE(app::release(lab.node(), selection(), {}));
    EXPECT_EQ(lab.rectify(lab.other()).front().state, OperationState::succeeded);
    EXPECT_EQ(lab.observed().front().instances, 2U);
  });
}

TEST(Hold, IsPassedAndEndedByADeployThatReleases) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    const Digest newer = lab.build("1.1.0");
    ASSERT_TRUE(app::hold(lab.node(), selection(), "audit", {}, {}));
    const auto deployed =
        lab.deploy("1.1.0", "", [](app::DeployRequest& request) { request.release = true; });
    ASSERT_TRUE(deployed);
    EXPECT_EQ(deployed->front().state, OperationState::succeeded);
    EXPECT_EQ(lab.running(), newer);
    EXPECT_FALSE(lab.given().hold);
  });
}

TEST(Hold, NeedsSomethingGivenAndAReason) {
  in_lab([](Lab& lab) {
    EXPECT_EQ(app::hold(lab.node(), selection(), "why", {}, {}).error().code(), Code::not_found);
    lab.release("1.0.0");
    EXPECT_EQ(app::hold(lab.node(), selection(), " ", {}, {}).error().code(), Code::usage);
  });
}

TEST(Retry, GivesWhatFailedAsTheNextGeneration) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    const Digest digest = lab.build("1.1.0");
    lab.fails(digest);
    ASSERT_TRUE(lab.deploy("1.1.0"));
    lab.world().cluster.script(digest, {});
    const auto done = app::retry(lab.node(), {.selection = selection()}, {}, {});
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(done->front().state, OperationState::succeeded) << done->front().reason;
    EXPECT_EQ(lab.given().current().generation, 3U);
    EXPECT_EQ(lab.running(), digest);
    lab.expect_nothing(lab.other());
  });
}

TEST(Retry, OfWhatDidNotFailIsRefused) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    const auto refused = app::retry(lab.node(), {.selection = selection()}, {}, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::conflict);
    EXPECT_EQ(lab.given().current().generation, 1U);
  });
}

TEST(Rollback, OfAFailedDeployGivesWhatStillServes) {
  in_lab([](Lab& lab) {
    const Digest old = lab.release("1.0.0");
    lab.fails(lab.build("1.1.0"));
    ASSERT_TRUE(lab.deploy("1.1.0"));
    const auto back = app::rollback(lab.node(), {.selection = selection()}, {}, {});
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(lab.running(), old);
    lab.expect_nothing(lab.other());
  });
}

// ---- saved plans ------------------------------------------------------------------

TEST(Apply, CarriesOutExactlyWhatWasSaved) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    const Digest newer = lab.build("1.1.0");
    lab.edit_spec([](DeploySpec& spec) { spec.version = *Version::parse("1.1.0"); });
    const auto actions = saved(lab.plan(lab.node()).plan);
    lab.sim().lose_answers("registry.", 1.0);
    const auto done = app::apply_plan(lab.other(), actions, {}, {});
    ASSERT_TRUE(done) << done.error().text();
    ASSERT_EQ(done->size(), 1U);
    EXPECT_EQ(done->front().state, OperationState::succeeded) << done->front().reason;
    EXPECT_EQ(lab.running(), newer);
  });
}

TEST(Apply, LeavesOutWhatHasMovedAndSaysSo) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    lab.edit_spec([](DeploySpec& spec) { spec.env["COLOUR"] = "red"; });
    const auto actions = saved(lab.plan(lab.node()).plan);
    const auto changes = lab.world().cluster.changes();
    const auto expect_left_out = [&](OperationState state, const std::string& word) {
      const auto done = app::apply_plan(lab.node(), actions, {}, {});
      ASSERT_TRUE(done) << done.error().text();
      ASSERT_EQ(done->size(), 1U);
      EXPECT_EQ(done->front().state, state) << done->front().reason;
      EXPECT_NE(done->front().reason.find(word), std::string::npos) << done->front().reason;
    };
    lab.edit_spec([](DeploySpec& spec) { spec.env["COLOUR"] = "blue"; });
    expect_left_out(OperationState::superseded, "manifest entry");
    lab.edit_spec([](DeploySpec& spec) { spec.env["COLOUR"] = "red"; });
    ASSERT_TRUE(app::hold(lab.node(), selection(), "audit", {}, {}));
    expect_left_out(OperationState::blocked, "audit");
    ASSERT_TRUE(app::release(lab.node(), selection(), {}));
    lab.world().cluster.stop_instances({hello(), local()});
    expect_left_out(OperationState::superseded, "nothing runs there now");
    EXPECT_EQ(lab.world().cluster.changes(), changes);
    ASSERT_TRUE(lab.deploy("1.0.0"));
    expect_left_out(OperationState::superseded, "generation 2");
  });
}

// ---- operations -----------------------------------------------------------------

TEST(Offline, ALockedVersionIsGivenAndTheRemoteIsToldLater) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    const Digest next = lab.build("1.1.0");
    ASSERT_TRUE(app::read_gdm(lab.node(), {}));
    lab.set_away(true);
    EXPECT_EQ(lab.deploy("1.1.0").error().code(), Code::unavailable) << "not without being asked";
    const auto offline = [](app::DeployRequest& request) { request.offline = true; };
    const auto unlocked = lab.deploy("1.2.0", "", offline);
    EXPECT_EQ(unlocked.error().code(), Code::unavailable);
    EXPECT_NE(unlocked.error().text().find("has no lock"), std::string::npos);
    const auto deployed = lab.deploy("1.1.0", "", offline);
    ASSERT_TRUE(deployed) << deployed.error().text();
    EXPECT_EQ(deployed->front().state, OperationState::succeeded) << deployed->front().reason;
    EXPECT_EQ(lab.running(), next);
    EXPECT_EQ(lab.only(lab.other()).kind, ActionKind::undecided) << "no other node reverts it";

    lab.set_away(false);
    const auto told = app::complete_edits(lab.node(), {});
    ASSERT_TRUE(told) << told.error().text();
    ASSERT_EQ(told->size(), 2U);
    for (const auto& edit : *told) {
      EXPECT_TRUE(edit.status) << edit.status.error().text();
      EXPECT_FALSE(edit.overtaken);
    }
    EXPECT_EQ(lab.given().current().image.digest, next);
    EXPECT_EQ(lab.given().current().outcome, Outcome::succeeded);
    lab.expect_nothing(lab.node());
    lab.expect_nothing(lab.other());
  });
}

TEST(Offline, WhatOthersGaveMeanwhileWins) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    const Digest ours = lab.build("1.1.0");
    const Digest theirs = lab.build("1.2.0");
    GivenRecord record = lab.given();
    lab.set_away(true);
    const auto deployed =
        lab.deploy("1.1.0", "", [](app::DeployRequest& request) { request.offline = true; });
    ASSERT_TRUE(deployed) << deployed.error().text();
    EXPECT_EQ(lab.running(), ours);
    // Somebody else gives 1.2.0, and dies before the cluster hears of it.
    GivenEntry entry = record.current();
    entry.generation = 2;
    entry.version = *Version::parse("1.2.0");
    entry.image.digest = theirs;
    entry.given = {.who = "Bob", .when = {}, .why = "test"};
    entry.outcome = Outcome::pending;
    record.give(entry);
    lab.edit_as_other(record, "1.2.0");

    lab.set_away(false);
    const auto told = app::complete_edits(lab.node(), {});
    ASSERT_TRUE(told) << told.error().text();
    ASSERT_EQ(told->size(), 2U);
    EXPECT_TRUE(told->front().overtaken);
    const GivenRecord after = lab.given();
    ASSERT_EQ(after.entries.size(), 4U);
    EXPECT_EQ(after.entries[2].outcome, Outcome::overtaken);
    EXPECT_EQ(after.entries[2].image.digest, ours);
    EXPECT_EQ(after.current().image.digest, theirs);
    const auto alarms = alarms_of(lab, lab.node());
    EXPECT_TRUE(std::ranges::any_of(alarms, [](const std::string& alarm) {
      return alarm.find("overtaken") != std::string::npos;
    }));
    lab.rectify(lab.node());
    EXPECT_EQ(lab.running(), theirs);
    ASSERT_TRUE(app::complete_edits(lab.node(), {})->empty());
  });
}

TEST(OperationRecords, SayHowEachDeployWent) {
  in_lab([](Lab& lab) {
    lab.release("1.0.0");
    lab.fails(lab.build("1.1.0"));
    ASSERT_TRUE(lab.deploy("1.1.0"));
    const auto records = lab.node().operations.list(10);
    ASSERT_TRUE(records);
    ASSERT_EQ(records->size(), 2U);
    EXPECT_EQ(records->at(0).operation.state, OperationState::failed);
    EXPECT_EQ(records->at(0).operation.last_log_lines.size(), 2U);
    EXPECT_EQ(records->at(1).operation.state, OperationState::succeeded);
    EXPECT_EQ(records->at(1).who, "here <here@example.com>");
  });
}

TEST(OperationRecords, ThatCannotBeKeptChangeNothing) {
  in_lab([](Lab& lab) {
    lab.sim().lose_answers("operations.", 1.0);
    const Digest digest = lab.release("1.0.0");
    EXPECT_EQ(lab.running(), digest);
  });
}

TEST(Cancel, EndsWhatWasBegunAndKeepsWhatRan) {
  in_lab([](Lab& lab) {
    const Digest old = lab.release("1.0.0");
    const Digest slow = lab.build("1.1.0");
    lab.world().cluster.script(
        slow, {.looks = 1'000'000, .message = {}, .log_lines = {}, .really_runs = {}});
    Operations deployed;
    {
      const auto task = lab.node().executor.start(
          "deploy", [&](const std::stop_token&) { deployed = lab.deploy("1.1.0"); });
      std::string id;
      while (id.empty()) {
        ASSERT_TRUE(lab.node().clock.sleep(std::chrono::milliseconds(100), {}));
        const auto records = lab.node().operations.list(1);
        if (records->front().operation.state == OperationState::waiting) {
          id = records->front().operation.id;
        }
      }
      const auto record = app::cancel_operation(lab.node(), id.substr(0, 6), "wrong", {}, {});
      ASSERT_TRUE(record) << record.error().text();
      EXPECT_EQ(record->operation.state, OperationState::failed);
      task->join();
    }
    ASSERT_TRUE(deployed);
    EXPECT_EQ(deployed->front().state, OperationState::failed);
    EXPECT_NE(deployed->front().reason.find("wrong"), std::string::npos);
    EXPECT_EQ(lab.running(), old);
    EXPECT_EQ(lab.given().current().outcome, Outcome::failed);
    EXPECT_EQ(lab.only(lab.other()).kind, ActionKind::blocked);
  });
}

TEST(Cancel, WorksAlsoWhenNobodyDrivesItAnyMore) {
  in_lab([](Lab& lab) {
    const Digest old = lab.release("1.0.0");
    lab.build("1.1.0");
    ASSERT_TRUE(lab.deploy("1.1.0", "", [](app::DeployRequest& request) { request.wait = false; }));
    const std::string id = lab.node().operations.list(1)->front().operation.id;
    const auto record = app::cancel_operation(lab.node(), id, "wrong", {}, {});
    ASSERT_TRUE(record) << record.error().text();
    EXPECT_EQ(record->operation.state, OperationState::failed);
    EXPECT_EQ(lab.running(), old);
    EXPECT_EQ(lab.given().current().outcome, Outcome::failed);
    EXPECT_EQ(app::cancel_operation(lab.node(), id, "again", {}, {}).error().code(),
              Code::conflict);
  });
}

// ---- watch --------------------------------------------------------------------

TEST(Watch, ASlowDeploymentDelaysNoOther) {
  in_lab([](Lab& lab) {
    const Digest slow = lab.build("1.1.0");
    const Digest fast = lab.build("1.0.0");
    lab.world().cluster.script(
        slow, {.looks = 1'000'000, .message = {}, .log_lines = {}, .really_runs = {}});
    lab.init("fast");
    lab.edit_spec([](DeploySpec& spec) {
      spec.version = *Version::parse("1.1.0");
      spec.startup.timeout = 80'000;  // so that it is still on its way at the end
    });
    const app::WatchRequest request{.scope = {}, .interval = std::chrono::seconds(5)};
    std::stop_source stop;
    const auto runs = [&](const std::string& flavor) {
      std::optional<ObservedDeployment> out;
      for (const auto& one : lab.observed()) {
        if (one.id.manifest == hello(flavor)) {
          out = one;
        }
      }
      return out;
    };
    const auto until = [&](const std::function<bool()>& done) {
      for (int i = 0; i < 100 && !done(); ++i) {
        ASSERT_TRUE(lab.node().clock.sleep(std::chrono::seconds(1), {}));
      }
      EXPECT_TRUE(done());
    };
    const auto task = lab.node().executor.start("watch", [&](const std::stop_token&) {
      EXPECT_TRUE(app::watch(lab.node(), request, {}, {Deadline::never(), stop.get_token()}));
    });
    until([&] { return runs("").has_value(); });
    lab.edit_spec([](DeploySpec& spec) { spec.version = *Version::parse("1.0.0"); }, "fast");
    until([&] { return runs("fast").has_value() && runs("fast")->running == fast; });
    until([&] { return lab.given("fast").current().outcome == Outcome::succeeded; });
    EXPECT_EQ(runs("")->health, Health::pending);
    stop.request_stop();
    task->join();
  });
}

}  // namespace
}  // namespace sous::sim
