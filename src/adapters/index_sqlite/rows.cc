#include "adapters/index_sqlite/rows.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "adapters/index_sqlite/fields.h"

namespace sous::index_sqlite {
namespace {

std::optional<std::string> text_of(const std::optional<Digest>& digest) {
  return digest ? std::optional(digest->str()) : std::nullopt;
}

Result<std::optional<Digest>> digest_at(const Use& row, int column) {
  if (row.is_null(column)) {
    return std::optional<Digest>();
  }
  return SOUS_TRY(Digest::parse(row.bytes(column)));
}

std::optional<std::string> encoded_labels(const ImageFacts& facts) {
  return facts.labels ? std::optional(encode_map(*facts.labels)) : std::nullopt;
}

std::optional<std::string> encoded_diff_ids(const ImageFacts& facts) {
  return facts.diff_ids ? std::optional(encode_digests(*facts.diff_ids)) : std::nullopt;
}

// Keeps what the facts say of the source, for look-ups.
void put_identity(Connection& connection, const ImageRow& row) {
  const auto identity = read_identity(row.facts);
  const auto* image = std::get_if<SousImage>(&identity);
  if (image == nullptr) {
    connection.use(Query::drop_identity)(row.id).run();
    return;
  }
  const auto& source = image->artifact.source;
  connection
      .use(Query::put_identity)(row.id)(source.location.repo())(source.location.offset())(
          source.version.canonical())(image->artifact.revision.str())
      .run();
}

}  // namespace

// ---- repositories -------------------------------------------------------------

std::optional<std::int64_t> known_repository_id(Connection& connection,
                                                const ImageRepository& repository) {
  auto use = connection.use(Query::repository_id);
  use(repository.host)(repository.path);
  return use.next() ? std::optional(use.number(0)) : std::nullopt;
}

std::int64_t repository_id(Connection& connection, const ImageRepository& repository) {
  if (const auto known = known_repository_id(connection, repository)) {
    return *known;
  }
  connection.use(Query::put_repository)(repository.host)(repository.path).run();
  return known_repository_id(connection, repository).value();
}

// ---- images -------------------------------------------------------------------

Result<ImageRow> read_image(const Use& row) {
  ImageRow out{.id = row.number(0),
               .facts = ImageFacts{.digest = SOUS_TRY(Digest::parse(row.bytes(1)))}};
  auto& facts = out.facts;
  facts.media_type = row.text(2);
  facts.manifest_size = static_cast<std::uint64_t>(row.number(3));
  facts.annotations = SOUS_TRY(decode_map(row.bytes(4)));
  facts.config_digest = SOUS_TRY(digest_at(row, 5));
  facts.children = SOUS_TRY(decode_children(row.bytes(6)));
  if (!row.is_null(7)) {
    facts.labels = SOUS_TRY(decode_map(row.bytes(7)));
  }
  if (!row.is_null(8)) {
    facts.diff_ids = SOUS_TRY(decode_digests(row.bytes(8)));
  }
  facts.created = row.optional_time(9);
  return out;
}

Status put_image(Connection& connection,
                 const ImageFacts& facts,
                 const Evidence& evidence,
                 std::int64_t repository) {
  const auto labels = encoded_labels(facts);
  const auto diff_ids = encoded_diff_ids(facts);
  {
    auto put = connection.use(Query::put_image);
    put(facts.digest.str())(facts.media_type)(static_cast<std::int64_t>(facts.manifest_size));
    put.blob(encode_map(facts.annotations)).maybe(text_of(facts.config_digest));
    put.blob(encode_children(facts.children)).maybe_blob(labels).maybe_blob(diff_ids);
    put.maybe(facts.created);
    put.run();
  }
  std::optional<ImageRow> row;
  {
    auto get = connection.use(Query::image);
    get(facts.digest.str());
    if (!get.next()) {
      return Error(Code::internal, "the index lost an image it has just stored");
    }
    row = SOUS_TRY(read_image(get));
  }
  const bool adds = (facts.labels && !row->facts.labels) ||
                    (facts.diff_ids && !row->facts.diff_ids) ||
                    (facts.created && !row->facts.created);
  if (adds) {
    auto add = connection.use(Query::add_config);
    add(row->id).maybe_blob(labels).maybe_blob(diff_ids).maybe(facts.created);
    add.run();
    row->facts.labels = row->facts.labels ? row->facts.labels : facts.labels;
    row->facts.diff_ids = row->facts.diff_ids ? row->facts.diff_ids : facts.diff_ids;
    row->facts.created = row->facts.created ? row->facts.created : facts.created;
  }
  put_identity(connection, *row);
  connection.use(Query::put_evidence)(row->id)(repository)(evidence.request)(evidence.seen_at)
      .run();
  return ok();
}

Result<std::optional<IndexedArtifact>> read_artifact(Connection& connection, const ImageRow& row) {
  auto identity = read_identity(row.facts);
  auto* image = std::get_if<SousImage>(&identity);
  if (image == nullptr) {
    return std::optional<IndexedArtifact>();
  }
  IndexedArtifact out{.image = std::move(*image), .repositories = {}};
  auto use = connection.use(Query::repositories_of);
  use(row.id)(row.facts.digest.str());
  while (use.next()) {
    out.repositories.push_back(ImageRepository{.host = use.text(0), .path = use.text(1)});
  }
  std::ranges::sort(out.repositories);
  return out;
}

// ---- tags ---------------------------------------------------------------------

void put_tag_fact(Connection& connection, std::int64_t repository, const TagFact& tag) {
  auto put = connection.use(Query::put_tag);
  put(repository)(tag.tag.str()).maybe(text_of(tag.digest));
  put(tag.broken)(tag.seen_at).maybe(tag.vanished_at);
  put.run();
}

void put_scanned_tags(Connection& connection,
                      const ScanRecord& scan,
                      std::span<const TagFact> tags,
                      std::int64_t repository) {
  // First all are gone, then those listed come back: one statement, whatever their number. What
  // somebody else saw while this scan ran is newer than its list.
  if (scan.completeness.is_complete()) {
    connection.use(Query::vanish_tags)(repository)(scan.finished_at)(scan.started_at).run();
  }
  for (const auto& tag : tags) {
    auto seen = connection.use(Query::tag_seen);
    seen(repository)(tag.tag.str());
    const bool seen_later =
        seen.next() && seen.time(0) > tag.seen_at && seen.time(0) <= scan.finished_at;
    if (!seen_later) {
      put_tag_fact(connection, repository, tag);
    }
  }
}

Result<TagFact> read_tag(const Use& row) {
  return TagFact{.tag = SOUS_TRY(ImageTag::parse(row.bytes(0))),
                 .digest = SOUS_TRY(digest_at(row, 1)),
                 .broken = row.text(2),
                 .seen_at = row.time(3),
                 .vanished_at = row.optional_time(4)};
}

// ---- scans --------------------------------------------------------------------

void put_scan_record(Connection& connection, const ScanRecord& scan, std::int64_t repository) {
  auto put = connection.use(Query::put_scan);
  put(repository)(scan.started_at)(scan.finished_at);
  put(std::int64_t{scan.completeness.is_complete()})(scan.completeness.reason());
  put.blob(encode_texts(scan.completeness.missing()));
  put(static_cast<std::int64_t>(scan.tags))(static_cast<std::int64_t>(scan.requests));
  put.run();
}

Result<ScanRecord> read_scan(const Use& row) {
  return ScanRecord{.repository = ImageRepository{.host = row.text(0), .path = row.text(1)},
                    .started_at = row.time(2),
                    .finished_at = row.time(3),
                    .completeness = row.number(4) != 0
                                        ? Completeness::complete()
                                        : Completeness::partial(
                                              row.text(5), SOUS_TRY(decode_texts(row.bytes(6)))),
                    .tags = static_cast<std::uint64_t>(row.number(7)),
                    .requests = static_cast<std::uint64_t>(row.number(8))};
}

}  // namespace sous::index_sqlite
