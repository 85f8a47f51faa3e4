#include "support/sim.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "base/text.h"
#include "support/sim_scheduler.h"

namespace sous::support {
namespace {

using sim_detail::Scheduler;
using sim_detail::Thread;

class SimTask final : public Task {
 public:
  SimTask(Scheduler& scheduler, std::string name, Executor::Body body)
      : scheduler_(scheduler), self_(scheduler.add(std::move(name))) {
    thread_ =
        std::thread([&scheduler, self = self_, stop = stop_.get_token(), body = std::move(body)] {
          scheduler.live(self, [&] { body(stop); });
        });
  }

  ~SimTask() override {
    request_stop();
    wait_for_end(false);
  }

  void request_stop() override {
    const sim_detail::StayScope stay;
    stop_.request_stop();
  }

  void join() override { wait_for_end(true); }

 private:
  void wait_for_end(bool may_throw) {
    if (!thread_.joinable()) {
      return;
    }
    scheduler_.block("task.join",
                     {.state = "waits for the end of " + self_->name,
                      .until = [this] { return self_->ended; },
                      .may_throw = may_throw});
    thread_.join();
  }

  Scheduler& scheduler_;
  std::shared_ptr<Thread> self_;
  std::stop_source stop_;
  std::thread thread_;
};

class SimSignal final : public Signal {
 public:
  explicit SimSignal(Scheduler& scheduler) : scheduler_(scheduler) {}

  void notify() override {
    notified_.store(true);
    scheduler_.block("signal.notify", {.state = "can run", .may_throw = false});
  }

  Woken wait(const Call& call) override {
    scheduler_.block(
        "signal.wait",
        {.state = "waits for a signal",
         .until = [this, &call] { return notified_.load() || call.stop.stop_requested(); },
         .deadline = call.deadline.time()});
    if (notified_.exchange(false)) {
      return Woken::notified;
    }
    return call.stop.stop_requested() ? Woken::stopped : Woken::deadline;
  }

 private:
  Scheduler& scheduler_;
  std::atomic<bool> notified_ = false;
};

class SimExecutor final : public Executor {
 public:
  explicit SimExecutor(Scheduler& scheduler) : scheduler_(scheduler) {}

  std::unique_ptr<Task> start(std::string name, Body body) override {
    auto task = std::make_unique<SimTask>(scheduler_, std::move(name), std::move(body));
    (void)scheduler_.reach("executor.start");
    return task;
  }

  std::unique_ptr<Signal> make_signal() override { return std::make_unique<SimSignal>(scheduler_); }

 private:
  Scheduler& scheduler_;
};

class SimClock final : public Clock {
 public:
  SimClock(Scheduler& scheduler, WallTime starts_at)
      : scheduler_(scheduler), start_(scheduler.now()), starts_at_(starts_at) {}

  WallTime wall() override { return starts_at_ + (scheduler_.now() - start_); }

  MonoTime now() override { return scheduler_.now(); }

  Status sleep(Duration duration, const Call& call) override {
    const MonoTime end = scheduler_.now() + duration;
    const auto limit = call.deadline.time();
    scheduler_.block("clock.sleep",
                     {.state = "sleeps",
                      .until = [&call] { return call.stop.stop_requested(); },
                      .deadline = call.deadline.trimmed(end).time()});
    if (call.stop.stop_requested()) {
      return Error(Code::cancelled, "a wait was cancelled");
    }
    if (limit && *limit < end) {
      return Error(Code::timeout, "the time for a wait was over");
    }
    return ok();
  }

 private:
  Scheduler& scheduler_;
  MonoTime start_;
  WallTime starts_at_;
};

class SimRng final : public Rng {
 public:
  explicit SimRng(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t next() override {
    const std::lock_guard lock(mutex_);
    return engine_();
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace

Simulation::Simulation(std::uint64_t seed) : Simulation(seed, Options{}) {}

Simulation::Simulation(std::uint64_t seed, const Options& options)
    : seed_(seed),
      scheduler_(std::make_unique<Scheduler>(seed, options)),
      executor_(std::make_unique<SimExecutor>(*scheduler_)),
      clock_(std::make_unique<SimClock>(*scheduler_, options.starts_at)),
      rng_(std::make_unique<SimRng>(~seed)) {}

Simulation::~Simulation() = default;

Executor& Simulation::executor() { return *executor_; }

Clock& Simulation::clock() { return *clock_; }

Rng& Simulation::rng() { return *rng_; }

std::unique_ptr<Clock> Simulation::skewed_clock(Duration skew) {
  return std::make_unique<SimClock>(*scheduler_, clock_->wall() + skew);
}

void Simulation::lose_answers(std::string prefix, double probability) {
  scheduler_->lose_answers(std::move(prefix), probability);
}

void Simulation::heal() { scheduler_->heal(); }

Status Simulation::run(const std::function<void()>& body) { return scheduler_->run(body); }

Fate Simulation::reach(std::string_view point) { return scheduler_->reach(point); }

std::string Simulation::trace() const { return scheduler_->trace(); }

std::uint64_t Simulation::points() const { return scheduler_->points(); }

void for_each_seed(std::uint64_t count,
                   const std::function<void(Simulation&)>& body,
                   const Simulation::Options& options) {
  std::uint64_t first = 1;
  std::uint64_t last = count;
  const char* only = std::getenv("SOUS_SIM_SEED");  // NOLINT(concurrency-mt-unsafe)
  if (only != nullptr) {
    first = last = parse_uint(only).value_or(1);
  }
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    Simulation sim(seed, options);
    SCOPED_TRACE("replay with SOUS_SIM_SEED=" + std::to_string(seed));
    body(sim);
    if (only != nullptr) {
      (void)std::fputs(sim.trace().c_str(), stdout);
    }
    if (::testing::Test::HasFailure()) {
      return;
    }
  }
}

}  // namespace sous::support
