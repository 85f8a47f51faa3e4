#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/time.h"
#include "model/advisory.h"
#include "model/image_ref.h"
#include "model/source_id.h"

namespace sous {

/// An image that carries a source ID: identity is the digest, the names are only where to find it.
struct Artifact {
  Digest digest;
  SourceId source;
  Revision revision;
  Advisories advisories;
  std::optional<WallTime> built_at;
  std::optional<WallTime> created;  // of the image config; stands in for built_at
  std::optional<Digest> rebuild_of;
  std::optional<Digest> config_digest;
  std::optional<Digest> layers;  // sha256 of the ordered diff_ids joined by newlines
  std::vector<ImageRepository> repositories;

  friend bool operator==(const Artifact&, const Artifact&) = default;
};

}  // namespace sous
