#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/ranking.h"
#include "model/completeness.h"
#include "model/decision.h"

namespace sous::engine {

/// All that a canonical choice is made from (design.md section 5). Views: the data must outlive the
/// question and the Choice made of it.
struct ChoiceQuestion {
  SourceId source;
  /// A revision, or seven or more digits of one; nothing when any will do.
  std::optional<std::string> wanted_revision{};
  const LockFile* file = nullptr;  // null: nothing was ever registered
  // Sous images of this version from the index; each digest once.
  std::span<const Artifact> found = {};
  /// Whether `found` is all that the registries hold.
  Completeness scanned = Completeness::complete();
};

/// The question that the GDM alone answers: registrations and locks.
ChoiceQuestion registered_only(const LockFile& file);

/// The revision that a version's build metadata asks for: metadata that is a prefix, seven or more
/// digits long, of the revision of something known; else nothing.
std::optional<std::string> wanted_revision(const Version& version,
                                           const LockFile* file,
                                           std::span<const Artifact> found);

/// The verdict with the two keys that explain it.
struct Choice {
  Verdict verdict;
  std::optional<RankKey> chosen;
  std::optional<RankKey> runner_up;
};

/// Chooses the canonical artifact. Pure; linear in the number of candidates. The answer does not
/// depend on the order of `found`; with parts of `found` missing and `scanned` partial it is the
/// full answer or Undecided, never another.
Choice choose(const ChoiceQuestion& question);

/// The choice with every candidate, its rank and the reason for it.
Decision explain(const ChoiceQuestion& question);

}  // namespace sous::engine
