#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "app/node.h"
#include "base/result.h"
#include "model/gdm.h"
#include "ports/call.h"

namespace sous::app {

/// The GDM at one revision, decoded, with the texts it was decoded from.
struct GdmState {
  GdmSnapshot snapshot;
  Gdm gdm;

  /// The text of a record, or nothing.
  const std::string* text(std::string_view path) const;
};

/// Any earlier state; `revision` may be the beginning of one, seven digits or more. Fails with
/// not_found, and with usage when it names several.
Result<GdmState> read_gdm_at(Node& node, const std::string& revision, const Call& call);

/// Decodes what was read, in several threads where it is much.
GdmState decode_state(Executor& executor, GdmSnapshot snapshot);

/// The same for a state that is newer than one that was decoded: only what differs is read.
GdmState newer_state(GdmState known, GdmSnapshot snapshot);

/// Reads the newest state. Fails with not_found when the GDM was never initialised.
Result<GdmState> read_gdm(Node& node, const Call& call);

/// The same for a command that only shows or edits what people write: a GDM that the original made
/// has no id yet, and the first edit of it gives it one.
Result<GdmState> read_records(Node& node, const Call& call);

/// What a change makes of the records: path to new text, or to nothing for removal.
using RecordEdits = std::map<std::string, std::optional<std::string>, std::less<>>;

struct GdmEdit {
  RecordEdits records;
  std::string message;
  std::optional<Author> author = {};  // absent: the node's user
};

/// A pure judgement of one state. It is asked again on a newer state when somebody was faster, so a
/// change that still holds there is made there, and one that does not is refused by it (conflict).
/// On a state that has the change already it must answer with no records: an answer may get lost.
using JudgeEdit = std::function<Result<GdmEdit>(const GdmState&)>;

/// Makes a change by compare-and-set: read, judge, commit, and again while others win the race
/// (docs/adr/0004). No edits: nothing is committed. Returns the state after the change.
Result<GdmState> edit_gdm(Node& node, const JudgeEdit& judge, const Call& call);

/// What a state is with an edit, under the revision that the edit gave it.
GdmState with_edit(const GdmState& base, std::string revision, const GdmEdit& edit);

/// Makes the format record, the definitions with the cluster `local`, and the GDM's id, unless the
/// GDM has them already.
Result<GdmState> ensure_gdm(Node& node, const Call& call);
/// The records that it makes; none where there is a GDM.
GdmEdit first_records(Node& node, const GdmState& state);
/// The state that ensure_gdm would leave; writes nothing.
Result<GdmState> gdm_as_if_ensured(Node& node, const Call& call);

}  // namespace sous::app
