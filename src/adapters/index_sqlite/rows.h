#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "adapters/index_sqlite/connection.h"
#include "ports/artifact_index.h"

namespace sous::index_sqlite {

/// Rows to and from the port's types. All throw SQLite::Exception; readers fail with invalid_data
/// on a row that Sous did not write.

std::int64_t repository_id(Connection& connection, const ImageRepository& repository);
std::optional<std::int64_t> known_repository_id(Connection& connection,
                                                const ImageRepository& repository);

struct ImageRow {
  std::int64_t id = 0;
  ImageFacts facts;
};

Result<ImageRow> read_image(const Use& row);
/// Stores facts or adds their config parts, and what they say of the image's identity.
Status put_image(Connection& connection,
                 const ImageFacts& facts,
                 const Evidence& evidence,
                 std::int64_t repository);
/// Absent when the image is not one of Sous.
Result<std::optional<IndexedArtifact>> read_artifact(Connection& connection, const ImageRow& row);

void put_tag_fact(Connection& connection, std::int64_t repository, const TagFact& tag);
/// Writes only what a scan changes: most of a repository is as it was.
Status put_scanned_tags(Connection& connection,
                        const ScanRecord& scan,
                        std::span<const TagFact> tags,
                        std::int64_t repository);
Result<std::vector<TagFact>> read_tags(Connection& connection, std::int64_t repository);
Result<TagFact> read_tag(const Use& row);

void put_scan_record(Connection& connection, const ScanRecord& scan, std::int64_t repository);
Result<ScanRecord> read_scan(const Use& row);

}  // namespace sous::index_sqlite
