#include <algorithm>
#include <chrono>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/builder_buildah/buildah_builder.h"
#include "adapters/process_posix/process_runner.h"
#include "adapters/system_posix/clock.h"
#include "support/podman_service.h"
#include "support/temp_dir.h"

namespace sous::builder_buildah {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

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

/// Real builds FROM scratch on a storage of their own.
class BuildahTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!support::PodmanService::unusable_because().empty()) {
      GTEST_SKIP() << support::PodmanService::unusable_because();
    }
    support::write_file(context_ / "server", support::tiny_server_program());
    std::filesystem::permissions(context_ / "server", std::filesystem::perms::owner_all);
    support::write_file(context_ / "text", "some text\n");
    dockerfile(
        "FROM scratch AS made\nCOPY server text /\n"
        "FROM scratch\nARG NOTE=none\nCOPY --from=made /server /text /\nLABEL note=$NOTE\n");
  }

  void dockerfile(const std::string& text) { support::write_file(context_ / "Dockerfile", text); }

  BuildOrder order(const std::string& layout) {
    return {.context = context_.path(),
            .dockerfile = context_ / "Dockerfile",
            .build_args = {{"NOTE", "from the order"}},
            .timestamp = WallTime(std::chrono::seconds(1'700'000'000)),
            .pull = true,
            .layout = out_ / layout,
            .name = "localhost/sous/intermediate:" + layout};
  }

  Status build(const std::string& layout, const Call& call = {}) {
    return builder_.build(
        order(layout), [this](std::string_view line) { lines_.emplace_back(line); }, call);
  }

  std::string index(const std::string& layout) {
    return support::read_file(out_ / (layout + "/index.json"));
  }

  void expect_nothing_left() {
    EXPECT_THAT(support::run_program({"buildah", "images", "--all", "--quiet"}, environment()),
                IsEmpty());
    EXPECT_THAT(support::run_program({"buildah", "containers", "--quiet"}, environment()),
                IsEmpty());
  }

  const std::map<std::string, std::string>& environment() { return podman_.environment(); }

  support::PodmanService podman_{support::PodmanService::Api::none};
  support::TempDir context_;
  support::TempDir out_;
  system_posix::SystemClock clock_;
  process_posix::PosixProcessRunner posix_{clock_};
  WithEnvironment processes_{posix_, podman_.environment()};
  BuildahBuilder builder_{processes_, clock_};
  std::vector<std::string> lines_;
};

TEST_F(BuildahTest, BuildsALayoutOfOneManifestAndLeavesNothing) {
  ASSERT_TRUE(builder_.probe({}));
  const Status built = build("one");
  ASSERT_TRUE(built) << built.error().text();
  EXPECT_TRUE(std::filesystem::exists(out_ / "one/oci-layout"));
  const std::string text = index("one");
  EXPECT_EQ(text.find("sha256:"), text.rfind("sha256:")) << "one manifest: " << text;
  EXPECT_THAT(lines_, testing::Contains(HasSubstr("FROM scratch")));
  expect_nothing_left();
}

TEST_F(BuildahTest, OneRevisionGivesOneManifestWhateverTheFilesTimes) {
  ASSERT_TRUE(build("one"));
  using std::filesystem::file_time_type;
  std::filesystem::last_write_time(context_ / "text",
                                   file_time_type::clock::now() - std::chrono::hours(1000));
  ASSERT_TRUE(build("two"));
  EXPECT_EQ(index("one"), index("two"));

  support::write_file(context_ / "text", "another text\n");
  ASSERT_TRUE(build("three"));
  EXPECT_NE(index("one"), index("three"));
}

TEST_F(BuildahTest, ThePrintedCommandsDoTheSameByHand) {
  ASSERT_TRUE(build("one"));
  for (const auto& command : builder_.commands(order("two"))) {
    support::run_program(command, environment());
  }
  EXPECT_EQ(index("one"), index("two"));
  expect_nothing_left();
}

TEST_F(BuildahTest, AFailingStepFailsTheBuildWithItsWords) {
  dockerfile("FROM scratch\nCOPY server /server\nENV EXIT_CODE=7\nRUN [\"/server\"]\n");
  const Status built = build("one");
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code(), Code::failed);
  EXPECT_THAT(built.error().details(), testing::Contains(HasSubstr("crashes on purpose")));
  expect_nothing_left();
}

TEST_F(BuildahTest, TheDeadlineEndsABuildAndLeavesNothing) {
  dockerfile("FROM scratch\nCOPY server /server\nRUN [\"/server\"]\n");  // runs for ever
  const Call call{.deadline = Deadline::at(clock_.now() + std::chrono::seconds(2)), .stop = {}};
  const Status built = build("one", call);
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code(), Code::timeout) << built.error().text();
  expect_nothing_left();
}

}  // namespace
}  // namespace sous::builder_buildah
