#pragma once

#include <vector>

#include "app/node.h"
#include "model/lock.h"

namespace sous::app {

/// Sets the tags of a version's registered images of one kind in one repository (design.md section
/// 4): the version tag on the canonical one, and a tag of its own on every other, also on those
/// that an interrupted build left without. A registry that forbids moving tags is no error: locks
/// decide, tags never do. Returns the tags that `image`, which must be registered, was given.
Result<std::vector<ImageTag>> tag_images(Node& node,
                                         const ImageRepository& repository,
                                         const LockFile& file,
                                         const RawManifest& image,
                                         const Call& call);

/// A tag that an image was given.
struct GivenTag {
  Digest digest;
  ImageTag tag;
};

/// Tags again what a scan of the repository found registered but without any tag, since a registry
/// may remove what no tag names (design.md section 8). Asks nobody anything when there is nothing
/// of that kind. To be called after a complete scan. Returns the tags that were set.
Result<std::vector<GivenTag>> tag_again(Node& node,
                                        const ImageRepository& repository,
                                        const Gdm& gdm,
                                        const Call& call);

}  // namespace sous::app
