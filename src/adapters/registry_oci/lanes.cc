#include "adapters/registry_oci/lanes.h"

#include <algorithm>
#include <memory>

namespace sous::registry_oci {
namespace {

// Whoever wakes looks whether it is their turn; there are never many.
void notify(const std::vector<std::shared_ptr<Signal>>& signals) {
  for (const auto& signal : signals) {
    signal->notify();
  }
}

}  // namespace

std::uint32_t Lanes::free_places(const Lane& lane, Traffic traffic) const {
  const std::uint32_t all = std::max(1U, config_.requests_per_host) +
                            (traffic == Traffic::few ? config_.reserved_per_host : 0);
  return lane.busy < all ? all - lane.busy : 0;
}

std::uint32_t Lanes::take(Lane& lane,
                          Traffic traffic,
                          std::uint32_t wanted,
                          const Waiter* me) const {
  for (const Waiter* other : lane.waiting) {
    if (other == me) {
      break;
    }
    if (other->traffic == traffic || other->traffic == Traffic::few) {
      return 0;
    }
  }
  const std::uint32_t taken = std::min(free_places(lane, traffic), std::max(1U, wanted));
  lane.busy += taken;
  return taken;
}

Lanes::Signals Lanes::signals_of(const Lane& lane) {
  Signals out;
  for (const Waiter* waiter : lane.waiting) {
    out.push_back(waiter->signal);
  }
  return out;
}

Lanes::Signals Lanes::remove(const std::string& host, const Waiter* waiter) {
  auto guard = lanes_.lock();
  Lane& lane = (*guard)[host];
  std::erase(lane.waiting, waiter);
  return signals_of(lane);
}

std::uint32_t Lanes::try_enter(const std::string& host, Traffic traffic, std::uint32_t wanted) {
  auto guard = lanes_.lock();
  return take((*guard)[host], traffic, wanted, nullptr);
}

Result<std::uint32_t> Lanes::enter(const std::string& host,
                                   Traffic traffic,
                                   std::uint32_t wanted,
                                   const Call& call) {
  if (const std::uint32_t taken = try_enter(host, traffic, wanted); taken > 0) {
    return taken;
  }
  Waiter me{executor_.make_signal(), traffic};
  {
    auto guard = lanes_.lock();
    auto& waiting = (*guard)[host].waiting;
    // Those who ask little go before those who ask much.
    const auto place = traffic == Traffic::few
                           ? std::ranges::find(waiting, Traffic::many, &Waiter::traffic)
                           : waiting.end();
    waiting.insert(place, &me);
  }
  while (true) {
    std::uint32_t taken = 0;
    {
      auto guard = lanes_.lock();
      taken = take((*guard)[host], traffic, wanted, &me);
    }
    if (taken > 0) {
      notify(remove(host, &me));
      return taken;
    }
    const auto woken = me.signal->wait(call);
    if (woken != Signal::Woken::notified) {
      notify(remove(host, &me));
      return woken == Signal::Woken::stopped
                 ? Error(Code::cancelled, "cancelled while waiting for a turn at " + host)
                 : Error(Code::timeout, "the time for it was over before its turn at " + host);
    }
  }
}

void Lanes::leave(const std::string& host, std::uint32_t places) {
  Signals signals;
  {
    auto guard = lanes_.lock();
    Lane& lane = (*guard)[host];
    lane.busy -= std::min(lane.busy, places);
    signals = signals_of(lane);
  }
  notify(signals);
}

}  // namespace sous::registry_oci
