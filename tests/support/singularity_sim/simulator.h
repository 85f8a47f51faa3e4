#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/time.h"
#include "support/http_script.h"
#include "support/singularity_sim/answers.h"
#include "support/singularity_sim/faults.h"
#include "support/singularity_sim/state.h"

namespace sous::singularity_sim {

/// A call as the API sees it.
struct ApiCall {
  std::string method;
  std::string path;  // below `<context>/api`, begins with `/`
  std::multimap<std::string, std::string> query;
  Headers headers;
  std::string body;

  std::string param(const std::string& name) const;
};

/// A Singularity without Mesos: refuses what the real one refuses, is late where it is late, and
/// misbehaves when told to. In memory, in virtual time. Thread-safe.
class Simulator {
 public:
  static constexpr Millis kStart = 1'767'261'600'000;

  explicit Simulator(Settings settings = {}, Millis start = kStart);

  /// Lets time pass up to that moment; never goes back.
  void advance_to(WallTime until);
  void advance(Duration by);
  /// One pass at the present time, whatever the periods say.
  void scheduler_pass();
  void deploy_check_pass();
  void cleaner_pass();

  /// What the HTTP front answers: the API, or what a fault makes of it.
  support::ScriptedAnswer answer(const support::SeenRequest& request);

  void add_fault(Fault fault);
  /// For faults that are met by chance.
  void seed(std::uint64_t seed);
  /// Reads show how everything was so long ago, as an instance that lags behind does.
  void read_stale(Duration by);
  /// Tasks of deploys that mention `part` (an image, a deploy id) do this.
  void script(const std::string& part, TaskScript script);
  /// Gives access to everything, for what no API call can bring about.
  void with_state(const std::function<void(State&)>& change);
  /// `GET /requests/request/x`, in the order of their arrival.
  std::vector<std::string> calls();
  std::vector<support::SeenRequest> seen();
  /// Rules of good conduct that the client broke: a deploy id used again, a request posted without
  /// instances, a deploy posted though the client had read that another one is pending.
  std::vector<std::string> misdeeds();
  void forget_calls();

 private:
  void advance_all(Millis until);
  Answer handle(const ApiCall& call);
  Answer authenticated(const ApiCall& call);
  Answer serve(const ApiCall& call);
  void watch(const ApiCall& call, const Answer& answer);
  void watch_deploy(const ApiCall& call, const Answer& answer);
  /// What a read sees.
  State& seen_by(const ApiCall& call);

  std::mutex mutex_;
  State state_;
  FaultTable faults_;
  Millis stale_by_ = 0;
  std::deque<State> past_;
  std::map<std::string, std::string> known_pending_;  // request: deploy that the client has read of
  std::vector<std::string> calls_;
  std::vector<support::SeenRequest> seen_;
  std::vector<std::string> misdeeds_;
};

/// The API's endpoints; throws Refusal.
Answer route(State& state, const ApiCall& call);

}  // namespace sous::singularity_sim
