#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/decision.h"
#include "model/lock.h"

namespace sous::engine {

/// The one stored key by which candidates are ordered (design.md section 5, rules 2 and 3). Lower
/// is more canonical. Built from data that is the same on every node: neither the order of
/// discovery nor a node's clock is part of it.
struct RankKey {
  std::size_t advisories = 0;
  bool off_tag = false;  // not built on the version's own tag
  bool unregistered = false;
  std::size_t group = 0;             // registered: place of the first of its group in the lock file
  std::int64_t place = 0;            // registered: order in the group
  std::optional<WallTime> built_at;  // unregistered; absent sorts last
  Digest digest;

  friend bool operator==(const RankKey&, const RankKey&) = default;
};

std::strong_ordering compare(const RankKey& a, const RankKey& b);
/// The first part of the key in which `better` and `worse` differ.
Rule deciding_rule(const RankKey& better, const RankKey& worse);

/// Whether a build was made off its version's own tag: `ephemeral tag`, `tag not on built
/// revision`, `tag mismatch` or `no versioned tag`.
bool is_off_tag(const Advisories& advisories);

/// Why something registered or found is no candidate for a choice, or nothing.
std::optional<std::string> why_no_candidate(const Advisories& advisories,
                                            const std::optional<Deed>& withdrawn);

/// The key of each registration by its place; nothing for those that are no candidates.
std::vector<std::optional<RankKey>> registered_keys(const LockFile& file);
/// The key of an artifact that the lock file does not know.
RankKey unregistered_key(const Artifact& artifact);
/// The key in words, for people.
std::string describe(const RankKey& key, const Advisories& advisories);

}  // namespace sous::engine
