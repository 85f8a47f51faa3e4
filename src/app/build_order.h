#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/node.h"
#include "app/source_reader.h"
#include "app/stamped_image.h"
#include "codec/run_spec.h"

namespace sous::app {

/// The name of one intermediate image of a build.
std::string intermediate_image(const std::string& build, std::string_view role);

/// How the Dockerfile (or Containerfile) of a source is built, below the directory `space`. Fails
/// with usage when there is none.
Result<BuildOrder> source_order(Node& node,
                                const SourceReading& reading,
                                bool pull,
                                const std::string& build,
                                const std::string& space);

/// Where the image that a source's Dockerfile made says that it only holds the parts of other
/// images: the path of its run spec. Fails with unsupported for what the original's third strategy
/// needs.
Result<std::optional<std::string>> run_spec_path(const BuiltLayout& built);

/// Whether an image, by its config document, was only made to build others: it names a run spec.
Result<bool> is_build_image(std::string_view config);

/// Reads the run spec out of the kept image of `source`.
Result<std::vector<codec::RunSpecImage>> read_run_spec(Node& node,
                                                       const BuildOrder& source,
                                                       const std::string& path,
                                                       const SourceReading& reading,
                                                       const std::string& space,
                                                       const Call& call);

/// How the image number `number` of a run spec is built from the kept image of `source`.
Result<BuildOrder> product_order(Node& node,
                                 const BuildOrder& source,
                                 const codec::RunSpecImage& image,
                                 std::size_t number,
                                 const SourceReading& reading,
                                 const std::string& space);

}  // namespace sous::app
