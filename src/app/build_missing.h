#pragma once

#include <optional>
#include <string>

#include "app/build.h"

namespace sous::app {

struct MissingBuild {
  SourceId source;
  std::optional<std::string> revision;  // the wanted one
  std::string directory;                // where a checkout of the repository may be
};

/// Builds a version from a fresh clone when no image of it is known anywhere (design.md section 8,
/// `deploy --build`): at the wanted revision, else at the version's tag. The clone comes from the
/// remote of the checkout in `directory` where that is the repository, else from the place that is
/// configured for its host, else from https://<repo>. Nothing is built where an image is known, or
/// where that cannot be decided. Fails as build does, and with not_found where there is no such
/// tag.
Result<std::optional<BuildReport>> build_if_missing(Node& node,
                                                    const MissingBuild& request,
                                                    const BuildProgress& progress,
                                                    const Call& call);

}  // namespace sous::app
