#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/locked.h"
#include "ports/clock.h"
#include "ports/gdm_store.h"
#include "support/points.h"

namespace sous::support {

/// A GDM in memory. The stores made on it are the nodes that share it.
class MemoryGdm {
 public:
  struct Commit {
    GdmHistoryEntry entry;
    std::shared_ptr<const GdmSnapshot> snapshot;
  };

  using Commits = std::vector<std::shared_ptr<const Commit>>;  // oldest first

  Commits commits();
  /// The compare-and-set. Fails with conflict, and with invalid_data for what no store can hold.
  Result<std::string> commit(const std::string& base, const GdmChange& change, WallTime when);

 private:
  Locked<Commits> commits_;
};

/// The fake of GdmStore. Points: `gdm.read`, `gdm.read_at`, `gdm.commit`, `gdm.history`; a lost
/// read gives the last state this store has seen, marked stale. Thread-safe.
class MemoryGdmStore final : public GdmStore {
 public:
  MemoryGdmStore(std::shared_ptr<MemoryGdm> gdm, Clock& clock, Points& points = no_points());

  /// As if the remote did not answer.
  void set_away(bool away) { away_ = away; }

  Result<GdmSnapshot> read(const Call& call) override;
  Result<GdmSnapshot> read_at(const std::string& revision, const Call& call) override;
  Result<std::string> commit(const std::string& base,
                             const GdmChange& change,
                             const Call& call) override;
  Result<GdmHistory> history(const std::optional<std::string>& path,
                             std::size_t limit,
                             const Call& call) override;

 private:
  struct Seen {
    std::optional<MemoryGdm::Commits> commits;
  };

  /// What this store knows, and why it may be old.
  struct View {
    MemoryGdm::Commits commits;
    std::string stale;
  };

  Result<View> view(bool reachable);

  std::shared_ptr<MemoryGdm> gdm_;
  Clock& clock_;
  Points& points_;
  std::atomic<bool> away_ = false;
  Locked<Seen> seen_;
};

}  // namespace sous::support
