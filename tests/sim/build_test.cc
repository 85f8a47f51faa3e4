#include "app/build.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/gdm_access.h"
#include "app/init.h"
#include "app/pending_builds.h"
#include "model/image_name.h"
#include "sim_node.h"

/// `sous build` over fakes of every part.
namespace sous::sim {
namespace {

using State = app::PendingOutcome::State;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kTwoImages =
    R"({"images":[
      {"image":{"type":"docker","from":"scratch"},
       "files":[{"source":{"dir":"/out"},"dest":{"dir":"/srv"}}],"exec":["/srv/run"]},
      {"kind":"test","offset":"tests","image":{"type":"docker","from":"debian"},
       "files":[{"source":{"dir":"/t"},"dest":{"dir":"/t"}}],"exec":["/t/run"]}]})";

class Build : public testing::Test {
 protected:
  void SetUp() override {
    node_.check_out("1.0.0", support::revision_number(1));
    app::InitRequest init;
    init.directory = kCheckout;
    ASSERT_TRUE(app::init(node_.node(), init, {}));
  }

  Result<app::BuildReport> build(const app::BuildProgress& progress = {}) {
    (void)node_.node().clock.sleep(std::chrono::seconds(1), {});  // no two at one moment
    app::BuildRequest request;
    request.directory = kCheckout;
    return app::build(node_.node(), request, progress, {});
  }

  std::vector<app::PendingOutcome> next_command() {
    return app::finish_pending_builds(node_.node(), {});
  }

  Gdm gdm() { return app::read_gdm(node_.node(), {})->gdm; }

  static SourceId source(const std::string& offset = "") {
    return {*SourceLocation::make("git.example.com/demo/hello", offset), Version(1, 0, 0)};
  }

  ImageRepository repository(const std::string& offset = "", const std::string& kind = "") {
    return *image_repository(node_.node().settings.registry, source(offset).location, kind);
  }

  std::vector<ImageTag> tags() {
    const auto list = world_.registry.list_tags(repository(), {});
    return list ? list->tags : std::vector<ImageTag>{};
  }

  std::size_t directories_left() {
    const auto left = node_.files().list("/state/builds");
    return left ? left->size() : 0;
  }

  support::Simulation sim_{1};
  World world_{sim_, support::no_points()};
  SimNode node_{world_, "left", Duration{0}};
};

TEST_F(Build, WithTheRemoteAwayItIsKeptAndTheNextCommandCompletesIt) {
  node_.gdm().set_away(true);
  const auto built = build();
  ASSERT_TRUE(built) << built.error().text();
  EXPECT_TRUE(built->is_pending());
  EXPECT_THAT(built->main().tags, IsEmpty());
  EXPECT_THAT(tags(), IsEmpty()) << "nothing is visible before the registration";

  const auto waiting = next_command();
  ASSERT_THAT(waiting, SizeIs(1));
  EXPECT_EQ(waiting.front().state, State::waiting);

  node_.gdm().set_away(false);
  EXPECT_THAT(gdm().locks, IsEmpty());
  const auto finished = next_command();
  ASSERT_THAT(finished, SizeIs(1));
  EXPECT_EQ(finished.front().state, State::finished) << finished.front().why;
  EXPECT_EQ(finished.front().image, built->main().image);
  EXPECT_EQ(tags(), std::vector{*ImageTag::parse("1.0.0")});
  const Gdm now = gdm();
  const auto* lock = now.lock_file(source())->final_lock();
  ASSERT_NE(lock, nullptr);
  EXPECT_EQ(lock->digest, built->main().image.digest);
  EXPECT_EQ(directories_left(), 0U);
  EXPECT_THAT(next_command(), IsEmpty());
}

TEST_F(Build, APushTellsWhatOfTheLayersItSends) {
  std::vector<std::string> steps;
  const app::BuildProgress progress{
      .step = [&](std::string_view step) { steps.emplace_back(step); }, .engine_line = {}};
  ASSERT_TRUE(build(progress));
  EXPECT_THAT(steps, Contains(testing::MatchesRegex("layer 1 of 1, [0-9a-f]+, 0.0 MB: sent")));
  ASSERT_TRUE(build(progress));
  EXPECT_EQ(steps.back(), "1 of 1 layers were there already");
}

