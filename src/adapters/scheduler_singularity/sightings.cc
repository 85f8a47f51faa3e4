#include "adapters/scheduler_singularity/sightings.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace sous::scheduler_singularity {
namespace {

// Up to so many are asked for one by one: a list is of everything in the cluster.
constexpr std::size_t kFew = 4;
// Whoever was asked for within so many polls is still being watched.
constexpr int kWatchedPolls = 5;

Error absent(const std::string& id) {
  return {Code::not_found, fmt::format("Singularity has no request {}", id)};
}

}  // namespace

Result<RequestList> Sightings::list(const Call& call) {
  // What is read may be as old as the moment of asking.
  const MonoTime asked_at = clock_.now();
  auto answer = api_.requests(call);
  auto state = state_.lock();
  state->listing = false;
  if (!answer) {
    return answer;
  }
  std::map<std::string, Seen> views;
  for (const auto& view : answer->requests) {
    views.insert_or_assign(view.id, Seen{view, asked_at});
  }
  for (auto& [id, seen] : state->views) {
    if (seen.at > asked_at) {
      views.insert_or_assign(id, std::move(seen));
    }
  }
  state->views = std::move(views);
  state->listed_at = asked_at;
  return answer;
}

Result<RequestView> Sightings::read(const std::string& id, const Call& call) {
  const MonoTime asked_at = clock_.now();
  auto answer = api_.request(id, call);
  auto state = state_.lock();
  if (answer) {
    state->views.insert_or_assign(id, Seen{*answer, asked_at});
  } else if (answer.error().code() == Code::not_found) {
    state->views.erase(id);
  }
  return answer;
}

Sightings::Step Sightings::next_step(State& state,
                                     const std::string& id,
                                     MonoTime not_before,
                                     MonoTime now) const {
  std::erase_if(state.watched,
                [&](const auto& one) { return now - one.second > kWatchedPolls * poll_; });
  state.watched.insert_or_assign(id, now);
  const auto seen = state.views.find(id);
  const std::optional<MonoTime> at =
      seen != state.views.end() ? std::optional(seen->second.at) : state.listed_at;
  const bool usable = at && *at > not_before;
  if (usable && now - *at < poll_) {
    return Step::use;
  }
  if (state.watched.size() <= kFew) {
    return Step::read;
  }
  if (!state.listing && (!state.listed_at || now - *state.listed_at >= poll_)) {
    state.listing = true;
    return Step::list;
  }
  return usable ? Step::use : Step::wait;
}

Result<std::optional<RequestView>> Sightings::found(const State& state, const std::string& id) {
  const auto seen = state.views.find(id);
  if (seen == state.views.end()) {
    return absent(id);
  }
  return std::optional(seen->second.view);
}

Result<std::optional<RequestView>> Sightings::watch(const std::string& id,
                                                    MonoTime not_before,
                                                    const Call& call) {
  Step step = Step::wait;
  {
    auto state = state_.lock();
    step = next_step(*state, id, not_before, clock_.now());
    if (step == Step::use) {
      return found(*state, id);
    }
  }
  if (step == Step::read) {
    return std::optional(SOUS_TRY(read(id, call)));
  }
  if (step == Step::list) {
    SOUS_TRY_VOID(list(call));
    auto state = state_.lock();
    return found(*state, id);
  }
  return std::optional<RequestView>();
}

bool Sightings::is_known_absent(const std::string& id) {
  auto state = state_.lock();
  return state->listed_at && !state->views.contains(id);
}

}  // namespace sous::scheduler_singularity
