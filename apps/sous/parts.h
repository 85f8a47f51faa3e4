#pragma once

#include <memory>

#include "app/node.h"
#include "cli/settings.h"
#include "cli/wiring.h"
#include "ports/event_sink.h"

namespace sous::apps {

/// Every part of one Sous on this machine, and the node made of them.
class Parts {
 public:
  /// Opens what has to be opened. `events` must outlive this object.
  static Result<std::unique_ptr<Parts>> make(const cli::Environment& environment,
                                             const cli::Settings& settings,
                                             EventSink& events);

  virtual ~Parts() = default;

  virtual app::Node& node() = 0;
};

}  // namespace sous::apps
