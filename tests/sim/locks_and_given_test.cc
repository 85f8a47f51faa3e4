#include <gtest/gtest.h>

#include "app/build.h"
#include "app/deploy.h"
#include "app/gdm_access.h"
#include "app/init.h"
#include "app/lock_edits.h"
#include "app/planner.h"
#include "codec/manifest_record.h"
#include "codec/record_paths.h"
#include "sim_node.h"
#include "support/code_of.h"

namespace sous::sim {
namespace {

using support::code_of;

/// A node whose version 1.0.0 is built twice and deployed: the first image is locked and given.
class LocksAndGiven : public testing::Test {
 protected:
  LocksAndGiven() {
    sim_node.check_out("1.0.0", support::revision_number(1));
    sim_node.builder().reproducible = false;
  }

  void set_up() {
    first = build();
    second = build();
    app::InitRequest init;
    init.directory = kCheckout;
    ASSERT_TRUE(app::init(node, init, {}));
    ASSERT_TRUE(deploy());
    ASSERT_EQ(given().image.digest, first);
  }

  Digest build() {
    app::BuildRequest request;
    request.directory = kCheckout;
    return app::build(node, request, {}, {}).value().main().image.digest;
  }

  Result<std::vector<Operation>> deploy(SimNode* by = nullptr) {
    return app::deploy(by != nullptr ? by->node() : node,
                       {.manifest = ManifestId(source.location),
                        .version = source.version,
                        .clusters = {*ClusterName::parse("local")},
                        .revision = {}},
                       {},
                       {});
  }

  GivenEntry given() { return app::read_gdm(node, {}).value().gdm.given.begin()->second.current(); }

  /// What unattended rectify does.
  Result<std::vector<Operation>> rectify() {
    const auto planned = app::make_plan(node, app::PlanScope{}, {});
    return app::carry_out(node, planned.value(), {"Rectify", "sous rectify", false}, {}, {});
  }

  void set_variable(const std::string& value) {
    const std::string path = codec::manifest_path(ManifestId(source.location));
    const auto edited =
        app::edit_gdm(node,
                      [&](const app::GdmState& state) -> Result<app::GdmEdit> {
                        auto text = codec::set_deployment_text(
                            *state.text(path), *ClusterName::parse("local"), "Env", "COLOR", value);
                        return app::GdmEdit{{{path, std::move(text.value())}}, "Set COLOR"};
                      },
                      {});
    ASSERT_TRUE(edited) << edited.error().text();
  }

  support::Simulation simulation{1};
  World world{simulation};
  SimNode sim_node{world, "ada", Duration{0}};
  app::Node& node = sim_node.node();
  SourceId source = SourceId::parse("git.example.com/demo/hello,1.0.0").value();
  Digest first = Digest::sha256_of("");
  Digest second = first;
};

TEST_F(LocksAndGiven, ANewSpecificationGoesToTheGivenImageWhateverTheLockIsNow) {
  const Status ran = simulation.run([&] {
    set_up();
    ASSERT_TRUE(app::supersede_lock(node, source, second, "better", {}));
    set_variable("red");
    const auto operations = rectify();
    ASSERT_TRUE(operations) << operations.error().text();
    EXPECT_EQ(given().image.digest, first);
    EXPECT_EQ(given().generation, 2U);

    ASSERT_TRUE(deploy());
    EXPECT_EQ(given().image.digest, second);
  });
  ASSERT_TRUE(ran) << ran.error().text();
}

TEST_F(LocksAndGiven, ALockThatMovesWhileADeployIsDecidedIsAConflict) {
  const Status ran = simulation.run([&] {
    set_up();
    set_variable("red");
    app::PlanScope scope;
    scope.policy.choose_anew = true;
    const auto planned = app::make_plan(node, scope, {});
    ASSERT_TRUE(planned);
    ASSERT_TRUE(app::supersede_lock(node, source, second, "better", {}));
    EXPECT_EQ(code_of(app::carry_out(node, *planned, {"Deploy", "sous deploy", true}, {}, {})),
              Code::conflict);
    EXPECT_EQ(given().generation, 1U);
  });
  ASSERT_TRUE(ran) << ran.error().text();
}

TEST_F(LocksAndGiven, TheFirstDeployOfWhatOnlyTheRegistryKnowsReadsItByDigestAndLocksIt) {
  const Status ran = simulation.run([&] {
    first = build();
    world.gdm = std::make_shared<support::MemoryGdm>();
    SimNode bob(world, "bob", Duration{0});  // a GDM and an index that know nothing
    bob.check_out("1.0.0", support::revision_number(1));
    app::InitRequest init;
    init.directory = kCheckout;
    ASSERT_TRUE(app::init(bob.node(), init, {}));

    world.registry.set_fault(
        [](const support::FakeRegistry::Question& question) -> std::optional<Error> {
          return question.operation == "blob" ? std::optional{Error(Code::not_found, "no config")}
                                              : std::nullopt;
        });
    EXPECT_EQ(code_of(deploy(&bob)), Code::not_found);
    EXPECT_TRUE(app::read_gdm(bob.node(), {}).value().gdm.locks.empty());

    world.registry.set_fault(nullptr);
    const auto deployed = deploy(&bob);
    ASSERT_TRUE(deployed) << deployed.error().text();
    const auto state = app::read_gdm(bob.node(), {}).value();
    const Lock* lock = state.gdm.locks.at(source).final_lock();
    ASSERT_NE(lock, nullptr);
    EXPECT_EQ(lock->digest, first);
    EXPECT_EQ(lock->evidence, "chosen from complete scans");
  });
  ASSERT_TRUE(ran) << ran.error().text();
}

}  // namespace
}  // namespace sous::sim
