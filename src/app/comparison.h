#pragma once

#include <optional>
#include <string>

#include "app/node.h"
#include "app/stamped_image.h"
#include "model/lock.h"

namespace sous::app {

/// How an image differs from another one: the first difference, or nothing when both are the same
/// build (design.md section 8). Fails when what the other one holds cannot be read.
Result<std::optional<std::string>> difference_to(Node& node,
                                                 const ImageRepository& repository,
                                                 const Registration& known,
                                                 const StampedImage& image,
                                                 const Call& call);

}  // namespace sous::app
