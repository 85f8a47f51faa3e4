#include "support/sim.h"

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/points.h"

namespace sous::support {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// Three threads that meet at points and add to one list.
std::vector<std::string> arrivals(Simulation& sim) {
  std::vector<std::string> order;
  const Status status = sim.run([&] {
    std::vector<std::unique_ptr<Task>> tasks;
    for (const std::string name : {"a", "b", "c"}) {
      tasks.push_back(sim.executor().start(name, [&order, &sim, name](const std::stop_token&) {
        for (int i = 0; i < 5; ++i) {
          sim.point("step");
          order.push_back(name);
        }
      }));
    }
    for (auto& task : tasks) {
      task->join();
    }
  });
  EXPECT_TRUE(status.has_value()) << status.error().text();
  return order;
}

TEST(Simulation, the_same_seed_gives_the_same_trace) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Simulation first(seed);
    Simulation second(seed);
    EXPECT_EQ(arrivals(first), arrivals(second));
    EXPECT_EQ(first.trace(), second.trace());
    EXPECT_GT(first.points(), 15U);
  }
}

TEST(Simulation, other_seeds_give_other_interleavings) {
  std::set<std::vector<std::string>> seen;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Simulation sim(seed);
    seen.insert(arrivals(sim));
  }
  EXPECT_GT(seen.size(), 30U);
}

TEST(Simulation, finds_a_lost_update) {
  int lost = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Simulation sim(seed);
    int counter = 0;
    const auto add = [&](const std::stop_token&) {
      const int old = counter;
      sim.point("between read and write");
      counter = old + 1;
    };
    const Status status = sim.run([&] {
      auto a = sim.executor().start("a", add);
      auto b = sim.executor().start("b", add);
    });
    ASSERT_TRUE(status.has_value()) << status.error().text();
    lost += counter == 1 ? 1 : 0;
  }
  EXPECT_GT(lost, 0);
  EXPECT_LT(lost, 50);
}

TEST(Simulation, time_jumps_when_nobody_can_run) {
  Simulation sim(1);
  const Status status = sim.run([&] {
    const MonoTime start = sim.clock().now();
    const WallTime wall = sim.clock().wall();
    EXPECT_TRUE(sim.clock().sleep(hours(1000), {}).has_value());
    EXPECT_GE(sim.clock().now() - start, hours(1000));
    EXPECT_GE(sim.clock().wall() - wall, hours(1000));
    EXPECT_LT(sim.clock().now() - start, hours(1001));
  });
  EXPECT_TRUE(status.has_value());
}

TEST(Simulation, sleepers_wake_in_the_order_of_their_times) {
  for_each_seed(20, [](Simulation& sim) {
    std::vector<int> order;
    const Status status = sim.run([&] {
      std::vector<std::unique_ptr<Task>> tasks;
      for (const int n : {3, 1, 2}) {
        tasks.push_back(sim.executor().start("sleeper", [&, n](const std::stop_token&) {
          EXPECT_TRUE(sim.clock().sleep(hours(n), {}).has_value());
          order.push_back(n);
        }));
      }
      for (auto& task : tasks) {
        task->join();
      }
    });
    EXPECT_TRUE(status.has_value());
    EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
  });
}

// The waiter looks, and only then begins to wait for a signal made too late: a lost wake-up.
Status run_with_lost_wake_up(Simulation& sim) {
  bool ready = false;
  std::unique_ptr<Signal> signal;
  return sim.run([&] {
    auto waiter = sim.executor().start("waiter", [&](const std::stop_token&) {
      if (!ready) {
        sim.point("looked");
        signal = sim.executor().make_signal();
        (void)signal->wait({});
      }
    });
    auto maker = sim.executor().start("maker", [&](const std::stop_token&) {
      ready = true;
      if (signal) {
        signal->notify();
      }
    });
    waiter->join();
  });
}

TEST(Simulation, detects_a_lost_wake_up_and_names_each_thread) {
  int detected = 0;
  int survived = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Simulation sim(seed);
    const Status status = run_with_lost_wake_up(sim);
    if (status.has_value()) {
      ++survived;
      continue;
    }
    ++detected;
    EXPECT_EQ(status.error().code(), Code::failed);
    const std::string text = status.error().text();
    EXPECT_NE(text.find("waiter: waits for a signal"), std::string::npos) << text;
    EXPECT_NE(text.find("main: waits for the end of waiter"), std::string::npos) << text;
  }
  EXPECT_GT(detected, 0);
  EXPECT_GT(survived, 0);
}

