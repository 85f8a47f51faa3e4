#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ports/call.h"

namespace sous {

/// Every record of the GDM as text, at one revision. The key is the path of design.md section 9,
/// e.g. `manifests/github.com/user/project.yaml`. Texts are shared and immutable.
struct GdmSnapshot {
  std::string revision;  // empty: nothing was ever written
  std::map<std::string, std::shared_ptr<const std::string>, std::less<>> records;
  /// Records that exist but cannot be given as text, with the reason (too big, not UTF-8, a symlink
  /// out of the tree).
  std::map<std::string, std::string, std::less<>> refused;
  /// Why this may not be the newest state (the remote did not answer); empty when it is.
  std::string stale;
};

struct Author {
  std::string name;
  std::string email;
};

/// One atomic change: each path gets the text, or is removed where there is none.
struct GdmChange {
  std::map<std::string, std::optional<std::string>, std::less<>> records;
  Author author;
  std::string message;  // first line: what; further lines: why
};

struct GdmHistoryEntry {
  std::string revision;
  std::string parent;  // empty for the first
  Author author;
  WallTime when;
  std::string message;
  std::vector<std::string> paths;
};

struct GdmHistory {
  std::vector<GdmHistoryEntry> entries;  // newest first
  /// As GdmSnapshot::stale: later changes may be missing.
  std::string stale;
};

/// The GDM's records behind compare-and-set. Thread-safe, and safe against other processes and
/// nodes. A revision never repeats.
class GdmStore {
 public:
  virtual ~GdmStore() = default;

  /// The newest state that can be reached. With a remote that does not answer: the last fetched
  /// one, marked stale.
  virtual Result<GdmSnapshot> read(const Call& call) = 0;
  /// Any earlier state. Fails with not_found.
  virtual Result<GdmSnapshot> read_at(const std::string& revision, const Call& call) = 0;
  /// Makes the change if `base` is still the newest revision, and returns the new one; it then is
  /// durable and, with a remote, there. Fails with conflict when `base` is not the newest any more
  /// (nothing was changed: read again, judge again), unavailable when the remote does not answer
  /// (nothing was changed), unverified when it cannot be told whether the remote took it.
  virtual Result<std::string> commit(const std::string& base,
                                     const GdmChange& change,
                                     const Call& call) = 0;
  /// Newest first; of one path where given. At most `limit`.
  virtual Result<GdmHistory> history(const std::optional<std::string>& path,
                                     std::size_t limit,
                                     const Call& call) = 0;
};

}  // namespace sous
