#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/sim.h"

namespace sous::support::sim_detail {

/// Thrown out of every wait once a run has failed. Not a std::exception, so that only the entry of
/// a thread takes it.
struct Aborted {};

/// One logical thread. All members are guarded by the scheduler's mutex.
struct Thread {
  std::size_t number = 0;
  std::string name;
  std::function<bool()> can_run;     // empty: always
  std::optional<MonoTime> wakes_at;  // can run from then on in any case
  bool ends_at_abort = true;         // its wait may be left by an exception
  std::string state;                 // for the report
  bool ended = false;
  std::condition_variable baton;
};

/// What a thread waits for.
struct Wait {
  std::string state;
  std::function<bool()> until = {};  // empty: nothing, only others may go first
  std::optional<MonoTime> deadline = std::nullopt;
  bool may_throw = true;
};

/// While one exists, its thread hands the baton on only where it has to wait. Inside the callbacks
/// of a stop request a switch could hang: whoever ends a callback waits for it without the baton.
class StayScope {
 public:
  StayScope();
  ~StayScope();
  StayScope(const StayScope&) = delete;
  StayScope& operator=(const StayScope&) = delete;
};

/// Hands one baton among the logical threads.
class Scheduler {
 public:
  Scheduler(std::uint64_t seed, const Simulation::Options& options);

  Status run(const std::function<void()>& body);
  /// A new thread that can run; it is not started.
  std::shared_ptr<Thread> add(std::string name);
  /// The whole life of the real thread behind `self`.
  void live(const std::shared_ptr<Thread>& self, const std::function<void()>& body);

  /// A place where another thread may go on.
  Fate reach(std::string_view point);
  /// Lets others run until `wait` is over. The process is ended when a thread holds the baton for a
  /// minute of real time: it then waits for something that is not of the simulation.
  void block(std::string_view point, Wait wait);

  MonoTime now() const;
  void lose_answers(std::string prefix, double probability);
  void heal();
  std::string trace() const;
  std::uint64_t points() const;

 private:
  using Lock = std::unique_lock<std::mutex>;

  struct TraceEntry {
    MonoTime at;
    std::size_t thread;
    std::string point;
  };

  void note(const Thread& self, std::string_view point, std::string_view suffix = {});
  /// Picks who runs next and, unless `self` has ended, returns when it is `self` again.
  void hand_over(Lock& lock, const std::shared_ptr<Thread>& self);
  void wait_for_baton(Lock& lock, const std::shared_ptr<Thread>& self);
  std::shared_ptr<Thread> pick(const std::shared_ptr<Thread>& self);
  std::vector<std::shared_ptr<Thread>> runnable() const;
  bool can_run(const Thread& thread) const;
  bool jump_to_earliest();
  void fail(std::string why);
  void fail_by_exception(const Thread& self, const std::string& what);
  void wait_outside(const Wait& wait);
  Fate fate_of(std::string_view point);

  mutable std::mutex mutex_;
  Simulation::Options options_;
  std::mt19937_64 choices_;
  std::mt19937_64 fates_;
  std::uint64_t stay_percent_ = 0;  // how often the running thread goes on
  MonoTime now_{std::chrono::seconds(1)};
  std::vector<std::shared_ptr<Thread>> threads_;  // those that have not ended
  std::vector<std::string> names_;                // of all, by number
  std::shared_ptr<Thread> running_;
  std::map<std::string, double, std::less<>> losses_;
  std::vector<TraceEntry> trace_;
  std::optional<std::string> failure_;
  std::uint64_t blocks_after_failure_ = 0;
};

}  // namespace sous::support::sim_detail
