#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/boxed.h"
#include "model/lock.h"
#include "model/manifest_id.h"

namespace sous {

enum class Outcome : std::uint8_t { pending, succeeded, failed, superseded, overtaken };

/// One thing a deployment was told to run.
struct GivenEntry {
  std::uint64_t generation = 0;
  Version version;
  std::optional<Revision> revision;
  ImageByDigest image;
  std::string own_fingerprint;        // of the manifest's own specification
  std::string effective_fingerprint;  // with cluster defaults, as rendered
  Deed given;
  Outcome outcome = Outcome::pending;
  std::string outcome_reason;

  friend bool operator==(const GivenEntry&, const GivenEntry&) = default;
};

struct Hold {
  Deed held;
  std::optional<WallTime> until;

  friend bool operator==(const Hold&, const Hold&) = default;
};

/// The GDM's record of what one deployment was last told to run (design.md section 5, "Given").
struct GivenRecord {
  static constexpr std::size_t kKeptEntries = 10;

  DeploymentId deployment;
  std::vector<GivenEntry> entries;  // oldest first, at most kKeptEntries, never empty
  Boxed<GivenEntry> last_succeeded;
  Boxed<Hold> hold;
  Boxed<Deed> removed;
  std::string adopted_id;  // the scheduler's own id of what was adopted; else empty

  const GivenEntry& current() const { return entries.back(); }

  /// Appends an entry, dropping the oldest beyond kKeptEntries.
  void give(GivenEntry entry);
  /// Sets the outcome of a generation where it is still kept; remembers the latest that succeeded.
  void conclude(std::uint64_t generation, Outcome outcome, std::string reason);

  friend bool operator==(const GivenRecord&, const GivenRecord&) = default;
};

}  // namespace sous
