#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ports/file_system.h"
#include "ports/image_builder.h"
#include "support/points.h"

namespace sous::support {

/// Writes an OCI layout of one layer, as an engine would, into `files`. The layer's bytes are
/// `content` and, unless the builds are reproducible, the number of the build. One thread at a
/// time.
class FakeImageBuilder final : public ImageBuilder {
 public:
  explicit FakeImageBuilder(FileSystem& files, Points& points = no_points());

  std::string content = "layer";
  bool reproducible = true;
  /// The environment of the images, as `NAME=value`.
  std::vector<std::string> environment;
  /// What an order for an image's files finds: path below the directory to content.
  std::map<std::string, std::string> files_of_image;
  /// What the next build fails with, if anything.
  std::optional<Error> failure;

  std::string name() const override { return "fake"; }

  Status probe(const Call& call) override;
  std::vector<CommandLine> commands(const BuildOrder& order) const override;
  Status build(const BuildOrder& order,
               const std::function<void(std::string_view line)>& on_line,
               const Call& call) override;

  Status discard(const std::string& name, const Call& call) override;
  Result<std::string> export_image(const Digest& digest,
                                   const std::string& directory,
                                   const Call& call) override;

  /// From now on the storage has what an OCI layout holds under its manifest's digest.
  void store(const Digest& digest, const std::string& layout) { stored_[digest] = layout; }

  std::uint64_t builds() const { return builds_; }

  /// The names of the images that were kept and not discarded.
  const std::set<std::string>& kept() const { return kept_; }

  /// The orders so far.
  const std::vector<BuildOrder>& orders() const { return orders_; }

 private:
  FileSystem& files_;
  Points& points_;
  std::uint64_t builds_ = 0;
  std::set<std::string> kept_;
  std::map<Digest, std::string> stored_;
  std::vector<BuildOrder> orders_;
};

}  // namespace sous::support
