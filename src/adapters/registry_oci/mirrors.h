#pragma once

#include <vector>

#include "adapters/registry_oci/oci_config.h"
#include "model/image_ref.h"

namespace sous::registry_oci {

/// Where a repository can be pulled from besides itself, in the order of the configuration.
std::vector<ImageRepository> mirrors_of(const std::vector<Mirror>& mirrors,
                                        const ImageRepository& repository);

}  // namespace sous::registry_oci