TEST(Simulation, detects_a_run_that_never_ends) {
  Simulation sim(1, {.max_points = 1000});
  const Status status = sim.run([&] {
    auto spinner = sim.executor().start("spinner", [&](const std::stop_token&) {
      while (true) {
        sim.point("spin");
      }
    });
    spinner->join();
  });
  ASSERT_FALSE(status.has_value());
  EXPECT_NE(status.error().text().find("1000 points"), std::string::npos);
}

TEST(Simulation, an_exception_that_leaves_a_thread_fails_the_run) {
  Simulation sim(1);
  const Status status = sim.run([&] {
    auto task = sim.executor().start(
        "thrower", [](const std::stop_token&) { throw std::runtime_error("boom"); });
    task->join();
  });
  ASSERT_FALSE(status.has_value());
  EXPECT_NE(status.error().text().find("thrower ended by an exception: boom"), std::string::npos);
}

TEST(Simulation, loses_calls_before_and_after_their_effect) {
  std::set<Code> codes;
  bool fine = false;
  bool effect_of_the_lost = false;
  bool no_effect_of_the_lost = true;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Simulation sim(seed);
    sim.lose_answers("store.", 0.5);
    sim.lose_answers("store.safe", 0);
    const Status status = sim.run([&] {
      int written = 0;
      const auto write = [&]() -> Status {
        ++written;
        return ok();
      };
      EXPECT_TRUE(at_point(sim, "store.safe", Effect::changes, write).has_value());
      written = 0;
      const Status result = at_point(sim, "store.write", Effect::changes, write);
      if (result.has_value()) {
        fine = true;
        EXPECT_EQ(written, 1);
        return;
      }
      codes.insert(result.error().code());
      if (result.error().code() == Code::unverified) {
        effect_of_the_lost = written == 1;
      } else {
        no_effect_of_the_lost = no_effect_of_the_lost && written == 0;
      }
    });
    EXPECT_TRUE(status.has_value());
  }
  EXPECT_TRUE(fine);
  EXPECT_EQ(codes, (std::set<Code>{Code::unverified, Code::unavailable}));
  EXPECT_TRUE(effect_of_the_lost);
  EXPECT_TRUE(no_effect_of_the_lost);
}

TEST(Simulation, nothing_is_lost_after_healing) {
  Simulation sim(1);
  sim.lose_answers("", 1.0);
  EXPECT_TRUE(sim.run([&] {
                   EXPECT_NE(sim.reach("x"), Fate::done);
                   sim.heal();
                   EXPECT_EQ(sim.reach("x"), Fate::done);
                 })
                  .has_value());
}

TEST(Simulation, a_skewed_clock_shows_another_wall_time_and_the_same_monotonic_time) {
  Simulation sim(1);
  const auto ahead = sim.skewed_clock(hours(3));
  EXPECT_EQ(ahead->wall() - sim.clock().wall(), hours(3));
  EXPECT_EQ(ahead->now(), sim.clock().now());
}

TEST(Simulation, random_numbers_depend_on_the_seed_alone) {
  Simulation a(7);
  Simulation b(7);
  Simulation c(8);
  const auto first = a.rng().next();
  EXPECT_EQ(first, b.rng().next());
  EXPECT_NE(first, c.rng().next());
  EXPECT_NE(first, a.rng().next());
}

// A stop that is passed on to another task, whose owner ends the passing-on: without care the one
// would wait for the callback, and the callback for its turn.
TEST(Simulation, a_stop_is_passed_on_without_hanging) {
  for_each_seed(50, [](Simulation& sim) {
    const Status status = sim.run([&] {
      auto outer = sim.executor().start("outer", [&](const std::stop_token& stop) {
        auto signal = sim.executor().make_signal();
        auto inner = sim.executor().start("inner", [&](const std::stop_token& inner_stop) {
          (void)signal->wait({.deadline = Deadline::never(), .stop = inner_stop});
        });
        const std::stop_callback pass_on(stop, [&] {
          signal->notify();
          inner->request_stop();
        });
        inner->join();
      });
      sim.point("let it begin");
      outer->request_stop();
      outer->join();
    });
    EXPECT_TRUE(status.has_value()) << status.error().text();
  });
}

TEST(Simulation, works_outside_of_a_run_without_scheduling) {
  Simulation sim(1);
  sim.point("before");
  const MonoTime start = sim.clock().now();
  EXPECT_TRUE(sim.clock().sleep(milliseconds(5), {}).has_value());
  EXPECT_EQ(sim.clock().now() - start, milliseconds(5));
  auto signal = sim.executor().make_signal();
  signal->notify();
  EXPECT_EQ(signal->wait({}), Signal::Woken::notified);
}

}  // namespace
}  // namespace sous::support