TEST_F(Build, WhoWasRegisteredMeanwhileMakesTheKeptOneARebuild) {
  node_.gdm().set_away(true);
  ASSERT_TRUE(build());
  node_.gdm().set_away(false);

  SimNode other(world_, "right", Duration{0});
  other.check_out("1.0.0", support::revision_number(1));
  app::BuildRequest request;
  request.directory = kCheckout;
  (void)other.node().clock.sleep(std::chrono::seconds(1), {});
  const auto first = app::build(other.node(), request, {}, {});
  ASSERT_TRUE(first);

  const auto finished = next_command();
  ASSERT_THAT(finished, SizeIs(1));
  EXPECT_EQ(finished.front().state, State::finished);
  EXPECT_EQ(finished.front().rebuild_of, first->main().image.digest);
  const Gdm now = gdm();
  const LockFile& file = *now.lock_file(source());
  ASSERT_THAT(file.registrations, SizeIs(2));
  EXPECT_EQ(file.registrations.back().registered.who, "left <left@example.com>");
  EXPECT_EQ(file.final_lock()->digest, first->main().image.digest);
}

TEST_F(Build, AKeptBuildThatCannotBeRegisteredAnyMoreIsGivenUpAloud) {
  node_.gdm().set_away(true);
  ASSERT_TRUE(build());
  node_.gdm().set_away(false);
  SimNode other(world_, "right", Duration{0});
  other.check_out("1.0.0", support::revision_number(2));
  app::BuildRequest request;
  request.directory = kCheckout;
  ASSERT_TRUE(app::build(other.node(), request, {}, {}));

  const auto given_up = next_command();
  ASSERT_THAT(given_up, SizeIs(1));
  EXPECT_EQ(given_up.front().state, State::refused);
  EXPECT_THAT(given_up.front().why, HasSubstr("locked for good"));
  EXPECT_EQ(directories_left(), 0U);
}

TEST_F(Build, AKeptBuildOfAnotherGdmIsLeftAlone) {
  node_.gdm().set_away(true);
  ASSERT_TRUE(build());
  node_.gdm().set_away(false);
  const auto edited = app::edit_gdm(node_.node(),
                                    [](const app::GdmState& state) -> Result<app::GdmEdit> {
                                      app::GdmEdit edit{.records = {}, .message = "Another GDM"};
                                      std::string text = *state.text("sous.yaml");
                                      text.replace(text.find(state.gdm.id),
                                                   state.gdm.id.size(),
                                                   "00000000-0000-4000-8000-000000000000");
                                      edit.records["sous.yaml"] = text;
                                      return edit;
                                    },
                                    {});
  ASSERT_TRUE(edited) << edited.error().text();
  EXPECT_THAT(next_command(), IsEmpty());
  EXPECT_GT(directories_left(), 0U);
}

TEST_F(Build, WhenTaggingFailsForNowTheNextCommandTags) {
  world_.registry.set_fault([](const support::FakeRegistry::Question& question) {
    return question.operation == "push_manifest" && question.key == "1.0.0"
               ? std::optional{Error(Code::unavailable, "the registry is full")}
               : std::nullopt;
  });
  const auto built = build();
  ASSERT_TRUE(built) << built.error().text();
  EXPECT_THAT(built->main().pending, HasSubstr("the registry is full"));
  ASSERT_NE(gdm().lock_file(source()), nullptr) << "it is registered";
  world_.registry.set_fault({});
  ASSERT_THAT(next_command(), SizeIs(1));
  EXPECT_EQ(tags(), std::vector{*ImageTag::parse("1.0.0")});
}

TEST_F(Build, ARegistryThatForbidsMovingTagsIsNoError) {
  node_.check_out("0.9.0", support::revision_number(1));
  world_.registry.forbid_moving_tags();
  app::BuildRequest request;
  request.directory = kCheckout;
  request.source.tag = "2.0.0";
  const auto ephemeral = app::build(node_.node(), request, {}, {});
  ASSERT_TRUE(ephemeral);
  node_.check_out("2.0.0", support::revision_number(1));
  const auto real = app::build(node_.node(), request, {}, {});
  ASSERT_TRUE(real) << real.error().text();
  ASSERT_THAT(real->main().tags, SizeIs(1)) << "its own; the version's could not move";
  EXPECT_EQ(world_.registry.tag(repository(), *ImageTag::parse("2.0.0")),
            ephemeral->main().image.digest);
}

TEST_F(Build, AFullRegistryFailsTheBuildAndLeavesNothing) {
  world_.registry.set_fault([](const support::FakeRegistry::Question& question) {
    return question.operation == "push_blob"
               ? std::optional{Error(Code::failed, "the registry is full")}
               : std::nullopt;
  });
  const auto built = build();
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code(), Code::failed);
  EXPECT_THAT(gdm().locks, IsEmpty());
  EXPECT_EQ(directories_left(), 0U);
  EXPECT_TRUE(node_.builder().kept().empty());
}

