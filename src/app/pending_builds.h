#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/build_space.h"
#include "app/publish.h"
#include "model/pending_build.h"

namespace sous::app {

/// Keeps a pushed build whose registration did not reach the GDM `gdm_id` (design.md section 9):
/// its layout, which must be in the directory of the build, and what is to be registered.
Status keep_pending(Node& node,
                    BuildSpace& space,
                    const Publication& publication,
                    const ArtifactStamp& stamp,
                    const std::string& gdm_id);

/// What became of a build that was kept.
struct PendingOutcome {
  enum class State : std::uint8_t {
    finished,  ///< registered and tagged
    waiting,   ///< the GDM's remote, or the registry, still does not answer
    refused,   ///< it cannot be registered any more; it is kept no longer
  };

  State state = State::waiting;
  SourceId source;
  std::string kind;
  std::optional<ImageByDigest> image;
  std::vector<ImageTag> tags;
  std::optional<Digest> rebuild_of;
  std::string why;  // where it is not finished
};

/// Completes the builds that are kept on this machine for the GDM in force, each as its own author.
/// Asks nobody anything when there are none. Builds that another process completes are left to it.
std::vector<PendingOutcome> finish_pending_builds(Node& node, const Call& call);

}  // namespace sous::app
