#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  std::string manifest_revision;
  std::string lock_revision;
  std::uint64_t generation = 0;
  std::optional<Digest> observed_digest;

  friend bool operator==(const Precondition&, const Precondition&) = default;
};

struct Action {
  DeploymentId id;
  ActionKind kind = ActionKind::nothing;
  Version version{};
  std::optional<Digest> from{};
  std::optional<ImageByDigest> to{};
  std::optional<Revision> revision{};
  /// The scheduler's own id of what runs already and is only to be recorded: nothing is applied.
  std::optional<std::string> adopts{};
  std::string reason{};
  std::vector<FieldDifference> differences{};
  std::vector<std::string> alarms{};
  Precondition precondition{};
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
