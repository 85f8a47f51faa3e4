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

/// One image that a build came to.
struct BuiltProduct {
  SourceId source;
  std::string kind;  // empty: a service that can be deployed
  ImageByDigest image;
  std::vector<ImageTag> tags;
  Advisories advisories;
  std::optional<Digest> rebuild_of;
  /// Only for a rebuild: whether it is the same as the canonical image; else the first difference.
  std::optional<bool> identical;
  std::string difference;
  std::optional<ImageByDigest> canonical;  // the version's image, as it now stands
  /// Why registration or tags are not known to have come about; the next command goes on with
  /// them. Empty when nothing is left to do.
  std::string pending;
};

/// What a build came to (design.md section 12, `build`).
struct BuildReport {
  Revision revision;
  std::vector<BuiltProduct> products;  // at least one; the one that the build was asked for first
  std::vector<std::string> notes;

  const BuiltProduct& main() const { return products.front(); }

  bool is_pending() const;
};

/// Told what is being done, and every line that the engine prints.
struct BuildProgress {
  std::function<void(std::string_view step)> step;
  std::function<void(std::string_view line)> engine_line;
};

/// From a work tree to labelled, registered, locked images (design.md section 8). Nothing is
/// visible to others before the registration; an interrupted run leaves only blobs there, and what
/// it leaves here the next build removes. With the GDM's remote away the images are pushed and
/// kept, and are pending.
/// Fails with usage, blocked (strict, or a version locked to another revision), undecided,
/// failed (the engine's last lines as details), invalid_data (the run spec), unavailable.
Result<BuildReport> build(Node& node,
                          const BuildRequest& request,
                          const BuildProgress& progress,
                          const Call& call);

/// The commands that the first step of a build would run, without running them. Their layout is
/// made in the current directory.
Result<std::vector<CommandLine>> build_commands(Node& node,
                                                const BuildRequest& request,
                                                const Call& call);

}  // namespace sous::app
