#pragma once

#include <string>

#include "app/node.h"
#include "engine/source_context.h"

namespace sous::app {

using SourceRequest = engine::SourceRequest;

/// A checkout's facts together with what they mean for a build.
struct SourceReading {
  SourceFacts facts;
  engine::SourceContext context;
};

/// Reads the work tree around `directory` and asks its remote, once, which tags it has.
Result<SourceReading> read_source(Node& node,
                                  const std::string& directory,
                                  const engine::SourceRequest& request,
                                  const Call& call);

/// Only the location: no network.
Result<SourceLocation> read_location(Node& node,
                                     const std::string& directory,
                                     const engine::SourceRequest& request,
                                     const Call& call);

}  // namespace sous::app
