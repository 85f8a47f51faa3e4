#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "app/image_source.h"

namespace sous::app {

struct RestoreRequest {
  SourceId source;
  Digest digest;     // registered for it
  ImagePlace place;  // that has it still
};

struct RestoredImage {
  ImageByDigest image;  // under the name by which its registration gives it
  std::string from;
  std::vector<ImageTag> tags;  // that it has now
};

/// Brings back a registered image that its registry has lost (design.md section 5, "Gone"): the
/// very bytes, from a place that has them still, to where its registration names it, with its tags.
/// What is there is not sent again. Fails with not_found (not registered, or the place does not
/// have all of it either), and as reading and pushing do.
Result<RestoredImage> restore_image(Node& node,
                                    const RestoreRequest& request,
                                    const std::function<void(std::string_view)>& on_step,
                                    const Call& call);

}  // namespace sous::app
