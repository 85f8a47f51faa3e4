#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/artifact.h"

namespace sous {

/// Somebody did something at some time for some reason.
struct Deed {
  std::string who;
  WallTime when;
  std::string why;

  friend bool operator==(const Deed&, const Deed&) = default;
};

/// A withdrawal that was taken back.
struct EndedWithdrawal {
  Deed withdrawn;
  Deed restored;

  friend bool operator==(const EndedWithdrawal&, const EndedWithdrawal&) = default;
};

/// The GDM's record that an artifact was made known (design.md section 5). Its place in the lock
/// file, never a clock, is its order.
struct Registration {
  enum class Origin : std::uint8_t { built, added };

  Digest digest;
  Revision revision;
  Advisories advisories;
  std::vector<ImageRepository> images;
  std::string kind;  // of the product; empty is the service itself
  Origin origin = Origin::built;
  std::optional<WallTime> built_at;
  std::optional<Digest> layers;
  std::optional<Digest> config_digest;
  std::optional<Digest> rebuild_of;
  std::string remote_url;  // what it was built from, without credentials
  Deed registered;
  std::optional<Deed> withdrawn;                     // no candidate while it stands
  std::vector<EndedWithdrawal> ended_withdrawals{};  // oldest first

  friend bool operator==(const Registration&, const Registration&) = default;
};

/// The GDM's record of the artifact that a version means.
struct Lock {
  enum class State : std::uint8_t { provisional, final_ };

  Digest digest;
  Revision revision;
  State state = State::provisional;
  Deed made;  // why: the rule and evidence it was decided from
  std::string evidence;

  friend bool operator==(const Lock&, const Lock&) = default;
};

struct SupersededLock {
  Lock lock;
  Deed ended;

  friend bool operator==(const SupersededLock&, const SupersededLock&) = default;
};

/// All that the GDM knows of one version of one location.
/// Law: at most one final lock; at most one lock per revision.
struct LockFile {
  SourceId source;
  std::vector<Registration> registrations;  // in the order of acceptance
  std::vector<Lock> locks;
  std::vector<SupersededLock> superseded;  // oldest first

  const Lock* final_lock() const;
  const Lock* lock_of(const Revision& revision) const;
  const Registration* registration_of(const Digest& digest) const;

  friend bool operator==(const LockFile&, const LockFile&) = default;
};

}  // namespace sous
