#include "engine/given_rules.h"

#include <algorithm>
#include <ranges>

namespace sous::engine {

const Hold* active_hold(const GivenRecord* given, WallTime now) {
  if (given == nullptr || !given->hold) {
    return nullptr;
  }
  return !given->hold->until || *given->hold->until > now ? &*given->hold : nullptr;
}

const GivenEntry* rollback_target(const GivenRecord& given) {
  const GivenEntry& current = given.current();
  const auto is_target = [&](const GivenEntry& entry) {
    return entry.outcome == Outcome::succeeded && entry.generation < current.generation &&
           (entry.version != current.version || entry.image.digest != current.image.digest);
  };
  for (const GivenEntry& entry : given.entries | std::views::reverse) {
    if (is_target(entry)) {
      return &entry;
    }
  }
  return given.last_succeeded && is_target(*given.last_succeeded) ? &*given.last_succeeded
                                                                  : nullptr;
}

}  // namespace sous::engine
