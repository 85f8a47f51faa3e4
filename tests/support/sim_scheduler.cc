#include "support/sim_scheduler.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>

namespace sous::support::sim_detail {
namespace {

// The logical thread that this real thread is; of whichever simulation it belongs to.
thread_local std::shared_ptr<Thread> current_thread;

thread_local int stay_depth = 0;

constexpr std::size_t kTraceTail = 40;
constexpr auto kLongestTurn = std::chrono::minutes(1);
constexpr std::uint64_t kPercent = 100;

[[noreturn]] void die(const std::string& why) {
  (void)std::fprintf(stderr, "simulation: %s\n", why.c_str());
  std::abort();
}

}  // namespace

StayScope::StayScope() { ++stay_depth; }

StayScope::~StayScope() { --stay_depth; }

Scheduler::Scheduler(std::uint64_t seed, const Simulation::Options& options)
    : options_(options), choices_(seed), fates_(seed ^ 0x9e3779b97f4a7c15ULL) {
  // Some bugs need a switch at every point, others a thread that runs far ahead.
  constexpr std::array<std::uint64_t, 3> kStay{0, 50, 90};
  stay_percent_ = kStay[choices_() % kStay.size()];
}

std::shared_ptr<Thread> Scheduler::add(std::string name) {
  const Lock lock(mutex_);
  auto thread = std::make_shared<Thread>();
  thread->number = names_.size();
  thread->name = name;
  thread->state = "not begun";
  names_.push_back(std::move(name));
  threads_.push_back(thread);
  return thread;
}

Status Scheduler::run(const std::function<void()>& body) {
  auto self = add("main");
  {
    const Lock lock(mutex_);
    running_ = self;
  }
  current_thread = self;
  const auto alone = [this] { return threads_.size() == 1; };
  try {
    body();
    block("end of main", {.state = "waits for all other threads", .until = alone});
  } catch (const Aborted&) {  // NOLINT(bugprone-empty-catch): failure_ says why
  } catch (const std::exception& e) {
    fail_by_exception(*self, e.what());
  }
  // After a failure the others end by an exception, each at its next turn.
  block("end of main",
        {.state = "waits for all other threads", .until = alone, .may_throw = false});
  const Lock lock(mutex_);
  current_thread.reset();
  running_.reset();
  threads_.clear();
  if (failure_) {
    return Error(Code::failed, *failure_);
  }
  return ok();
}

void Scheduler::live(const std::shared_ptr<Thread>& self, const std::function<void()>& body) {
  current_thread = self;
  {
    Lock lock(mutex_);
    wait_for_baton(lock, self);
  }
  try {
    body();
  } catch (const Aborted&) {  // NOLINT(bugprone-empty-catch): failure_ says why
  } catch (const std::exception& e) {
    fail_by_exception(*self, e.what());
  }
  Lock lock(mutex_);
  note(*self, "ended");
  self->ended = true;
  std::erase(threads_, self);
  hand_over(lock, self);
  current_thread.reset();
}

Fate Scheduler::reach(std::string_view point) {
  block(point, {.state = "can run"});
  const Lock lock(mutex_);
  const Fate fate = current_thread ? fate_of(point) : Fate::done;
  if (fate != Fate::done) {
    note(*current_thread, point, fate == Fate::lost_before ? " (lost)" : " (answer lost)");
  }
  return fate;
}

void Scheduler::block(std::string_view point, Wait wait) {
  const std::shared_ptr<Thread> self = current_thread;
  if (!self) {
    wait_outside(wait);
    return;
  }
  Lock lock(mutex_);
  if (stay_depth > 0 && !wait.until) {
    note(*self, point);
    return;
  }
  const bool throws = wait.may_throw && std::uncaught_exceptions() == 0;
  if (!failure_) {
    note(*self, point);
    if (trace_.size() > options_.max_points) {
      fail("did not end within " + std::to_string(options_.max_points) + " points");
    }
  }
  if (failure_ && ++blocks_after_failure_ > options_.max_points) {
    die("after a failure a thread does not end: " + *failure_);
  }
  self->can_run = std::move(wait.until);
  self->wakes_at = wait.deadline;
  self->state = std::move(wait.state) + " (" + std::string(point) + ")";
  self->ends_at_abort = throws;
  hand_over(lock, self);
  self->can_run = nullptr;
  self->wakes_at.reset();
  self->state = "runs";
  if (failure_ && throws) {
    throw Aborted{};
  }
}

// Before and after a run nobody else exists: a wait is over at once, or at its deadline.
void Scheduler::wait_outside(const Wait& wait) {
  const Lock lock(mutex_);
  if (!wait.until || wait.until()) {
    return;
  }
  if (!wait.deadline) {
    die("a wait outside of run() that nothing can end: " + wait.state);
  }
  now_ = std::max(now_, *wait.deadline);
}

void Scheduler::note(const Thread& self, std::string_view point, std::string_view suffix) {
  std::string text(point);
  text += suffix;
  trace_.push_back({now_, self.number, std::move(text)});
  const auto longest = static_cast<std::uint64_t>(options_.longest_point.count());
  now_ += Duration(static_cast<std::int64_t>(choices_() % (longest + 1)));
}

void Scheduler::hand_over(Lock& lock, const std::shared_ptr<Thread>& self) {
  const std::shared_ptr<Thread> next = pick(self);
  running_ = next;
  if (next == self) {
    return;
  }
  if (next) {
    next->baton.notify_one();
  }
  if (!self->ended) {
    wait_for_baton(lock, self);
  }
}

void Scheduler::wait_for_baton(Lock& lock, const std::shared_ptr<Thread>& self) {
  const auto mine = [&] { return running_ == self; };
  while (!mine()) {
    const std::size_t points_before = trace_.size();
    if (!self->baton.wait_for(lock, kLongestTurn, mine) && trace_.size() == points_before) {
      die((running_ ? running_->name : "nobody") +
          " has the baton and waits outside of the simulation (a mutex held over a port call?)");
    }
  }
}

std::shared_ptr<Thread> Scheduler::pick(const std::shared_ptr<Thread>& self) {
  if (threads_.empty()) {
    return nullptr;
  }
  auto ready = runnable();
  while (ready.empty()) {
    if (!jump_to_earliest()) {
      if (failure_) {
        die("after a failure the threads cannot be ended: " + *failure_);
      }
      fail("all threads wait for ever");
    }
    ready = runnable();
  }
  if (choices_() % kPercent < stay_percent_ && std::ranges::find(ready, self) != ready.end()) {
    return self;
  }
  return ready[choices_() % ready.size()];
}

std::vector<std::shared_ptr<Thread>> Scheduler::runnable() const {
  std::vector<std::shared_ptr<Thread>> ready;
  std::ranges::copy_if(
      threads_, std::back_inserter(ready), [this](const auto& t) { return can_run(*t); });
  return ready;
}

bool Scheduler::can_run(const Thread& thread) const {
  if (failure_ && thread.ends_at_abort) {
    return true;
  }
  return !thread.can_run || (thread.wakes_at && *thread.wakes_at <= now_) || thread.can_run();
}

bool Scheduler::jump_to_earliest() {
  std::optional<MonoTime> earliest;
  for (const auto& thread : threads_) {
    if (thread->wakes_at && (!earliest || *thread->wakes_at < *earliest)) {
      earliest = thread->wakes_at;
    }
  }
  if (!earliest) {
    return false;
  }
  now_ = std::max(now_, *earliest);
  return true;
}

void Scheduler::fail(std::string why) {
  std::string report = std::move(why);
  for (const auto& thread : threads_) {
    report += "\n  " + thread->name + ": " + thread->state;
  }
  report += "\nthe last points:";
  const std::size_t first = trace_.size() > kTraceTail ? trace_.size() - kTraceTail : 0;
  for (std::size_t i = first; i < trace_.size(); ++i) {
    report += "\n  " + names_[trace_[i].thread] + ": " + trace_[i].point;
  }
  failure_ = std::move(report);
}

void Scheduler::fail_by_exception(const Thread& self, const std::string& what) {
  const Lock lock(mutex_);
  if (!failure_) {
    fail(self.name + " ended by an exception: " + what);
  }
}

Fate Scheduler::fate_of(std::string_view point) {
  double probability = 0;
  std::size_t longest = 0;
  for (const auto& [prefix, p] : losses_) {
    if (point.starts_with(prefix) && prefix.size() >= longest) {
      longest = prefix.size();
      probability = p;
    }
  }
  if (probability <= 0 || std::generate_canonical<double, 53>(fates_) >= probability) {
    return Fate::done;
  }
  return fates_() % 2 == 0 ? Fate::lost_before : Fate::lost_after;
}

MonoTime Scheduler::now() const {
  const Lock lock(mutex_);
  return now_;
}

void Scheduler::lose_answers(std::string prefix, double probability) {
  const Lock lock(mutex_);
  losses_[std::move(prefix)] = probability;
}

void Scheduler::heal() {
  const Lock lock(mutex_);
  losses_.clear();
}

std::string Scheduler::trace() const {
  const Lock lock(mutex_);
  std::string out;
  for (std::size_t i = 0; i < trace_.size(); ++i) {
    const auto& entry = trace_[i];
    out += std::to_string(i) + " " + std::to_string(entry.at.time_since_epoch().count()) + "us " +
           names_[entry.thread] + "#" + std::to_string(entry.thread) + " " + entry.point + "\n";
  }
  return out;
}

std::uint64_t Scheduler::points() const {
  const Lock lock(mutex_);
  return trace_.size();
}

}  // namespace sous::support::sim_detail
