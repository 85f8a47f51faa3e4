#pragma once

#include <optional>
#include <vector>

#include "app/gdm_access.h"
#include "app/stamped_image.h"

namespace sous::app {

/// What becomes of a build once it is known to others.
struct Published {
  StampedImage image;
  GdmState state;  // with the registration
  std::vector<ImageTag> tags;
};

/// A built image on its way to others.
struct Publication {
  ImageRepository repository;
  BuiltLayout layout;
  ArtifactStamp stamp;     // with `rebuilt` and rebuild_of where it is known to be one
  std::string remote_url;  // without credentials
  bool anyway = false;     // also where a final lock names another revision
};

/// Pushes by digest, registers, then tags (design.md sections 5 and 8). When another build of the
/// same source is registered first, this one becomes the rebuild: it is stamped and pushed again.
Result<Published> publish(Node& node, const Publication& publication, const Call& call);

}  // namespace sous::app
