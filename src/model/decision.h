#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "model/artifact.h"
#include "model/lock.h"

namespace sous {

/// The rule that settled a canonical choice (design.md section 5).
enum class Rule : std::uint8_t {
  final_lock,
  only_candidate,
  fewest_advisories,
  own_tag,
  registered,
  registration_order,
  latest_dirty,
  built_at,
  digest,
};

std::string_view rule_text(Rule rule);

/// One artifact as a candidate, as it is shown to people.
struct Candidate {
  Artifact artifact;
  std::optional<std::size_t> registration;  // its place in the lock file, from 0
  std::size_t rank = 0;                     // 1 is chosen; 0: no candidate
  std::string reason;                       // why it stands there, or why it is no candidate
};

struct Decided {
  ImageByDigest image;
  Revision revision;
  Rule rule = Rule::only_candidate;
  std::string reason;
};

/// Data needed for the choice is missing.
struct Undecided {
  std::vector<std::string> missing;
};

/// Everything was read, and there is no image.
struct NoImage {};

/// A final lock names another revision than the one wanted.
struct LockedElsewhere {
  Lock lock;
  std::string wanted;
};

using Verdict = std::variant<Decided, Undecided, NoImage, LockedElsewhere>;

/// Why a verdict names no image, with the cure: undecided (details: what is missing), not_found, or
/// blocked by a lock. Nothing for one that does.
std::optional<Error> why_no_image(const Verdict& verdict, const SourceId& source);

struct Decision {
  SourceId source;
  std::optional<std::string> wanted_revision;
  Verdict verdict;
  std::vector<Candidate> candidates;  // by rank, then those that are none
};

}  // namespace sous
