#pragma once

#include <optional>

#include "app/node.h"
#include "model/image_ref.h"
#include "model/lock.h"
#include "model/source_id.h"

namespace sous::app {

/// An image that was built elsewhere, and what it is said to be.
struct AddRequest {
  SourceId source;
  std::optional<Revision> revision;  // needed where the image does not tell
  ImageRef image;                    // by tag or digest
  Advisories advisories;             // beside `added artifact` and those in its labels
};

/// Registers an image as an artifact of a version (design.md section 5). For an image without
/// labels that registration is its identity; one with other labels is refused. Manifest and config
/// are read by digest first. The same again changes nothing. Returns all that is known of the
/// version.
/// Fails with usage (no tag and no digest, no revision), blocked (other labels), conflict
/// (registered from another revision), and as read_image does.
Result<LockFile> add_artifact(Node& node, const AddRequest& request, const Call& call);

}  // namespace sous::app
