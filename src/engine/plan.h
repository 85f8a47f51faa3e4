#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string_view>

#include "engine/expand.h"
#include "engine/filter.h"
#include "model/plan.h"

namespace sous::engine {

/// A canonical choice as a plan needs it.
struct ChosenImage {
  Verdict verdict;
  Advisories advisories;  // of the decided image
  std::string gone{};     // why it cannot be given: its registries have lost it; usually empty
};

struct PlanPolicy {
  /// Exactly so many removals, stops and restarts were agreed to (`--confirm N`).
  std::optional<std::size_t> confirmed;
  /// Give the version's canonical image anew, also where a record already gave one (`sous deploy`).
  bool choose_anew = false;
  /// Give the same image and specification again as a new generation (`sous deploy --force`).
  bool force = false;
  /// Act on deployments that are held (`--release`).
  bool ignore_holds = false;
  /// Take over what another GDM, or none, gave (`sous deploy --adopt`).
  bool adopt = false;
  /// Plan for these alone: nothing else is shown, or counts as ended.
  Filter only{};
};

/// A plan that ends (removes, stops or restarts) more of a cluster than both of these needs a
/// confirmation (design.md section 11).
inline constexpr std::size_t kFreeRemovals = 3;
inline constexpr double kFreeRemovalShare = 0.10;

/// Whether an image must be chosen for a version, because no record gives one for it.
bool needs_choice(const Version& wanted, const GivenRecord* given);

/// The actions that take what runs to what should be, each with its reason (design.md section 11).
/// Pure; no argument is changed. `chosen` holds a choice for every deployment that needs one; a
/// missing one counts as undecided. Only clusters in `ads` are planned for.
Plan plan(const Gdm& gdm,
          const Ads& ads,
          const std::map<DeploymentId, ChosenImage>& chosen,
          const PlanPolicy& policy,
          WallTime now);

/// The same with the GDM's expansion, which a caller that plans again and again makes once per GDM.
Plan plan(const Gdm& gdm,
          const Expansion& expansion,
          const Ads& ads,
          const std::map<DeploymentId, ChosenImage>& chosen,
          const PlanPolicy& policy,
          WallTime now);

/// The reason of an update whose only cause is a cluster's defaults or a newer Sous's rendering.
inline constexpr std::string_view kDefaultsReason = "defaults";

/// Whether an action is such an update: shown, and carried out by a deploy or apply alone.
bool is_defaults_update(const Action& action);

/// The first advisory of an image that a cluster does not allow.
std::optional<std::string> unacceptable_advisory(const Advisories& advisories,
                                                 const ClusterDefinition& cluster);

}  // namespace sous::engine
