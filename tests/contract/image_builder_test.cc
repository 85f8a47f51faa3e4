// What every ImageBuilder keeps: buildah and podman on a storage of their own, and the fake.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/builder_buildah/buildah_builder.h"
#include "adapters/process_posix/process_runner.h"
#include "adapters/system_posix/clock.h"
#include "codec/oci.h"
#include "support/fake_clock.h"
#include "support/fake_file_system.h"
#include "support/fake_image_builder.h"
#include "support/podman_service.h"
#include "support/temp_dir.h"

namespace sous {
namespace {

using builder_buildah::BuildahBuilder;
using builder_buildah::Engine;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kBuild = "sous-build-0123456789abcdef";

/// A builder with a source whose image holds `/text` with the content "some text\n".
class World {
 public:
  virtual ~World() = default;

  virtual ImageBuilder& builder() = 0;
  virtual BuildOrder order(const std::string& role) = 0;
  /// The order that reads `/text` out of the kept image of another one.
  virtual BuildOrder reading_order(const BuildOrder& from) = 0;
  virtual std::string read(const std::string& path) = 0;
  /// From now on the source does not build, and says "crashes on purpose".
  virtual void break_source() = 0;
  /// Puts the image of a layout into the engine's storage, as pulling it does; its digest.
  virtual Digest import(const std::string& layout) = 0;
  /// The images and containers that are there.
  virtual std::string left() = 0;
};

/// Runs programs with variables that this process does not have.
class WithEnvironment final : public ProcessRunner {
 public:
  WithEnvironment(ProcessRunner& inner, std::map<std::string, std::string> environment)
      : inner_(inner), environment_(std::move(environment)) {}

  Result<ProcessResult> run(const ProcessSpec& spec, const Call& call) override {
    ProcessSpec with = spec;
    with.environment.insert(environment_.begin(), environment_.end());
    return inner_.run(with, call);
  }

 private:
  ProcessRunner& inner_;
  std::map<std::string, std::string> environment_;
};

/// The one digest in an index.json.
Digest manifest_digest(const std::string& index) {
  constexpr std::size_t kLength = 7 + 64;
  return Digest::parse(index.substr(index.find("sha256:"), kLength)).value();
}

class EngineWorld final : public World {
 public:
  explicit EngineWorld(Engine engine) : builder_(processes_, clock_, engine) {
    support::write_file(context_ / "server", support::tiny_server_program());
    std::filesystem::permissions(context_ / "server", std::filesystem::perms::owner_all);
    support::write_file(context_ / "text", "some text\n");
    dockerfile(
        "FROM scratch AS made\nCOPY server text /\n"
        "FROM scratch\nARG NOTE=none\nCOPY --from=made /server /text /\nLABEL note=$NOTE\n");
  }

  ImageBuilder& builder() override { return builder_; }

