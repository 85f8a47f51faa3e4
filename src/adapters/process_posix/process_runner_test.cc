#include "adapters/process_posix/process_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <stop_token>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "support/await.h"
#include "support/temp_dir.h"

namespace sous::process_posix {
namespace {

using std::chrono::milliseconds;

// Real time, since real programs take it. (Adapters do not see each other, their tests neither.)
class RealClock final : public Clock {
 public:
  WallTime wall() override { return {}; }

  MonoTime now() override {
    return MonoTime(
        std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
  }

  Status sleep(Duration, const Call&) override { return ok(); }
};

class PosixProcessRunnerTest : public ::testing::Test {
 protected:
  Result<ProcessResult> sh(const std::string& script, const Call& call = {}) {
    return runner_.run({.argv = {"sh", "-c", script}}, call);
  }

  Call within(milliseconds left) {
    return {.deadline = Deadline::at(clock_.now() + left), .stop = {}};
  }

  RealClock clock_;
  PosixProcessRunner runner_{clock_};
  support::TempDir dir_;
};

pid_t pid_in(const std::string& path) {
  const std::string text = support::read_file(path);
  pid_t pid = 0;
  std::from_chars(text.data(), text.data() + text.size(), pid);
  return pid;
}

bool is_gone(pid_t pid) {
  // A process killed with its group may stay a zombie until init of this container takes it.
  if (::kill(pid, 0) != 0 && errno == ESRCH) {
    return true;
  }
  try {
    const std::string status = support::read_file("/proc/" + std::to_string(pid) + "/stat");
    return status.find(") Z") != std::string::npos;
  } catch (const std::exception&) {
    return true;
  }
}

TEST_F(PosixProcessRunnerTest, runs_in_the_directory) {
  const auto result = runner_.run({.argv = {"pwd", "-P"}, .directory = dir_.path()}, {});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->out, dir_.path() + "\n");
}

TEST_F(PosixProcessRunnerTest, a_missing_directory_is_not_a_missing_program) {
  const auto result = runner_.run({.argv = {"pwd"}, .directory = dir_ / "none"}, {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Code::not_found);
}

TEST_F(PosixProcessRunnerTest, a_file_that_is_no_program_is_forbidden) {
  support::write_file(dir_ / "data", "x");
  const auto result = runner_.run({.argv = {dir_ / "data"}}, {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Code::forbidden);
}

TEST_F(PosixProcessRunnerTest, the_environment_is_added_to_and_taken_from) {
  // NOLINTBEGIN(concurrency-mt-unsafe): no other thread is there
  ::setenv("SOUS_TEST_KEPT", "kept", 1);
  ::setenv("SOUS_TEST_GONE", "gone", 1);
  const auto result = runner_.run(
      {.argv = {"sh", "-c", "echo $SOUS_TEST_KEPT ${SOUS_TEST_GONE-none} $SOUS_TEST_NEW"},
       .environment = {{"SOUS_TEST_GONE", ""}, {"SOUS_TEST_NEW", "new"}}},
      {});
  ::unsetenv("SOUS_TEST_KEPT");
  ::unsetenv("SOUS_TEST_GONE");
  // NOLINTEND(concurrency-mt-unsafe)
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->out, "kept none new\n");
}

TEST_F(PosixProcessRunnerTest, no_descriptor_is_inherited) {
  const int leaked = ::open("/dev/null", O_RDONLY);  // NOLINT(android-cloexec-open): that is tested
  ASSERT_GE(leaked, 3);
  const auto result = sh("ls /proc/self/fd | wc -l");
  ::close(leaked);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->out, "4\n");  // the standard three, and the directory being listed
}

TEST_F(PosixProcessRunnerTest, signals_have_their_default_actions) {
  ::signal(SIGPIPE, SIG_IGN);
  const auto result = sh("kill -PIPE $$; echo survived");
  ::signal(SIGPIPE, SIG_DFL);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->exit_code, 128 + SIGPIPE);
}

TEST_F(PosixProcessRunnerTest, a_program_may_ignore_its_input) {
  const auto result = runner_.run({.argv = {"true"}, .input = std::string(1U << 20U, 'x')}, {});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->exit_code, 0);
}

