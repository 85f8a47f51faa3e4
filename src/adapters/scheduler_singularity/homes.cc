#include "adapters/scheduler_singularity/homes.h"

#include <utility>

namespace sous::scheduler_singularity {

void Homes::replace(std::map<Owned, std::set<std::string>> requests) {
  auto state = state_.lock();
  state->requests = std::move(requests);
  state->complete = true;
}

void Homes::add(const Owned& owned, const std::string& request) {
  auto state = state_.lock();
  state->requests[owned].insert(request);
}

std::set<std::string> Homes::requests_of(const Owned& owned) {
  auto state = state_.lock();
  const auto found = state->requests.find(owned);
  return found == state->requests.end() ? std::set<std::string>() : found->second;
}

bool Homes::is_complete() {
  auto state = state_.lock();
  return state->complete;
}

void Homes::place(const Owned& owned, Placed placed) {
  auto state = state_.lock();
  state->requests[owned].insert(placed.request);
  state->placed.insert_or_assign(owned, std::move(placed));
}

std::optional<Placed> Homes::placed(const Owned& owned) {
  auto state = state_.lock();
  const auto found = state->placed.find(owned);
  return found == state->placed.end() ? std::nullopt : std::optional(found->second);
}

void Homes::confirm(const Owned& owned, const std::string& deploy) {
  auto state = state_.lock();
  const auto found = state->placed.find(owned);
  if (found != state->placed.end() && found->second.deploy == deploy) {
    found->second.confirmed = true;
  }
}

void Homes::changed(const Owned& owned, MonoTime now) {
  auto state = state_.lock();
  if (const auto found = state->placed.find(owned); found != state->placed.end()) {
    found->second.changed_at = now;
  }
}

void Homes::forget(const Owned& owned) {
  auto state = state_.lock();
  state->requests.erase(owned);
  state->placed.erase(owned);
}

}  // namespace sous::scheduler_singularity
