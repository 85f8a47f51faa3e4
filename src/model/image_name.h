#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/image_ref.h"
#include "model/source_id.h"

namespace sous {

/// The repository in which Sous keeps the images of a location and product kind (empty for the
/// service itself): readable, valid and injective (design.md section 4). Fails with invalid_data
/// only if the result with the registry's prefix would exceed 255 bytes even in its hashed form.
Result<ImageRepository> image_repository(const RegistryBase& registry,
                                         const SourceLocation& location,
                                         std::string_view kind);

/// The repository that the 2019 original used (sous-original 2.10); only ever looked at.
Result<ImageRepository> original_image_repository(std::string_view host,
                                                  const SourceLocation& location,
                                                  std::string_view kind);

/// The readable tag of a version: `M.m.p[-pre]`. Fails with invalid_data when longer than a tag may
/// be.
Result<ImageTag> version_tag(const Version& version);

/// The tag that belongs to one build alone: `z<revision>-<UTC time>-<12 hex of the digest>`.
/// `revision` may be longer than 40 digits (SHA-256); the result always fits a tag.
ImageTag unique_tag(const Revision& revision, WallTime built_at, const Digest& digest);

}  // namespace sous
