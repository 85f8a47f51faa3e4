#include "cli/run.h"

#include <map>

#include <gtest/gtest.h>

#include "codec/json.h"

namespace sous::cli {
namespace {

/// A process around the command line that keeps what is written; it has files but no parts.
class FakeWiring final : public Wiring {
 public:
  void out(std::string_view bytes) override { out_ += bytes; }

  void err(std::string_view bytes) override { err_ += bytes; }

  void set_verbosity(Verbosity verbosity) override { verbosity_ = verbosity; }

  Result<std::optional<std::string>> read_file(const std::string& path) override {
    const auto found = files_.find(path);
    return found == files_.end() ? std::nullopt : std::optional{found->second};
  }

  Status write_file(const std::string& path, std::string_view text) override {
    files_[path] = text;
    return ok();
  }

  Result<std::string> read_input(std::uint64_t) override { return input_; }

  std::optional<std::string> read_line() override { return std::nullopt; }

  Result<int> run_on_terminal(const std::vector<std::string>&) override { return 0; }

  std::optional<std::string> git_user() override { return git_user_; }

  Result<app::Node*> node(const Settings&) override {
    ++nodes_;
    return Error(Code::unavailable, "no parts in this test").hinted("use another test");
  }

  std::string out_;
  std::string err_;
  std::string input_;
  Verbosity verbosity_ = Verbosity::normal;
  std::map<std::string, std::string> files_;
  std::optional<std::string> git_user_;
  int nodes_ = 0;
};

constexpr const char* kConfig = "/home/pat/.config/sous/config.yaml";

struct RunTest : testing::Test {
  int run_words(std::vector<std::string> words) {
    wiring.out_.clear();
    wiring.err_.clear();
    environment.arguments = std::move(words);
    return run(environment, wiring, {});
  }

  codec::Json answer() const { return *codec::parse_json(wiring.out_); }

