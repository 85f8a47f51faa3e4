#pragma once

#include <optional>
#include <vector>

#include "app/gdm_access.h"
#include "app/push_image.h"
#include "engine/registration.h"

namespace sous::app {

/// What becomes of a build once it is pushed.
struct Published {
  StampedImage image;
  std::optional<GdmState> state;  // with the registration
  std::vector<ImageTag> tags;
  /// Where the registration is not known to have reached the GDM, or the tags the registry: why.
  /// The stamp of the image is the one to go on with.
  std::optional<Error> away;
};

/// A built image on its way to others.
struct Publication {
  ImageRepository repository;
  BuiltLayout layout;
  ArtifactStamp stamp;     // with `rebuilt` and rebuild_of where it is known to be one
  std::string kind;        // of the product; empty is the service itself
  std::string remote_url;  // without credentials
  bool anyway = false;     // also where a final lock names another revision
};

/// A stamp with what the records say of its build: `rebuilt`, `tag mismatch`, or nothing more.
ArtifactStamp judged_stamp(ArtifactStamp stamp, const engine::BuildJudgement& judgement);

/// Pushes by digest, registers, then tags (design.md sections 5 and 8). When another build of the
/// same source is registered first, this one becomes the rebuild: it is stamped and pushed again.
/// That the GDM's remote is away is no failure here: what is published again then goes on. Fails
/// as pushing, registering (blocked, conflict) and tagging do. `talk` is told of the layers.
Result<Published> publish(Node& node,
                          const Publication& publication,
                          const PushTalk& talk,
                          const Call& call);

}  // namespace sous::app
