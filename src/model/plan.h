#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/boxed.h"
#include "base/shared_text.h"
#include "model/decision.h"
#include "model/deployment.h"

namespace sous {

enum class ActionKind : std::uint8_t {
  create,
  update,
  scale,
  replace_image,
  remove,
  nothing,
  blocked,
  undecided,
};

std::string_view action_text(ActionKind kind);

struct FieldDifference {
  std::string field;
  std::string from;
  std::string to;

  friend bool operator==(const FieldDifference&, const FieldDifference&) = default;
};

/// What must still be true when an action is carried out.
struct Precondition {
  SharedText manifest_revision;
  SharedText lock_revision;
  std::uint64_t generation = 0;
  Boxed<Digest> observed_digest;

  friend bool operator==(const Precondition&, const Precondition&) = default;
};

/// A big plan is mostly `nothing`, so what such an action does not have takes next to no room.
struct Action {
  DeploymentId id;
  ActionKind kind = ActionKind::nothing;
  Version version{};
  std::optional<Digest> from{};
  /// Absent where nothing is to be done because `from` is it.
  Boxed<ImageByDigest> to{};
  Boxed<Revision> revision{};
  /// The scheduler's own id of what runs already and is only to be recorded: nothing is applied.
  Boxed<std::string> adopts{};
  std::string reason{};
  std::vector<FieldDifference> differences{};
  std::vector<std::string> alarms{};
  Precondition precondition{};

  /// What runs when the action is done; absent where that is nothing, or unknown.
  std::optional<Digest> target() const;
};

struct ClusterStatus {
  ClusterName name;
  Completeness completeness;
};

struct Plan {
  std::string gdm_revision;
  WallTime observed_at;
  std::vector<Action> actions;  // by manifest, then cluster
  std::vector<ClusterStatus> clusters;

  std::map<ActionKind, std::size_t> counts() const;
};

}  // namespace sous
