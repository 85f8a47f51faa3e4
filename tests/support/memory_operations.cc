#include "support/memory_operations.h"

#include <algorithm>

namespace sous::support {

std::vector<OperationRecord> MemoryOperations::newest_first(const State& state) {
  std::vector<OperationRecord> out;
  for (const auto& [id, record] : state.records) {
    out.push_back(record);
    const auto asked =
        state.cancellations.find({record.operation.deployment, record.operation.generation});
    if (asked != state.cancellations.end()) {
      out.back().cancelled = asked->second;
    }
  }
  std::ranges::stable_sort(out, std::ranges::greater{}, &OperationRecord::started);
  return out;
}

Status MemoryOperations::put(const OperationRecord& record) {
  return at_point(points_, "operations.put", Effect::changes, [&]() -> Status {
    auto state = state_.lock();
    const auto [at, is_new] = state->records.try_emplace(record.operation.id, record);
    if (!is_new) {
      const WallTime started = at->second.started;
      at->second = record;
      at->second.started = started;
    }
    at->second.cancelled.reset();
    if (state->records.size() > kKept) {
      state->records.erase(newest_first(*state).back().operation.id);
    }
    return ok();
  });
}

Result<std::vector<OperationRecord>> MemoryOperations::list(std::size_t limit) {
  using Answer = Result<std::vector<OperationRecord>>;
  return at_point(points_, "operations.list", Effect::reads, [&]() -> Answer {
    auto state = state_.lock();
    auto out = newest_first(*state);
    out.erase(out.begin() + static_cast<std::ptrdiff_t>(std::min(limit, out.size())), out.end());
    return out;
  });
}

Result<std::vector<OperationRecord>> MemoryOperations::find(const std::string& id) {
  using Answer = Result<std::vector<OperationRecord>>;
  return at_point(points_, "operations.find", Effect::reads, [&]() -> Answer {
    auto state = state_.lock();
    auto out = newest_first(*state);
    std::erase_if(
        out, [&](const OperationRecord& record) { return !record.operation.id.starts_with(id); });
    return out;
  });
}

Status MemoryOperations::cancel(const DeploymentId& deployment,
                                std::uint64_t generation,
                                const Deed& deed) {
  return at_point(points_, "operations.cancel", Effect::changes, [&]() -> Status {
    auto state = state_.lock();
    state->cancellations.try_emplace({deployment, generation}, deed);
    return ok();
  });
}

Result<std::optional<Deed>> MemoryOperations::cancellation(const DeploymentId& deployment,
                                                           std::uint64_t generation) {
  using Answer = Result<std::optional<Deed>>;
  return at_point(points_, "operations.cancellation", Effect::reads, [&]() -> Answer {
    auto state = state_.lock();
    const auto found = state->cancellations.find({deployment, generation});
    return found == state->cancellations.end() ? std::optional<Deed>() : found->second;
  });
}

}  // namespace sous::support