  BuildOrder order(const std::string& role) override {
    return {.context = context_.path(),
            .dockerfile = context_ / "Dockerfile",
            .build_args = {{"NOTE", "from the order"}},
            .timestamp = WallTime(std::chrono::seconds(1'700'000'000)),
            .pull = true,
            .layout = out_ / role,
            .files = {},
            .name = std::string("localhost/") + kBuild + ":" + role};
  }

  BuildOrder reading_order(const BuildOrder& from) override {
    support::write_file(out_ / "context/Dockerfile",
                        "FROM scratch\nCOPY --from=" + from.name + " [\"/text\", \"/text\"]\n");
    BuildOrder out = order("reading");
    out.context = out_ / "context";
    out.dockerfile = out_ / "context/Dockerfile";
    out.build_args.clear();
    out.pull = false;
    out.layout.clear();
    out.files = out_ / "files";
    return out;
  }

  std::string read(const std::string& path) override { return support::read_file(path); }

  void break_source() override {
    dockerfile("FROM scratch\nCOPY server /server\nENV EXIT_CODE=7\nRUN [\"/server\"]\n");
  }

  Digest import(const std::string& layout) override {
    support::run_program(
        {"skopeo", "copy", "-q", "oci:" + layout, "containers-storage:localhost/imported:1"},
        environment());
    return manifest_digest(read(layout + "/index.json"));
  }

  std::string left() override {
    return support::run_program({"buildah", "images", "--all", "--quiet"}, environment()) +
           support::run_program({"buildah", "containers", "--quiet"}, environment());
  }

  void dockerfile(const std::string& text) { support::write_file(context_ / "Dockerfile", text); }

  void age_the_source() {
    using std::filesystem::file_time_type;
    std::filesystem::last_write_time(context_ / "text",
                                     file_time_type::clock::now() - std::chrono::hours(1000));
  }

  void change_the_source() { support::write_file(context_ / "text", "another text\n"); }

  const std::map<std::string, std::string>& environment() { return podman_.environment(); }

  MonoTime now() { return clock_.now(); }

 private:
  support::PodmanService podman_{support::PodmanService::Api::none};
  support::TempDir context_;
  support::TempDir out_;
  system_posix::SystemClock clock_;
  process_posix::PosixProcessRunner posix_{clock_};
  WithEnvironment processes_{posix_, podman_.environment()};
  BuildahBuilder builder_;
};

class FakeWorld final : public World {
 public:
  FakeWorld() { builder_.files_of_image["text"] = "some text\n"; }

  ImageBuilder& builder() override { return builder_; }

  BuildOrder order(const std::string& role) override {
    return {.context = "/source",
            .dockerfile = "/source/Dockerfile",
            .build_args = {},
            .timestamp = {},
            .pull = true,
            .layout = "/out/" + role,
            .files = {},
            .name = std::string("localhost/") + kBuild + ":" + role};
  }

  BuildOrder reading_order(const BuildOrder&) override {
    BuildOrder out = order("reading");
    out.layout.clear();
    out.files = "/out/files";
    return out;
  }

  std::string read(const std::string& path) override { return *files_.read(path, 1 << 20); }

  void break_source() override {
    builder_.failure = Error(Code::failed, "status 7").detailed({"crashes on purpose"});
  }

  Digest import(const std::string& layout) override {
    const Digest digest = manifest_digest(read(layout + "/index.json"));
    builder_.store(digest, layout);
    return digest;
  }

  std::string left() override {
    return builder_.kept().empty() ? std::string() : *builder_.kept().begin();
  }

 private:
  support::FakeClock clock_;
  support::FakeFileSystem files_{clock_};
  support::FakeImageBuilder builder_{files_};
};

struct Kind {
  std::string name;
  std::unique_ptr<World> (*make)();
  bool is_real;
};

std::unique_ptr<World> make_buildah() { return std::make_unique<EngineWorld>(Engine::buildah); }

std::unique_ptr<World> make_podman() { return std::make_unique<EngineWorld>(Engine::podman); }

std::unique_ptr<World> make_fake() { return std::make_unique<FakeWorld>(); }

class ImageBuilderContract : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam().is_real && !support::PodmanService::unusable_because().empty()) {
      GTEST_SKIP() << support::PodmanService::unusable_because();
    }
    world_ = GetParam().make();
  }

  Status build(const BuildOrder& order, const Call& call = {}) {
    return world_->builder().build(
        order, [this](std::string_view line) { lines_.emplace_back(line); }, call);
  }

  std::string index(const std::string& role) {
    return world_->read(world_->order(role).layout + "/index.json");
  }

  std::unique_ptr<World> world_;
  std::vector<std::string> lines_;
};

TEST_P(ImageBuilderContract, BuildsALayoutOfOneManifestAndLeavesNothing) {
  ASSERT_TRUE(world_->builder().probe({}));
  const Status built = build(world_->order("one"));
  ASSERT_TRUE(built) << built.error().text();
  const std::string text = index("one");
  EXPECT_EQ(text.find("sha256:"), text.rfind("sha256:")) << "one manifest: " << text;
  EXPECT_THAT(lines_, Contains(HasSubstr("FROM scratch")));
  EXPECT_THAT(world_->left(), IsEmpty());
}

TEST_P(ImageBuilderContract, TheSameSourceGivesTheSameManifest) {
  ASSERT_TRUE(build(world_->order("one")));
  ASSERT_TRUE(build(world_->order("two")));
  EXPECT_EQ(index("one"), index("two"));
}

TEST_P(ImageBuilderContract, AFailingStepFailsTheBuildWithItsWordsAndLeavesNothing) {
  world_->break_source();
  const Status built = build(world_->order("one"));
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code(), Code::failed);
  EXPECT_THAT(built.error().details(), Contains(HasSubstr("crashes on purpose")));
  EXPECT_THAT(world_->left(), IsEmpty());
}

