#pragma once

#include <optional>
#include <span>
#include <vector>

#include "app/node.h"

namespace sous::app {

/// Reads a registry repository into the index (design.md section 6): its tag list, and of what it
/// names only what the index does not know. Gaps make the record partial; they are no failure of
/// the call. A repository that does not exist is complete and empty. Fails only when the index
/// itself does.
Result<ScanRecord> scan_repository(Node& node, const ImageRepository& repository, const Call& call);

/// Makes sure the index has the facts of one image, reading manifest and config by digest when it
/// does not. Fails with not_found when the registry has no such image.
Result<IndexedArtifact> read_image(Node& node, const ImageByDigest& image, const Call& call);

}  // namespace sous::app
