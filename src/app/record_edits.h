#pragma once

#include <string>
#include <vector>

#include "app/gdm_access.h"

namespace sous::app {

/// What became of an edit.
struct EditOutcome {
  /// The state with the edit; where it is pending, the last fetched one with it.
  GdmState state;
  bool changed = false;
  /// The remote did not answer: the edit is kept here and written by a later command.
  bool pending = false;
};

/// Edits records that people own (manifests, definitions) field by field: `compute` is asked once,
/// of `base` where given, else of the newest state, for the records as they should be. What it
/// changed is then made on whatever is newest, as long as nobody else changed the same fields
/// (design.md section 9). Fails with conflict, each field with who changed it as a detail.
///
/// When the remote does not answer the edit is kept in the state directory and the outcome is
/// `pending`; complete_edits writes it later.
Result<EditOutcome> edit_records(Node& node,
                                 const JudgeEdit& compute,
                                 const Call& call,
                                 const GdmState* base = nullptr);

/// Keeps an edit of `state` in the state directory, to be written by complete_edits; the state with
/// it. Fails with invalid_data when a record could not be read again.
Result<GdmState> keep_edit(Node& node, const GdmState& state, const GdmEdit& edit);

/// What became of an edit that was kept.
struct CompletedEdit {
  std::string message;     // its first line
  Status status;           // conflict: it was put aside, see `file`
  std::string file;        // where the text of one that was put aside is
  bool overtaken = false;  // it gave what somebody else gave anew meanwhile
};

/// Writes the edits that were kept, oldest first, each under the name of who made it. One that
/// conflicts is put aside, never dropped. Stops quietly while the remote does not answer.
Result<std::vector<CompletedEdit>> complete_edits(Node& node, const Call& call);

/// How many wait, and how many were put aside.
struct KeptEdits {
  std::size_t waiting = 0;
  std::size_t put_aside = 0;
};

Result<KeptEdits> kept_edits(Node& node);

/// `state` with the edits that are kept here: what the user of this machine last wrote.
Result<GdmState> with_kept_edits(Node& node, GdmState state);

}  // namespace sous::app
