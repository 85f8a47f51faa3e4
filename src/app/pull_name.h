#pragma once

#include "app/node.h"

namespace sous::app {

/// The name under which a cluster pulls an image: that of its own `registry` where that host has
/// the digest (design.md section 10), else the image's own. A host that has it is asked once and
/// remembered by the index; one that has not, or does not answer, is asked again next time.
ImageByDigest pull_name(Node& node,
                        const ClusterDefinition& cluster,
                        const ImageByDigest& image,
                        const Call& call);

}  // namespace sous::app
