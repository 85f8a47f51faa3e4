#pragma once

#include <optional>

#include "app/gdm_access.h"
#include "app/kept_edit.h"
#include "base/result.h"

namespace sous::app {

/// What becomes of an edit that gave something while the GDM's remote was away, where somebody else
/// gave one of the same deployments anew meanwhile (design.md section 9): theirs wins, as the next
/// generation, and ours stays in its history as overtaken. Absent when nobody did: then the edit is
/// made as any other. On a state that has the answer already it is no records.
Result<std::optional<RecordEdits>> overtaken_edits(const GdmState& state, const KeptEdit& kept);

}  // namespace sous::app
