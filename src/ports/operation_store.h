#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/lock.h"
#include "model/operation.h"

namespace sous {

/// An operation with who began it and when; what reports are made of.
struct OperationRecord {
  Operation operation;
  std::string who;
  WallTime started;
  WallTime updated;
  std::optional<Deed> cancelled{};  // somebody asked for its end

  friend bool operator==(const OperationRecord&, const OperationRecord&) = default;
};

/// What this machine's operations are and were: reports, never intent, so that losing them changes
/// nothing that runs. Keeps at most kKept ended ones. Thread-safe, also against other processes.
/// Fails with unavailable.
class OperationStore {
 public:
  static constexpr std::size_t kKept = 1000;

  virtual ~OperationStore() = default;

  /// Adds a record, or replaces the one of the same id but for `cancelled` and `started`.
  virtual Status put(const OperationRecord& record) = 0;
  /// Newest first, at most `limit`.
  virtual Result<std::vector<OperationRecord>> list(std::size_t limit) = 0;
  /// Those whose id is `id` or begins with it, newest first.
  virtual Result<std::vector<OperationRecord>> find(const std::string& id) = 0;
  /// Asks whoever drives a deployment to this generation to end it; the first one who asked stays.
  virtual Status cancel(const DeploymentId& deployment,
                        std::uint64_t generation,
                        const Deed& deed) = 0;
  /// Who asked for the end of a deployment's way to this generation, if anybody did.
  virtual Result<std::optional<Deed>> cancellation(const DeploymentId& deployment,
                                                   std::uint64_t generation) = 0;
};

}  // namespace sous
