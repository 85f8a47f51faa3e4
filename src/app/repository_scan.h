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

/// The facts of one image with those of its config, from the index or else read by digest, Sous
/// image or not: proof that both documents are there, before the image enters a lock. Fails with
/// not_found when the registry lacks one of them, and with invalid_data when its own labels are
/// malformed or disagree with its annotations.
Result<ImageFacts> read_image(Node& node, const ImageByDigest& image, const Call& call);

}  // namespace sous::app
