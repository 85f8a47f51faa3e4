#include "adapters/scheduler_singularity/turns.h"

#include <algorithm>
#include <chrono>

namespace sous::scheduler_singularity {

Result<Turn> Turns::take(std::size_t wanted, const Call& call) {
  std::uint32_t places = take_free(wanted);
  if (places == 0) {
    SOUS_TRY_VOID(wait_for_place(call));
    places = 1 + take_free(wanted - 1);
  }
  Turn turn(*this, places);
  SOUS_TRY_VOID(keep_pace(places, call));
  return turn;
}

std::uint32_t Turns::take_free(std::size_t wanted) {
  auto state = state_.lock();
  const std::uint32_t all = std::max(1U, limits_.at_once);
  if (!state->waiting.empty() || state->busy >= all) {
    return 0;
  }
  const auto taken = static_cast<std::uint32_t>(std::min<std::size_t>(wanted, all - state->busy));
  state->busy += taken;
  return taken;
}

Status Turns::wait_for_place(const Call& call) {
  Waiter me{.signal = executor_.make_signal()};
  {
    auto state = state_.lock();
    state->waiting.push_back(&me);
  }
  // A place may have become free since it was looked for.
  give_back(0);
  while (true) {
    const auto woken = me.signal->wait(call);
    auto state = state_.lock();
    if (me.has_place) {
      return ok();
    }
    if (woken != Signal::Woken::notified) {
      std::erase(state->waiting, &me);
      return woken == Signal::Woken::stopped
                 ? Error(Code::cancelled, "cancelled while waiting for a turn at Singularity")
                 : Error(Code::timeout, "the time for it was over before its turn at Singularity");
    }
  }
}

// The places go to those who wait; they are woken without the lock.
void Turns::give_back(std::uint32_t places) {
  std::vector<std::shared_ptr<Signal>> woken;
  {
    auto state = state_.lock();
    state->busy -= places;
    while (!state->waiting.empty() && state->busy < std::max(1U, limits_.at_once)) {
      Waiter* next = state->waiting.front();
      state->waiting.pop_front();
      next->has_place = true;
      ++state->busy;
      woken.push_back(next->signal);
    }
  }
  for (const auto& signal : woken) {
    signal->notify();
  }
}

Status Turns::keep_pace(std::uint32_t calls, const Call& call) {
  const Duration each(Duration(std::chrono::seconds(1)) / std::max(1U, limits_.per_second));
  const MonoTime now = clock_.now();
  Duration wait{0};
  {
    auto state = state_.lock();
    state->next = std::max(state->next, now);
    wait = state->next - now;
    state->next += each * static_cast<std::int64_t>(calls);
  }
  return wait > Duration{0} ? clock_.sleep(wait, call) : ok();
}

}  // namespace sous::scheduler_singularity
