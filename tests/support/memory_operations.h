#pragma once

#include <map>
#include <string>
#include <utility>

#include "base/locked.h"
#include "ports/operation_store.h"
#include "support/points.h"

namespace sous::support {

/// The fake of OperationStore. Points: `operations.<method>`. Thread-safe.
class MemoryOperations final : public OperationStore {
 public:
  explicit MemoryOperations(Points& points = no_points()) : points_(points) {}

  Status put(const OperationRecord& record) override;
  Result<std::vector<OperationRecord>> list(std::size_t limit) override;
  Result<std::vector<OperationRecord>> find(const std::string& id) override;
  Status cancel(const DeploymentId& deployment,
                std::uint64_t generation,
                const Deed& deed) override;
  Result<std::optional<Deed>> cancellation(const DeploymentId& deployment,
                                           std::uint64_t generation) override;

 private:
  using Way = std::pair<DeploymentId, std::uint64_t>;

  struct State {
    std::map<std::string, OperationRecord> records;
    std::map<Way, Deed> cancellations;
  };

  static std::vector<OperationRecord> newest_first(const State& state);

  Points& points_;
  Locked<State> state_;
};

}  // namespace sous::support
