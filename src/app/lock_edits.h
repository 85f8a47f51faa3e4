#pragma once

#include <optional>
#include <string>
#include <utility>

#include "app/node.h"
#include "model/lock.h"

namespace sous::app {

/// Decides by hand which artifact a version means (design.md section 5, "Lock"): `to` must be
/// registered for it, and its manifest and config be there. The lock that ends is kept with the
/// reason. Fails with not_found, blocked (no candidate), and as read_image does.
Result<LockFile> supersede_lock(Node& node,
                                const SourceId& source,
                                const Digest& to,
                                const std::string& reason,
                                const Call& call);

/// Marks a registration as no candidate; it is kept. Fails with not_found, and with blocked for a
/// locked digest.
Result<LockFile> withdraw_artifact(Node& node,
                                   const SourceId& source,
                                   const Digest& digest,
                                   const std::string& reason,
                                   const Call& call);

/// Takes a withdrawal back: the artifact is a candidate again, and may replace a provisional lock.
/// Fails with not_found.
Result<LockFile> restore_artifact(Node& node,
                                  const SourceId& source,
                                  const Digest& digest,
                                  const std::string& reason,
                                  const Call& call);

/// The one registration that a digest, or the beginning of its hex digits (seven or more), names
/// among all versions of a location, or in `version` alone. Fails with not_found, and with usage
/// when there are several.
Result<std::pair<SourceId, Digest>> find_registration(Node& node,
                                                      const SourceLocation& location,
                                                      const std::optional<Version>& version,
                                                      const std::string& digest,
                                                      const Call& call);

}  // namespace sous::app
