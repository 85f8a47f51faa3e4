#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/node.h"
#include "model/manifest_id.h"
#include "model/plan.h"
#include "ports/gdm_store.h"

namespace sous::app {

/// What one commit did to one record.
struct RecordChange {
  enum class Kind : std::uint8_t { added, changed, removed };

  std::string path;
  Kind kind = Kind::changed;
  /// Field by field, for manifests and definitions; empty where only layout or comments changed,
  /// and for the records that Sous alone writes.
  std::vector<FieldDifference> fields;
};

struct HistoryItem {
  GdmHistoryEntry entry;
  std::vector<RecordChange> changes;  // by path
};

struct HistoryReport {
  std::vector<HistoryItem> items;  // newest first
  std::string stale;               // as GdmSnapshot::stale
};

/// Who changed what, when and why; of one manifest where given. At most `limit` commits.
Result<HistoryReport> gdm_history(Node& node,
                                  const std::optional<ManifestId>& manifest,
                                  std::size_t limit,
                                  const Call& call);

}  // namespace sous::app
