// What every ProcessRunner keeps: posix_spawn's, and the scripted fake.

#include "adapters/process_posix/process_runner.h"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/system_posix/clock.h"
#include "support/fake_clock.h"
#include "support/fake_process_runner.h"

namespace sous {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class World {
 public:
  virtual ~World() = default;

  virtual Clock& clock() = 0;
  virtual ProcessRunner& runner() = 0;
};

class SystemWorld final : public World {
 public:
  Clock& clock() override { return clock_; }

  ProcessRunner& runner() override { return runner_; }

 private:
  system_posix::SystemClock clock_;
  process_posix::PosixProcessRunner runner_{clock_};
};

// The few programs the suite runs, as functions.
class FakeWorld final : public World {
 public:
  FakeWorld() {
    runner_.script({"printf", "%s"}, [](const ProcessSpec& spec, const Call&) {
      return Result<ProcessResult>({0, spec.argv[2], ""});
    });
    runner_.script({"cat"}, [](const ProcessSpec& spec, const Call&) {
      return Result<ProcessResult>({0, spec.input, ""});
    });
    runner_.answer({"false"}, {1, "", ""});
    runner_.answer({"sh", "-c", "echo out; echo err >&2; exit 7"}, {7, "out\n", "err\n"});
    runner_.answer({"sh", "-c", "kill -9 $$"}, {137, "", ""});
    runner_.hang({"sleep"});
  }

  Clock& clock() override { return clock_; }

  ProcessRunner& runner() override { return runner_; }

 private:
  support::FakeClock clock_;
  support::FakeProcessRunner runner_{clock_};
};

struct Factory {
  std::string name;
  std::function<std::unique_ptr<World>()> make;
};

void PrintTo(const Factory& factory, std::ostream* out) { *out << factory.name; }

class ProcessRunnerContract : public ::testing::TestWithParam<Factory> {
 protected:
  Result<ProcessResult> run(ProcessSpec spec, const Call& call = {}) {
    return world_->runner().run(spec, call);
  }

  Code failure(ProcessSpec spec, const Call& call = {}) {
    const auto result = run(std::move(spec), call);
    EXPECT_FALSE(result.has_value());
    return result.has_value() ? Code::internal : result.error().code();
  }

  Clock& clock() { return world_->clock(); }

 private:
  std::unique_ptr<World> world_ = GetParam().make();
};

TEST_P(ProcessRunnerContract, gives_output_and_exit_code) {
  const auto result = run({.argv = {"sh", "-c", "echo out; echo err >&2; exit 7"}});
  ASSERT_TRUE(result.has_value()) << result.error().text();
  EXPECT_EQ(result->exit_code, 7);
  EXPECT_EQ(result->out, "out\n");
  EXPECT_EQ(result->err, "err\n");
}

TEST_P(ProcessRunnerContract, arguments_are_not_words_of_a_shell) {
  const std::string odd = "$HOME `id` \"x y\" ; * \n 'z'";
  const auto result = run({.argv = {"printf", "%s", odd}});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->out, odd);
}

TEST_P(ProcessRunnerContract, a_signal_counts_as_128_and_its_number) {
  const auto result = run({.argv = {"sh", "-c", "kill -9 $$"}});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->exit_code, 137);
}

TEST_P(ProcessRunnerContract, failing_is_no_failure_of_the_port) {
  const auto result = run({.argv = {"false"}});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->exit_code, 1);
}

TEST_P(ProcessRunnerContract, input_of_any_size_and_bytes_arrives) {
  for (const std::size_t size : {0UL, 1UL, 70'000UL, 3'000'000UL}) {
    std::string input(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
      input[i] = static_cast<char>(i * 7 % 256);
    }
    const auto result = run({.argv = {"cat"}, .input = input});
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->out, input);
  }
}

TEST_P(ProcessRunnerContract, a_program_that_does_not_exist_is_unavailable) {
  EXPECT_EQ(failure({.argv = {"sous-no-such-program"}}), Code::unavailable);
}

TEST_P(ProcessRunnerContract, no_program_is_invalid) {
  EXPECT_EQ(failure({.argv = {}}), Code::invalid_data);
}

TEST_P(ProcessRunnerContract, more_output_than_allowed_fails) {
  EXPECT_EQ(failure({.argv = {"cat"}, .input = std::string(1001, 'x'), .max_output = 1000}),
            Code::invalid_data);
  EXPECT_TRUE(run({.argv = {"cat"}, .input = std::string(1000, 'x'), .max_output = 1000}));
}

TEST_P(ProcessRunnerContract, the_last_bytes_of_errors_are_kept) {
  const auto result =
      run({.argv = {"sh", "-c", "echo out; echo err >&2; exit 7"}, .kept_errors = 3});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->err, "rr\n");
}

TEST_P(ProcessRunnerContract, lines_are_handed_on_instead_of_collected) {
  std::vector<std::string> lines;
  const auto result =
      run({.argv = {"cat"}, .input = "one\n\nthree", .on_line = [&](std::string_view line) {
             lines.emplace_back(line);
           }});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "", "three"}));
  EXPECT_EQ(result->out, "");
}

TEST_P(ProcessRunnerContract, the_deadline_ends_it_with_timeout) {
  EXPECT_EQ(failure({.argv = {"sleep", "1000"}},
                    {.deadline = Deadline::at(clock().now() + milliseconds(20)), .stop = {}}),
            Code::timeout);
  EXPECT_EQ(failure({.argv = {"false"}}, {.deadline = Deadline::at(clock().now()), .stop = {}}),
            Code::timeout);
  EXPECT_TRUE(
      run({.argv = {"false"}}, {.deadline = Deadline::at(clock().now() + hours(1)), .stop = {}}));
}

TEST_P(ProcessRunnerContract, a_stop_before_the_run_cancels_it) {
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(failure({.argv = {"sleep", "1000"}},
                    {.deadline = Deadline::never(), .stop = source.get_token()}),
            Code::cancelled);
}

TEST_P(ProcessRunnerContract, several_threads_run_programs_at_once) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this, i] {
      for (int round = 0; round < 5; ++round) {
        const std::string text = std::to_string(i * 100 + round);
        const auto result = run({.argv = {"printf", "%s", text}});
        ASSERT_TRUE(result.has_value());
        EXPECT_EQ(result->out, text);
      }
    });
  }
}

INSTANTIATE_TEST_SUITE_P(
    all,
    ProcessRunnerContract,
    ::testing::Values(Factory{"posix", [] { return std::make_unique<SystemWorld>(); }},
                      Factory{"fake", [] { return std::make_unique<FakeWorld>(); }}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace sous
