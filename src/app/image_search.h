#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/gdm_access.h"
#include "app/node.h"
#include "engine/choice.h"
#include "engine/plan.h"

namespace sous::app {

/// What is known of the images of one version, gathered for a choice.
struct KnownImages {
  std::vector<Artifact> found;  // from the index, after the scans
  Completeness scanned = Completeness::complete();
};

/// The repositories in which images of a location are looked for (design.md section 6).
Result<std::vector<ImageRepository>> repositories_of(const Node& node,
                                                     const Gdm& gdm,
                                                     const SourceLocation& location);

/// Climbs the ladder of design.md section 6 for a version: a lock ends it without any request; else
/// every repository of the location is scanned. A wanted revision needs a lock of its own.
Result<KnownImages> search(Node& node,
                           const Gdm& gdm,
                           const SourceId& source,
                           const std::optional<std::string>& wanted,
                           const Call& call);

/// The canonical choice with all its candidates. `wanted` is a revision or a prefix of one.
Result<Decision> decide(Node& node,
                        const Gdm& gdm,
                        const SourceId& source,
                        std::optional<std::string> wanted,
                        const Call& call);

/// The same as a plan needs it.
engine::ChosenImage chosen_image(const Decision& decision);

}  // namespace sous::app
