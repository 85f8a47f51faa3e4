#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/gdm_access.h"
#include "app/node.h"
#include "engine/choice.h"
#include "engine/plan.h"
#include "model/deployment.h"

namespace sous::app {

/// A reading of a repository counts as the present one for so long.
inline constexpr Duration kMaxAge = std::chrono::seconds(60);

/// What is known of the images of one version, gathered for a choice.
struct KnownImages {
  std::vector<Artifact> found;  // from the index, after the scans
  Completeness scanned = Completeness::complete();
};

/// Makes what the index knows of a version the present state: every repository of its location is
/// listed unless that was done within kMaxAge, its version tag asked once more where it may have
/// moved since, and what is seen running read. Gaps make the answer partial.
Result<KnownImages> search(
    Node& node, const Gdm& gdm, const SourceId& source, const Ads& seen, const Call& call);

/// The canonical choice with all its candidates, by the ladder of design.md section 6: a lock, and
/// whatever nothing missing could change, costs no request. `wanted` is a revision or a prefix of
/// one. `seen` is what clusters run; without it they are asked where the choice needs it.
Result<Decision> decide(Node& node,
                        const Gdm& gdm,
                        const SourceId& source,
                        std::optional<std::string> wanted,
                        const Call& call,
                        const Ads* seen = nullptr);

/// The same as a plan needs it.
engine::ChosenImage chosen_image(const Decision& decision);

}  // namespace sous::app