TEST_F(PosixProcessRunnerTest, the_deadline_ends_the_whole_group) {
  const std::string pid_file = dir_ / "pid";
  const auto result =
      sh("sleep 1000 & echo $! > " + pid_file + "; wait", within(milliseconds(300)));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Code::timeout);
  const pid_t grandchild = pid_in(pid_file);
  ASSERT_GT(grandchild, 0);
  EXPECT_TRUE(support::await([&] { return is_gone(grandchild); }));
}

TEST_F(PosixProcessRunnerTest, who_ignores_sigterm_is_killed) {
  const auto start = clock_.now();
  const auto result = sh("trap '' TERM; while :; do sleep 1000; done", within(milliseconds(100)));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Code::timeout);
  EXPECT_GE(clock_.now() - start, std::chrono::seconds(2));
}

TEST_F(PosixProcessRunnerTest, a_stop_ends_a_running_program) {
  std::stop_source source;
  const std::string started = dir_ / "started";
  std::jthread stopper([&] {
    EXPECT_TRUE(support::await([&] { return ::access(started.c_str(), F_OK) == 0; }));
    source.request_stop();
  });
  const auto result = sh("touch " + started + "; exec sleep 1000",
                         {.deadline = Deadline::never(), .stop = source.get_token()});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Code::cancelled);
}

TEST_F(PosixProcessRunnerTest, endless_output_is_ended) {
  const auto result = runner_.run({.argv = {"yes"}, .max_output = 100'000}, {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Code::invalid_data);
}

TEST_F(PosixProcessRunnerTest, endless_lines_end_at_the_deadline) {
  std::uint64_t lines = 0;
  const auto result = runner_.run({.argv = {"yes"}, .on_line = [&](std::string_view) { ++lines; }},
                                  within(milliseconds(100)));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Code::timeout);
  EXPECT_GT(lines, 0U);
}

TEST_F(PosixProcessRunnerTest, a_line_without_end_is_handed_on_in_pieces) {
  std::size_t longest = 0;
  std::size_t total = 0;
  const auto result = runner_.run({.argv = {"cat"},
                                   .input = std::string(500'000, 'x'),
                                   .on_line =
                                       [&](std::string_view line) {
                                         longest = std::max(longest, line.size());
                                         total += line.size();
                                       }},
                                  {});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(total, 500'000U);
  EXPECT_LE(longest, 200'000U);
}

TEST_F(PosixProcessRunnerTest, a_child_left_behind_is_not_waited_for) {
  const std::string pid_file = dir_ / "pid";
  const auto result =
      sh("sleep 1000 & echo $! > " + pid_file + "; echo done", within(std::chrono::seconds(60)));
  ASSERT_TRUE(result.has_value()) << result.error().text();
  EXPECT_EQ(result->out, "done\n");
  ::kill(pid_in(pid_file), SIGKILL);
}

TEST_F(PosixProcessRunnerTest, big_outputs_of_both_kinds_do_not_block_each_other) {
  const auto result = sh("head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2; echo end");
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->out.size(), 1'000'004U);
  EXPECT_EQ(result->err.size(), 64U << 10U);
}

TEST_F(PosixProcessRunnerTest, a_program_cannot_wait_for_words_on_our_terminal) {
  // Fields 1, 5 and 6 of /proc/self/stat: a session of one's own has no terminal.
  const auto result = sh("read -r line < /proc/self/stat; set -- $line; echo $1 $5 $6");
  ASSERT_TRUE(result.has_value());
  const auto first = result->out.substr(0, result->out.find(' '));
  EXPECT_EQ(result->out, first + " " + first + " " + first + "\n");
}

TEST_F(PosixProcessRunnerTest, a_program_on_the_terminal_shares_our_session_and_output) {
  const std::string file = dir_ / "ids";
  const auto result = runner_.run(
      {.argv = {"sh", "-c", "read -r line < /proc/self/stat; set -- $line; echo $6 > " + file},
       .on_terminal = true},
      {});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->exit_code, 0);
  EXPECT_EQ(pid_in(file), ::getsid(0));
}

TEST_F(PosixProcessRunnerTest, a_program_on_the_terminal_is_ended_alone) {
  const auto result =
      runner_.run({.argv = {"sleep", "1000"}, .on_terminal = true}, within(milliseconds(20)));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Code::timeout);
}

}  // namespace
}  // namespace sous::process_posix
