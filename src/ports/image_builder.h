#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "base/time.h"
#include "ports/call.h"

namespace sous {

struct BuildOrder {
  std::string context;     // absolute directory
  std::string dockerfile;  // absolute path
  std::vector<std::pair<std::string, std::string>> build_args;
  std::optional<WallTime> timestamp;  // the commit's time
  bool pull = true;
  // Absolute paths of directories that are made; empty: not wanted.
  std::string layout;  // an OCI image layout with one manifest
  std::string files;   // the image's files
  std::string name;    // unique name of the intermediate image: `localhost/name:tag`
  bool keep = false;   // the image stays, for the COPY --from of other orders, until discard()
};

using CommandLine = std::vector<std::string>;

/// Turns a build context into an OCI image layout, by a program. Thread-safe.
/// Fails with unavailable (the engine cannot be used; the hint says why), failed (the build failed;
/// details are its last lines).
class ImageBuilder {
 public:
  virtual ~ImageBuilder() = default;

  virtual std::string name() const = 0;
  /// Whether the engine can be used here.
  virtual Status probe(const Call& call) = 0;
  /// What build() runs, for people to replay.
  virtual std::vector<CommandLine> commands(const BuildOrder& order) const = 0;
  virtual Status build(const BuildOrder& order,
                       const std::function<void(std::string_view line)>& on_line,
                       const Call& call) = 0;
  /// Removes the intermediate images `localhost/<name>`, whatever their tags, that builds left;
  /// that there are none is no failure.
  virtual Status discard(const std::string& name, const Call& call) = 0;

  /// Puts the blobs of an image that the engine's storage holds under this very digest into a
  /// directory that is made, each named by its hex digits, and returns its manifest's bytes. An
  /// engine packs layers anew, so a blob may be missing under its old digest. Fails with not_found.
  virtual Result<std::string> export_image(const Digest& digest,
                                           const std::string& directory,
                                           const Call& call) = 0;
};

}  // namespace sous
