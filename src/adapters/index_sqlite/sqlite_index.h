#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "ports/artifact_index.h"
#include "ports/clock.h"
#include "ports/event_sink.h"
#include "ports/file_system.h"

namespace sous::index_sqlite {

/// The parts of this machine that the index works with; all outlive it.
struct Parts {
  FileSystem& files;
  Clock& clock;
  EventSink& events;
};

/// The search cache in an SQLite file (docs/adr/0011-index-in-sqlite.md). Several threads and
/// processes may use one directory. A damaged file is left aside, said as event `index.rebuilt`,
/// and a new one begun.
class SqliteIndex final : public ArtifactIndex {
 public:
  /// Opens the index in `directory`, which is made when missing. Fails with unavailable.
  static Result<std::unique_ptr<SqliteIndex>> open(std::string directory, const Parts& parts);

  ~SqliteIndex() override;
  SqliteIndex(const SqliteIndex&) = delete;
  SqliteIndex& operator=(const SqliteIndex&) = delete;

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

 private:
  class Pool;

  explicit SqliteIndex(std::unique_ptr<Pool> pool);

  template <typename Work>
  auto with_connection(Work work);

  std::unique_ptr<Pool> pool_;
};

}  // namespace sous::index_sqlite
