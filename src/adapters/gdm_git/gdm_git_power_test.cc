// When a change is acknowledged, nothing of it waits in memory any more: what git made was synced
// before it got its name, and after the last name there was a sync, which on a journalling file
// system takes all names before it along; of the branch's name it is the directory's own. Seen with
// a library that is preloaded into git, and is part of this program (sync_log.cc).

#include <stdlib.h>

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/files_posix/file_system.h"
#include "adapters/gdm_git/gdm_git.h"
#include "adapters/process_posix/process_runner.h"
#include "adapters/system_posix/clock.h"
#include "adapters/system_posix/rng.h"
#include "base/text.h"
#include "support/fake_event_sink.h"
#include "support/temp_dir.h"
#include "support/test_git.h"

namespace sous::gdm_git {
namespace {

class WatchedProcesses final : public ProcessRunner {
 public:
  explicit WatchedProcesses(ProcessRunner& runner) : runner_(runner) {}

  Result<ProcessResult> run(const ProcessSpec& spec, const Call& call) override {
    ProcessSpec watched = spec;
    watched.environment["LD_PRELOAD"] = SOUS_TEST_SYNC_LOG;
    return runner_.run(watched, call);
  }

 private:
  ProcessRunner& runner_;
};

class PowerFailure : public testing::Test {
 public:
  // No thread runs yet, or any more.
  PowerFailure() {
    ::setenv("SOUS_TEST_SYNCS", log_.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  }

  ~PowerFailure() override {
    ::unsetenv("SOUS_TEST_SYNCS");  // NOLINT(concurrency-mt-unsafe)
  }

  PowerFailure(const PowerFailure&) = delete;
  PowerFailure& operator=(const PowerFailure&) = delete;

 protected:
  std::vector<std::string> lines() {
    const auto log = files_.read(log_, 1U << 20U).value();
    std::vector<std::string> out;
    for (const auto line : split(log, '\n')) {
      if (!line.empty()) {
        out.emplace_back(line);
      }
    }
    return out;
  }

  support::TempDir root_;
  std::string log_ = root_ / "syncs";
  system_posix::SystemClock clock_;
  system_posix::SystemRng rng_;
  process_posix::PosixProcessRunner processes_{clock_};
  support::TestGit git_{processes_};
  WatchedProcesses watched_{git_};
  files_posix::PosixFileSystem files_{clock_, root_.path()};
  support::FakeEventSink events_;
};

bool lasts(std::string_view path) {
  return path.contains("/.git/objects/") ||
         (path.contains("/.git/refs/heads/") && !path.contains("/.sous-"));
}

TEST_F(PowerFailure, TakesNothingThatWasAcknowledged) {
  GitGdmStore store({.location = parse_location(root_ / "gdm").value(), .clones = root_ / "clones"},
                    {watched_, files_, clock_, rng_, events_});
  const GdmChange change{.records = {{"sous.yaml", "1"}, {"manifests/a/b/c.yaml", "1"}},
                         .author = {.name = "Ann", .email = "ann@example.com"},
                         .message = "change"};
  const auto first = store.commit("", change, {});
  ASSERT_TRUE(first) << first.error().text();
  ASSERT_TRUE(
      store.commit(*first, {.records = {{"sous.yaml", "2"}}, .author = {}, .message = "b"}, {}));

  std::set<std::string, std::less<>> synced;
  std::set<std::string, std::less<>> open_names;  // since the last sync of anything
  bool branch_is_open = false;
  int objects = 0;
  int branches = 0;
  for (const auto& line : lines()) {
    const auto words = split(line, ' ');
    if (words.front() == "sync") {
      synced.emplace(words.at(1));
      open_names.clear();
      branch_is_open = branch_is_open && !words.at(1).ends_with("/.git/refs/heads");
      continue;
    }
    if (const auto to = words.at(2); lasts(to)) {
      EXPECT_TRUE(synced.contains(words.at(1))) << "named before it was synced: " << line;
      open_names.emplace(to);
      branch_is_open = branch_is_open || to.contains("/refs/heads/");
      objects += to.contains("/objects/") ? 1 : 0;
      branches += to.contains("/refs/heads/") ? 1 : 0;
    }
  }
  EXPECT_GE(objects, 8) << "git was not seen";
  EXPECT_EQ(branches, 2);
  EXPECT_TRUE(open_names.empty()) << *open_names.begin();
  EXPECT_FALSE(branch_is_open) << "the branch's directory was not synced after its last change";
}

}  // namespace
}  // namespace sous::gdm_git