TEST_F(Build, ASplitBuildMakesEachImageOfTheRunSpec) {
  node_.builder().environment = {"PATH=/bin", "SOUS_RUN_IMAGE_SPEC=/spec.json"};
  node_.builder().files_of_image["run-spec"] = kTwoImages;
  node_.builder().reproducible = false;
  const auto built = build();
  ASSERT_TRUE(built) << built.error().text();
  ASSERT_THAT(built->products, SizeIs(2));
  const auto& service = built->products[0];
  const auto& test = built->products[1];
  EXPECT_EQ(service.source, source());
  EXPECT_EQ(service.kind, "");
  EXPECT_THAT(service.advisories.texts(), IsEmpty());
  EXPECT_EQ(test.source, source("tests"));
  EXPECT_EQ(test.kind, "test");
  EXPECT_EQ(test.advisories.label(), "support container");
  EXPECT_EQ(test.image.repository, repository("tests", "test"));
  EXPECT_EQ(test.tags, std::vector{*ImageTag::parse("1.0.0")});

  const Gdm now = gdm();
  EXPECT_EQ(now.lock_file(source())->final_lock()->digest, service.image.digest);
  ASSERT_NE(now.lock_file(source("tests")), nullptr);
  EXPECT_EQ(now.lock_file(source("tests"))->registrations.front().kind, "test");
  EXPECT_THAT(now.lock_file(source("tests"))->locks, IsEmpty()) << "it is no choice";
  EXPECT_TRUE(node_.builder().kept().empty()) << "the image that built is gone";
  EXPECT_EQ(directories_left(), 0U);

  const auto again = build();
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(again->products[0].rebuild_of, service.image.digest);
  EXPECT_FALSE(again->products[1].rebuild_of);
}

TEST_F(Build, ABadRunSpecIsReportedAndNothingIsPushed) {
  node_.builder().environment = {"SOUS_RUN_IMAGE_SPEC=/spec.json"};
  node_.builder().files_of_image["run-spec"] = "{}";
  const auto built = build();
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code(), Code::invalid_data);
  EXPECT_THAT(built.error().details(), SizeIs(4));
  EXPECT_THAT(tags(), IsEmpty());
  EXPECT_TRUE(node_.builder().kept().empty());

  node_.builder().files_of_image.clear();
  EXPECT_FALSE(build()) << "a spec that is not there is no plain build";
}

TEST_F(Build, ABuildThatNeedsAContainerToRunIsRefused) {
  node_.builder().environment = {"SOUS_RUN_IMAGE_SPEC=/spec.json", "BUILD_OUT=/out"};
  const auto built = build();
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code(), Code::unsupported);
}

TEST_F(Build, OnlyDeclaredArgumentsAreGiven) {
  ASSERT_TRUE(node_.files().write(std::string(kCheckout) + "/Dockerfile",
                                  "FROM scratch\n arg\tAPP_VERSION=0 X\n#ARG APP_REVISION\n",
                                  0644));
  ASSERT_TRUE(build());
  EXPECT_THAT(node_.builder().orders().front().build_args,
              testing::ElementsAre(testing::Pair("APP_VERSION", "1.0.0")));
}

TEST_F(Build, AContainerfileWillDo) {
  ASSERT_TRUE(node_.files().remove(std::string(kCheckout) + "/Dockerfile"));
  EXPECT_EQ(build().error().code(), Code::usage);
  ASSERT_TRUE(node_.files().write(
      std::string(kCheckout) + "/Containerfile", "FROM scratch\nARG APP_REVISION\n", 0644));
  ASSERT_TRUE(build());
  EXPECT_THAT(
      node_.builder().orders().front().build_args,
      testing::ElementsAre(testing::Pair("APP_REVISION", support::revision_number(1).str())));
}

TEST_F(Build, ARebuildSaysWhereItDiffers) {
  ASSERT_TRUE(build());
  const auto same = build();
  ASSERT_TRUE(same);
  EXPECT_EQ(same->main().identical, true);
  node_.builder().content = "something else";
  const auto other = build();
  ASSERT_TRUE(other);
  EXPECT_EQ(other->main().identical, false);
  EXPECT_THAT(other->main().difference, HasSubstr("layer 1 of 1"));
  node_.builder().content = "layer";
  node_.builder().environment = {"A=b"};
  const auto config = build();
  ASSERT_TRUE(config);
  EXPECT_THAT(config->main().difference, HasSubstr("config: config.Env"));
}

}  // namespace
}  // namespace sous::sim