  Environment environment{
      .directory = "/src", .variables = {{"HOME", "/home/pat"}}, .version = "1.2.3"};
  FakeWiring wiring;
};

TEST_F(RunTest, BareSousPrintsTheNextCommandAndHelpOnStandardError) {
  EXPECT_EQ(run_words({}), 64);
  EXPECT_EQ(wiring.out_, "");
  EXPECT_NE(wiring.err_.find("Commands\n"), std::string::npos);
  EXPECT_TRUE(wiring.err_.ends_with("\nNext: sous config registry HOST\n")) << wiring.err_;
  wiring.files_[kConfig] = "registry: registry.example\n";
  EXPECT_EQ(run_words({}), 64);
  EXPECT_TRUE(wiring.err_.ends_with("\nNext: sous status\n")) << wiring.err_;
}

TEST_F(RunTest, VersionConfigAndHelpNeedNoParts) {
  EXPECT_EQ(run_words({"version"}), 0);
  EXPECT_EQ(wiring.out_, "sous version 1.2.3\n");
  EXPECT_EQ(run_words({"config"}), 0);
  EXPECT_EQ(run_words({"help"}), 0);
  EXPECT_EQ(run_words({"help", "lock"}), 0);
  EXPECT_EQ(run_words({"deploy", "-help"}), 0);
  EXPECT_EQ(run_words({"completion", "bash"}), 0);
  EXPECT_EQ(run_words({"completion", "zsh"}), 0);
  EXPECT_EQ(run_words({"completion", "fish"}), 0);
  EXPECT_EQ(run_words({"completion", "sh"}), 64);
  EXPECT_EQ(wiring.nodes_, 0);
}

TEST_F(RunTest, UnknownCommandsAndFlagsAreUsageErrors) {
  EXPECT_EQ(run_words({"nothing"}), 64);
  EXPECT_EQ(run_words({"version", "-nothing"}), 64);
  EXPECT_EQ(run_words({"query"}), 64);
  EXPECT_EQ(wiring.out_, "");
}

TEST_F(RunTest, AFailureIsADocumentForProgramsAndWordsForPeople) {
  EXPECT_EQ(run_words({"query", "gdm", "-o", "json"}), 69);
  const auto document = answer();
  EXPECT_EQ(document.find("format")->as_uint(), 1U);
  const auto* error = document.find("error");
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(*error->find("code")->as_string(), "unavailable");
  EXPECT_EQ(*error->find("message")->as_string(), "no parts in this test");
  EXPECT_EQ(*error->find("hint")->as_string(), "use another test");
  EXPECT_EQ(error->find("details")->as_array()->size(), 0U);
  EXPECT_EQ(wiring.err_, "error: no parts in this test\nhint: use another test\n");
  EXPECT_EQ(run_words({"query", "gdm"}), 69);
  EXPECT_EQ(wiring.out_, "");
}

TEST_F(RunTest, AnUnreadableCommandLineIsRefusedInTheFormItAsksFor) {
  EXPECT_EQ(run_words({"nothing", "-o", "json"}), 64);
  EXPECT_EQ(*answer().find("error")->find("code")->as_string(), "usage");
  EXPECT_EQ(run_words({"nothing", "--output=json"}), 64);
  EXPECT_EQ(*answer().find("error")->find("code")->as_string(), "usage");
}

TEST_F(RunTest, CommandsThatLookForImagesNeedARegistry) {
  for (const auto* command : {"plan", "why", "rectify", "deploy"}) {
    EXPECT_EQ(run_words({command}), 64) << command;
    EXPECT_NE(wiring.err_.find("sous config registry HOST"), std::string::npos) << command;
  }
  EXPECT_EQ(wiring.nodes_, 0);
}

TEST_F(RunTest, CommandsThatWriteNeedAUser) {
  wiring.files_[kConfig] = "registry: registry.example\n";
  EXPECT_EQ(run_words({"deploy"}), 64);
  EXPECT_NE(wiring.err_.find("no user is configured"), std::string::npos) << wiring.err_;
  wiring.git_user_ = "Pat <pat@example.com>";
  EXPECT_EQ(run_words({"deploy"}), 69);
}

TEST_F(RunTest, ConfigShowsEachValueAndWhereItComesFrom) {
  wiring.files_[kConfig] = "# mine\nregistry: registry.example\n";
  environment.variables["SOUS_USER"] = "Pat <pat@example.com>";
  EXPECT_EQ(run_words({"config"}), 0);
  EXPECT_NE(wiring.out_.find("registry.example"), std::string::npos);
  EXPECT_NE(wiring.out_.find("SOUS_USER"), std::string::npos);
  EXPECT_EQ(run_words({"config", "Registry"}), 0);
  EXPECT_EQ(wiring.out_, "registry.example\n");
  EXPECT_EQ(run_words({"config", "nosuch"}), 64);
}

TEST_F(RunTest, ConfigWritesOneKeyAndLeavesTheRest) {
  wiring.files_[kConfig] = "# mine\nregistry: a.example  # old\ngdm: /gdm\n";
  EXPECT_EQ(run_words({"config", "registry", "b.example:5000/team"}), 0);
  EXPECT_EQ(wiring.files_[kConfig], "# mine\nregistry: b.example:5000/team  # old\ngdm: /gdm\n");
  EXPECT_EQ(run_words({"config", "registry", "not a host"}), 64);
  EXPECT_EQ(run_words({"config", "user", "Pat"}), 64);
  EXPECT_EQ(run_words({"config", "gdm", ""}), 0);
  EXPECT_EQ(wiring.files_[kConfig], "# mine\nregistry: b.example:5000/team  # old\n");
}

TEST_F(RunTest, AnUnreadableConfigurationIsInvalidData) {
  wiring.files_[kConfig] = "registry: [\n";
  EXPECT_EQ(run_words({"version"}), 65);
}

TEST_F(RunTest, SourceExcludesRepoAndOffset) {
  wiring.files_[kConfig] = "registry: registry.example\n";
  wiring.git_user_ = "Pat <pat@example.com>";
  EXPECT_EQ(run_words({"build", "-source", "github.com/a/b", "-repo", "github.com/a/b"}), 64);
  EXPECT_EQ(run_words({"build", "-source", "github.com/a/b", "-offset", "x"}), 64);
}

TEST_F(RunTest, ColorsOnlyOnATerminalThatWantsThem) {
  environment.err_is_terminal = true;
  EXPECT_EQ(run_words({"nothing"}), 64);
  EXPECT_TRUE(wiring.err_.starts_with("\x1b[31merror:\x1b[0m ")) << wiring.err_;
  environment.variables["NO_COLOR"] = "1";
  EXPECT_EQ(run_words({"nothing"}), 64);
  EXPECT_TRUE(wiring.err_.starts_with("error: ")) << wiring.err_;
}

TEST_F(RunTest, VerbosityIsPassedOn) {
  EXPECT_EQ(run_words({"version", "-d"}), 0);
  EXPECT_EQ(wiring.verbosity_, Verbosity::debug);
  EXPECT_EQ(run_words({"-q", "version"}), 0);
  EXPECT_EQ(wiring.verbosity_, Verbosity::quiet);
}

TEST_F(RunTest, YamlIsTheSameAnswer) {
  EXPECT_EQ(run_words({"version", "-o", "yaml"}), 0);
  EXPECT_EQ(wiring.out_, "format: 1\nversion: 1.2.3\n");
}

}  // namespace
}  // namespace sous::cli
