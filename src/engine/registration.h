#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "model/completeness.h"
#include "model/lock.h"

namespace sous::engine {

/// A build that is about to be registered.
struct NewBuild {
  SourceId source;
  Revision revision;
  Advisories advisories;  // as raised from the source, without `rebuilt`
  std::optional<Digest> layers;
  std::string kind = {};  // of the product; one that is no service is never a rebuild
  bool anyway = false;    // also where a final lock names another revision
};

/// What the records say of a new build (design.md sections 4 and 5).
struct BuildJudgement {
  std::optional<Digest> rebuild_of;  // the canonical image of the same revision
  bool tag_mismatch = false;         // the version already stands for another revision
};

/// Judges a new build against the registrations of its version, and against unregistered images
/// when there are none. Fails with blocked when a final lock names another revision (unless
/// `anyway`), and with undecided when neither registrations nor a complete scan can tell (unless it
/// is a `developer build`).
Result<BuildJudgement> judge_build(const NewBuild& build,
                                   const LockFile* file,
                                   std::span<const Artifact> found,
                                   const Completeness& scanned);

/// Whether something registered holds the version for another revision than `revision`: what is
/// built or added then carries `tag mismatch` (design.md section 4).
bool stands_for_another_revision(const LockFile& file, const Revision& revision);

/// The registration of an artifact by its own build, where its repositories are.
Registration registration_of(const Artifact& artifact, Deed registered);

/// The lock file with one more registration, and the locks that follow from it: a first lock, or a
/// provisional one that something ranked higher replaces. A final lock never changes here.
/// An equal registration of the digest that is there already changes nothing. Fails with conflict
/// when the digest is registered as something else.
Result<LockFile> with_registration(LockFile file, Registration registration);

/// The lock file with the lock that a choice from complete scans gives, made at the latest by the
/// first deploy. `chosen` must be registered or is registered here by `registration`.
Result<LockFile> with_chosen_lock(LockFile file, Registration registration);

/// Replaces every lock by a final one on `to`, which must be registered. Fails with not_found, and
/// with blocked when `to` is no candidate.
Result<LockFile> with_superseded_lock(LockFile file, const Digest& to, Deed deed);

/// Marks a registration as no candidate, once. Fails with not_found, and with blocked for a locked
/// digest.
Result<LockFile> with_withdrawal(LockFile file, const Digest& digest, Deed deed);

/// Takes a withdrawal back; both are kept. The image may replace a provisional lock, as a new
/// registration may. One that is not withdrawn is left as it is. Fails with not_found.
Result<LockFile> with_restoration(LockFile file, const Digest& digest, Deed deed);

}  // namespace sous::engine
