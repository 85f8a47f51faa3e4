#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/gdm_access.h"
#include "app/node.h"
#include "base/result.h"
#include "base/time.h"
#include "codec/yaml_changes.h"

namespace sous::app {

/// A record before and after an edit.
struct TextEdit {
  std::string path;
  std::optional<std::string> from;
  std::optional<std::string> to;
};

/// A field, or a whole record, that somebody else changed too.
struct FieldConflict {
  std::string path;
  codec::YamlChange change;  // its path is empty: the whole record
};

/// Makes text edits on a state: conflicts are added to `conflicts`, the rest is the edit.
Result<RecordEdits> merged_edits(const GdmState& state,
                                 const std::vector<TextEdit>& edits,
                                 std::vector<FieldConflict>& conflicts);

/// An edit that waits for the remote, as a file of the state directory.
struct KeptEdit {
  std::string file;  // its name there; empty for one not written yet
  std::string gdm;   // the id of the GDM that it is for
  Author author;
  WallTime when;
  std::string message;
  std::vector<TextEdit> edits;
};

/// The directory, and that of the edits that were put aside.
std::string kept_directory(const Node& node);
std::string aside_directory(const Node& node);

/// Writes one, durable on return. Fails with unavailable where the node has no state directory.
Status keep(Node& node, const KeptEdit& edit);
/// All that wait, oldest first. Fails with invalid_data for a file that is none.
Result<std::vector<KeptEdit>> read_kept(Node& node);
/// Moves one away from those that wait; its new path.
Result<std::string> put_aside(Node& node, const KeptEdit& edit);

}  // namespace sous::app
