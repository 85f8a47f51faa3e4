// What every Clock and Executor keeps: the system's, and the simulation's.

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "adapters/system_posix/clock.h"
#include "adapters/system_posix/executor.h"
#include "support/await.h"
#include "support/fake_clock.h"
#include "support/fake_event_sink.h"
#include "support/sim.h"

namespace sous {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class World {
 public:
  virtual ~World() = default;

  virtual Clock& clock() = 0;
  virtual Executor& executor() = 0;
  // Runs a test's body where the two may be used.
  virtual void run(const std::function<void()>& body) = 0;
};

class SystemWorld final : public World {
 public:
  Clock& clock() override { return clock_; }

  Executor& executor() override { return executor_; }

  void run(const std::function<void()>& body) override { body(); }

 private:
  system_posix::SystemClock clock_;
  support::FakeEventSink events_;
  system_posix::ThreadExecutor executor_{events_};
};

class SimWorld final : public World {
 public:
  Clock& clock() override { return sim_.clock(); }

  Executor& executor() override { return sim_.executor(); }

  void run(const std::function<void()>& body) override {
    const Status status = sim_.run(body);
    EXPECT_TRUE(status.has_value()) << status.error().text();
  }

 private:
  support::Simulation sim_{1};
};

struct Factory {
  std::string name;
  std::function<std::unique_ptr<World>()> make;
};

void PrintTo(const Factory& factory, std::ostream* out) { *out << factory.name; }

class ClockExecutorContract : public ::testing::TestWithParam<Factory> {
 protected:
  void run(const std::function<void()>& body) { world_->run(body); }

  Clock& clock() { return world_->clock(); }

  Executor& executor() { return world_->executor(); }

  Call until(Duration left) { return {.deadline = Deadline::at(clock().now() + left), .stop = {}}; }

 private:
  std::unique_ptr<World> world_ = GetParam().make();
};

TEST_P(ClockExecutorContract, time_never_goes_back) {
  run([&] {
    const MonoTime first = clock().now();
    const MonoTime second = clock().now();
    EXPECT_GE(second, first);
    EXPECT_GT(clock().wall(), WallTime(std::chrono::days(365 * 50)));
  });
}

TEST_P(ClockExecutorContract, a_sleep_takes_its_time) {
  run([&] {
    const MonoTime start = clock().now();
    EXPECT_TRUE(clock().sleep(milliseconds(3), {}).has_value());
    EXPECT_GE(clock().now() - start, milliseconds(3));
  });
}

TEST_P(ClockExecutorContract, a_sleep_ends_at_the_deadline_with_timeout) {
  run([&] {
    const Status status = clock().sleep(hours(10), until(milliseconds(3)));
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code(), Code::timeout);
  });
}

TEST_P(ClockExecutorContract, a_sleep_shorter_than_the_deadline_succeeds) {
  run([&] { EXPECT_TRUE(clock().sleep(milliseconds(1), until(hours(1))).has_value()); });
}

TEST_P(ClockExecutorContract, a_stop_ends_a_sleep_with_cancelled) {
  run([&] {
    Status status = ok();
    auto task = executor().start("sleeper", [&](const std::stop_token& stop) {
      status = clock().sleep(hours(10), {.deadline = Deadline::never(), .stop = stop});
    });
    task->request_stop();
    task->join();
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code(), Code::cancelled);
  });
}

TEST_P(ClockExecutorContract, join_waits_for_the_end_of_the_body) {
  run([&] {
    bool done = false;
    auto task = executor().start("worker", [&](const std::stop_token&) {
      EXPECT_TRUE(clock().sleep(milliseconds(2), {}).has_value());
      done = true;
    });
    task->join();
    EXPECT_TRUE(done);
    task->join();  // once more is nothing
  });
}

TEST_P(ClockExecutorContract, the_end_of_a_task_object_stops_and_joins) {
  run([&] {
    bool stopped = false;
    {
      auto task = executor().start("worker", [&](const std::stop_token& stop) {
        (void)clock().sleep(hours(10), {.deadline = Deadline::never(), .stop = stop});
        stopped = stop.stop_requested();
      });
    }
    EXPECT_TRUE(stopped);
  });
}

