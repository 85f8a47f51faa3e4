#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/node.h"
#include "app/source_reader.h"
#include "model/decision.h"

namespace sous::app {

struct BuildRequest {
  std::string directory;
  engine::SourceRequest source;
  bool strict = false;  // refuse any advisory before building
  bool anyway = false;  // build although a final lock names another revision
  bool pull = true;
};

/// What a build came to (design.md section 12, `build`).
struct BuildReport {
  SourceId source;
  Revision revision;
  ImageByDigest image;
  std::vector<ImageTag> tags;
  Advisories advisories;
  std::optional<Digest> rebuild_of;
  /// Only for a rebuild: whether it is the same as the canonical image; else the first difference.
  std::optional<bool> identical;
  std::string difference;
  std::optional<ImageByDigest> canonical;  // the version's image, as it now stands
  std::vector<std::string> notes;
};

/// Told what is being done, and every line that the engine prints.
struct BuildProgress {
  std::function<void(std::string_view step)> step;
  std::function<void(std::string_view line)> engine_line;
};

/// From a work tree to a labelled, registered, locked image (design.md section 8). Nothing is
/// visible to others before the registration; an interrupted run leaves only blobs behind.
/// Fails with usage, blocked (strict, or a version locked to another revision), undecided,
/// failed (the engine's last lines as details), unavailable.
Result<BuildReport> build(Node& node,
                          const BuildRequest& request,
                          const BuildProgress& progress,
                          const Call& call);

/// The commands a build would run, without running them.
Result<std::vector<CommandLine>> build_commands(Node& node,
                                                const BuildRequest& request,
                                                const Call& call);

}  // namespace sous::app
