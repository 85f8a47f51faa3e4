#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/locked.h"
#include "ports/artifact_index.h"
#include "support/points.h"

namespace sous::support {

/// The fake of ArtifactIndex. Points: `index.<method>`. Thread-safe.
class MemoryIndex final : public ArtifactIndex {
 public:
  explicit MemoryIndex(Points& points = no_points()) : points_(points) {}

  Status put_facts(std::span<const ImageFacts> facts, const Evidence& evidence) override;
  Result<std::optional<ImageFacts>> facts(const Digest& digest) override;
  Result<std::vector<Digest>> unknown(std::span<const Digest> digests) override;
  Status put_scan(const ScanRecord& scan, std::span<const TagFact> tags) override;
  Status put_tag(const ImageRepository& repository, const TagFact& tag) override;
  Status put_tags(const ImageRepository& repository, std::span<const TagFact> tags) override;
  Result<std::optional<TagFact>> tag(const ImageRepository& repository,
                                     const ImageTag& tag) override;
  Result<std::vector<TagFact>> tags(const ImageRepository& repository) override;
  Result<std::optional<ScanRecord>> last_scan(const ImageRepository& repository) override;
  Result<std::vector<ScanRecord>> scans() override;
  Result<std::vector<IndexedArtifact>> find(const SourceLocation& location,
                                            const std::optional<Version>& version) override;
  Result<std::optional<IndexedArtifact>> find(const Digest& digest) override;
  Result<std::vector<SourceLocation>> locations() override;

  struct Image {
    ImageFacts facts;
    std::set<ImageRepository> found_in;
  };

  struct State {
    std::map<Digest, Image> images;
    std::map<ImageRepository, std::map<std::string, TagFact>> tags;
    std::map<ImageRepository, ScanRecord> scans;
  };

 private:
  Points& points_;
  Locked<State> state_;
};

}  // namespace sous::support
