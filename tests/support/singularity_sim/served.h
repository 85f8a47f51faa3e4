#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <utility>

#include "support/scripted_http.h"
#include "support/singularity_sim/simulator.h"

namespace sous::singularity_sim {

/// The simulator as a server on loopback whose time passes so many times as fast as the real one.
class Served {
 public:
  explicit Served(Settings settings = {}, int times_as_fast = 1)
      : context_(settings.context),
        times_as_fast_(times_as_fast),
        began_(real_now()),
        simulator_(
            std::move(settings),
            std::chrono::floor<std::chrono::milliseconds>(began_).time_since_epoch().count()),
        server_([this](const support::SeenRequest& request) {
          simulator_.advance_to(now());
          support::ScriptedAnswer answer = simulator_.answer(request);
          answer.delay = std::max(answer.delay, each_answer_.load());
          return answer;
        }) {}

  Simulator& simulator() { return simulator_; }

  /// Every answer takes so long from now on.
  void answer_after(Duration time) { each_answer_ = time; }

  support::ScriptedHttp& server() { return server_; }

  /// The base URL.
  std::string url() const { return server_.url(context_); }

  /// The simulator's time.
  WallTime now() const { return began_ + (real_now() - began_) * times_as_fast_; }

 private:
  static WallTime real_now() {
    return std::chrono::floor<Duration>(std::chrono::system_clock::now());
  }

  std::string context_;
  int times_as_fast_;
  std::atomic<Duration> each_answer_{Duration{0}};
  WallTime began_;
  Simulator simulator_;
  support::ScriptedHttp server_;  // last: its thread uses all of the above
};

}  // namespace sous::singularity_sim