TEST_P(ImageBuilderContract, AKeptImageIsThereForOtherOrdersUntilItIsDiscarded) {
  BuildOrder kept = world_->order("source");
  kept.keep = true;
  ASSERT_TRUE(build(kept));
  EXPECT_THAT(world_->left(), testing::Not(IsEmpty()));

  const BuildOrder reading = world_->reading_order(kept);
  const Status read = build(reading);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(world_->read(reading.files + "/text"), "some text\n");

  ASSERT_TRUE(world_->builder().discard("sous-build-another", {}));
  EXPECT_THAT(world_->left(), testing::Not(IsEmpty()));
  ASSERT_TRUE(world_->builder().discard(kBuild, {}));
  EXPECT_THAT(world_->left(), IsEmpty());
  EXPECT_TRUE(world_->builder().discard(kBuild, {})) << "that there is none is no failure";
}

TEST_P(ImageBuilderContract, AnImageThatWasPulledIsExportedByItsDigest) {
  ASSERT_TRUE(build(world_->order("one")));
  const std::string layout = world_->order("one").layout;
  const Digest digest = world_->import(layout);
  const std::string directory = world_->order("exported").layout;
  const auto manifest = world_->builder().export_image(digest, directory, {});
  ASSERT_TRUE(manifest.has_value()) << manifest.error().text();
  EXPECT_EQ(*manifest, world_->read(layout + "/blobs/sha256/" + digest.hex()));
  const auto named = codec::parse_image_manifest(*manifest).value();
  EXPECT_EQ(Digest::sha256_of(world_->read(directory + "/" + named.config.digest.hex())),
            named.config.digest);
  for (const auto& layer : named.layers) {
    EXPECT_EQ(Digest::sha256_of(world_->read(directory + "/" + layer.digest.hex())), layer.digest);
  }

  const auto absent = world_->builder().export_image(Digest::sha256_of("absent"), directory, {});
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().code(), Code::not_found) << absent.error().text();
}

INSTANTIATE_TEST_SUITE_P(All,
                         ImageBuilderContract,
                         testing::Values(Kind{"Buildah", make_buildah, true},
                                         Kind{"Podman", make_podman, true},
                                         Kind{"Fake", make_fake, false}),
                         [](const auto& kind) { return kind.param.name; });

/// What only programs can show.
class EngineTest : public ImageBuilderContract {
 protected:
  EngineWorld& engine() { return static_cast<EngineWorld&>(*world_); }
};

TEST_P(EngineTest, OneRevisionGivesOneManifestWhateverTheFilesTimes) {
  ASSERT_TRUE(build(engine().order("one")));
  engine().age_the_source();
  ASSERT_TRUE(build(engine().order("two")));
  EXPECT_EQ(index("one"), index("two"));
  engine().change_the_source();
  ASSERT_TRUE(build(engine().order("three")));
  EXPECT_NE(index("one"), index("three"));
}

TEST_P(EngineTest, ThePrintedCommandsDoTheSameByHand) {
  ASSERT_TRUE(build(engine().order("one")));
  for (const auto& command : engine().builder().commands(engine().order("two"))) {
    support::run_program(command, engine().environment());
  }
  EXPECT_EQ(index("one"), index("two"));
  EXPECT_THAT(engine().left(), IsEmpty());
}

TEST_P(EngineTest, TheDeadlineEndsABuild) {
  engine().dockerfile("FROM scratch\nCOPY server /server\nRUN [\"/server\"]\n");  // for ever
  const Call call{.deadline = Deadline::at(engine().now() + std::chrono::seconds(2)), .stop = {}};
  const Status built = build(engine().order("one"), call);
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code(), Code::timeout) << built.error().text();
  if (engine().builder().name() == "buildah") {  // podman leaves the container of its own build
    EXPECT_THAT(engine().left(), IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(Programs,
                         EngineTest,
                         testing::Values(Kind{"Buildah", make_buildah, true},
                                         Kind{"Podman", make_podman, true}),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace sous