TEST_P(ClockExecutorContract, a_notification_before_the_wait_is_not_lost) {
  run([&] {
    auto signal = executor().make_signal();
    signal->notify();
    signal->notify();
    EXPECT_EQ(signal->wait(until(hours(1))), Signal::Woken::notified);
    // Two count as one.
    EXPECT_EQ(signal->wait(until(milliseconds(2))), Signal::Woken::deadline);
  });
}

TEST_P(ClockExecutorContract, a_notification_wakes_the_waiter) {
  run([&] {
    auto signal = executor().make_signal();
    auto answer = executor().make_signal();
    Signal::Woken woken = Signal::Woken::deadline;
    auto task = executor().start("waiter", [&](const std::stop_token& stop) {
      woken = signal->wait({.deadline = Deadline::never(), .stop = stop});
      answer->notify();
    });
    signal->notify();
    EXPECT_EQ(answer->wait({}), Signal::Woken::notified);
    task->join();
    EXPECT_EQ(woken, Signal::Woken::notified);
  });
}

TEST_P(ClockExecutorContract, a_stop_wakes_the_waiter) {
  run([&] {
    auto signal = executor().make_signal();
    Signal::Woken woken = Signal::Woken::deadline;
    auto task = executor().start("waiter", [&](const std::stop_token& stop) {
      woken = signal->wait({.deadline = Deadline::never(), .stop = stop});
    });
    task->request_stop();
    task->join();
    EXPECT_EQ(woken, Signal::Woken::stopped);
  });
}

TEST_P(ClockExecutorContract, many_tasks_pass_a_signal_around) {
  run([&] {
    constexpr int kRounds = 20;
    auto ping = executor().make_signal();
    auto pong = executor().make_signal();
    int count = 0;  // handed over with the signals
    auto task = executor().start("ponger", [&](const std::stop_token&) {
      for (int i = 0; i < kRounds; ++i) {
        ASSERT_EQ(ping->wait({}), Signal::Woken::notified);
        ++count;
        pong->notify();
      }
    });
    for (int i = 0; i < kRounds; ++i) {
      ping->notify();
      ASSERT_EQ(pong->wait({}), Signal::Woken::notified);
      EXPECT_EQ(count, i + 1);
    }
    task->join();
  });
}

INSTANTIATE_TEST_SUITE_P(
    all,
    ClockExecutorContract,
    ::testing::Values(Factory{"system", [] { return std::make_unique<SystemWorld>(); }},
                      Factory{"simulation", [] { return std::make_unique<SimWorld>(); }}),
    [](const auto& instance) { return instance.param.name; });

TEST(ThreadExecutor, an_exception_ends_the_task_and_is_told) {
  support::FakeEventSink events;
  system_posix::ThreadExecutor executor(events);
  auto task =
      executor.start("thrower", [](const std::stop_token&) { throw std::runtime_error("boom"); });
  task->join();
  auto other = executor.start("other", [](const std::stop_token&) { throw 1; });
  other->join();
  ASSERT_EQ(events.count("task.failed"), 2U);
  EXPECT_NE(events.events()[0].text.find("thrower"), std::string::npos);
  EXPECT_NE(events.events()[0].text.find("boom"), std::string::npos);
}

TEST(FakeClock, time_moves_only_when_told_or_slept) {
  support::FakeClock clock;
  const MonoTime start = clock.now();
  EXPECT_EQ(clock.now(), start);
  EXPECT_TRUE(clock.sleep(hours(2), {}).has_value());
  EXPECT_EQ(clock.now() - start, hours(2));
  const Status late =
      clock.sleep(hours(2), {.deadline = Deadline::at(clock.now() + hours(1)), .stop = {}});
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code(), Code::timeout);
  EXPECT_EQ(clock.now() - start, hours(3));
  std::stop_source source;
  source.request_stop();
  const Status stopped =
      clock.sleep(hours(2), {.deadline = Deadline::never(), .stop = source.get_token()});
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code(), Code::cancelled);
}

}  // namespace
}  // namespace sous
