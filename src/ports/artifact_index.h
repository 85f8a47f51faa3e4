#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/completeness.h"
#include "model/image_facts.h"
#include "model/image_ref.h"
#include "model/labels.h"

namespace sous {

/// Where and how a fact was learned.
struct Evidence {
  ImageRepository repository;
  std::string request;  // "GET manifest by tag 1.0.0"
  WallTime seen_at;
};

struct TagFact {
  ImageTag tag;
  std::optional<Digest> digest;  // absent: broken for good, see `broken`
  std::string broken;
  WallTime seen_at;
  std::optional<WallTime> vanished_at;
  std::uint32_t requests = 0;  // what learning it cost, and a reading that knows it saves

  friend bool operator==(const TagFact&, const TagFact&) = default;
};

struct ScanRecord {
  ImageRepository repository;
  WallTime started_at;
  WallTime finished_at;
  Completeness completeness;
  std::uint64_t tags = 0;
  std::uint64_t requests = 0;
  std::uint64_t saved = 0;  // further requests that what the index knew made needless
};

/// A Sous image together with where it was found.
struct IndexedArtifact {
  SousImage image;
  std::vector<ImageRepository> repositories;
};

/// The local search cache (design.md section 6). Facts by digest never change; losing the index
/// costs requests, never a decision. Safe for several threads and processes.
/// Fails with unavailable (busy, disk) and corrupt data as invalid_data.
class ArtifactIndex {
 public:
  virtual ~ArtifactIndex() = default;

  /// Stores facts; a digest already known keeps its first facts, missing config parts are added.
  virtual Status put_facts(std::span<const ImageFacts> facts, const Evidence& evidence) = 0;
  virtual Result<std::optional<ImageFacts>> facts(const Digest& digest) = 0;
  /// Of `digests`, those without facts, in the same order.
  virtual Result<std::vector<Digest>> unknown(std::span<const Digest> digests) = 0;

  /// Records one reading of a repository: its tags replace what was known, tags no longer listed
  /// are marked vanished if the scan is complete. What somebody saw while the scan ran stays.
  virtual Status put_scan(const ScanRecord& scan, std::span<const TagFact> tags) = 0;
  virtual Status put_tag(const ImageRepository& repository, const TagFact& tag) = 0;
  /// The same for many, at once or not at all.
  virtual Status put_tags(const ImageRepository& repository, std::span<const TagFact> tags) = 0;
  virtual Result<std::optional<TagFact>> tag(const ImageRepository& repository,
                                             const ImageTag& tag) = 0;
  /// By tag.
  virtual Result<std::vector<TagFact>> tags(const ImageRepository& repository) = 0;
  virtual Result<std::optional<ScanRecord>> last_scan(const ImageRepository& repository) = 0;
  /// The last scan of each repository.
  virtual Result<std::vector<ScanRecord>> scans() = 0;

  /// All Sous images of a location; of one version where given (equality ignores build metadata).
  virtual Result<std::vector<IndexedArtifact>> find(const SourceLocation& location,
                                                    const std::optional<Version>& version) = 0;
  virtual Result<std::optional<IndexedArtifact>> find(const Digest& digest) = 0;
  /// Every location of which there are Sous images, in order.
  virtual Result<std::vector<SourceLocation>> locations() = 0;
};

}  // namespace sous
