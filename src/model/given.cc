#include "model/given.h"

#include <utility>

namespace sous {

void GivenRecord::give(GivenEntry entry) {
  entries.push_back(std::move(entry));
  if (entries.size() > kKeptEntries) {
    const auto surplus = static_cast<std::ptrdiff_t>(entries.size() - kKeptEntries);
    entries.erase(entries.begin(), entries.begin() + surplus);
  }
}

void GivenRecord::conclude(std::uint64_t generation, Outcome outcome, std::string reason) {
  for (GivenEntry& entry : entries) {
    if (entry.generation != generation) {
      continue;
    }
    entry.outcome = outcome;
    entry.outcome_reason = std::move(reason);
    // A slow report of an older generation must not hide a newer success.
    const bool newest = !last_succeeded || last_succeeded->generation <= generation;
    if (outcome == Outcome::succeeded && newest) {
      last_succeeded = entry;
    }
    return;
  }
}

}  // namespace sous
