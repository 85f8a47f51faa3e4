#pragma once

#include <functional>
#include <string_view>

#include "app/stamped_image.h"

namespace sous::app {

/// Told in words how far a push has come; may be empty.
using PushTalk = std::function<void(std::string_view line)>;

/// Pushes the layers, the config and the manifest by its digest; what is there is not sent again.
/// No tag is set: nothing is visible to others yet.
Status push_image(Node& node,
                  const ImageRepository& repository,
                  const BuiltLayout& layout,
                  const StampedImage& image,
                  const PushTalk& talk,
                  const Call& call);

}  // namespace sous::app
