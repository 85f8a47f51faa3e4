#pragma once

#include <optional>

#include "adapters/registry_oci/exchange.h"
#include "ports/registry.h"

namespace sous::registry_oci {

/// Registry::push_blob and Registry::push_manifest.
Result<BlobOutcome> push_blob(const OciConfig& config,
                              Exchange& exchange,
                              const ImageRepository& repository,
                              const BlobUpload& upload,
                              const Call& call);
Status push_manifest(Exchange& exchange,
                     const ImageRepository& repository,
                     const RawManifest& manifest,
                     const std::optional<ImageTag>& tag,
                     const Call& call);

}  // namespace sous::registry_oci
