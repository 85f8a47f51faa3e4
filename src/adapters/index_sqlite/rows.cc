#include "adapters/index_sqlite/rows.h"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>
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
void put_identity(Connection& connection, std::int64_t id, const ImageFacts& facts) {
  const auto identity = read_identity(facts);
  const auto* image = std::get_if<SousImage>(&identity);
  if (image == nullptr) {
    connection.use(Query::drop_identity)(id).run();
    return;
  }
  const auto& source = image->artifact.source;
  connection
      .use(Query::put_identity)(id)(source.location.repo())(source.location.offset())(
          source.version.canonical())(image->artifact.revision.str())
      .run();
}

// The new row; nothing when the digest is known already.
std::optional<std::int64_t> insert_image(Connection& connection, const ImageFacts& facts) {
  auto put = connection.use(Query::put_image);
  put(facts.digest.str())(facts.media_type)(static_cast<std::int64_t>(facts.manifest_size));
  put.blob(encode_map(facts.annotations)).maybe(text_of(facts.config_digest));
  put.blob(encode_children(facts.children));
  put.maybe_blob(encoded_labels(facts)).maybe_blob(encoded_diff_ids(facts));
  put.maybe(facts.created);
  return put.next() ? std::optional(put.number(0)) : std::nullopt;
}

// Adds the parts of the config that a known image lacks; its row.
Result<std::int64_t> complete_image(Connection& connection, const ImageFacts& facts) {
  std::optional<ImageRow> row;
  {
    auto get = connection.use(Query::image);
    get(facts.digest.str());
    if (!get.next()) {
      return Error(Code::internal, "the index lost an image that it knows");
    }
    row = SOUS_TRY(read_image(get));
  }
  ImageFacts& known = row->facts;
  if ((!facts.labels || known.labels) && (!facts.diff_ids || known.diff_ids) &&
      (!facts.created || known.created)) {
    return row->id;
  }
  auto add = connection.use(Query::add_config);
  add(row->id).maybe_blob(encoded_labels(facts)).maybe_blob(encoded_diff_ids(facts));
  add.maybe(facts.created).run();
  known.labels = known.labels ? known.labels : facts.labels;
  known.diff_ids = known.diff_ids ? known.diff_ids : facts.diff_ids;
  known.created = known.created ? known.created : facts.created;
  put_identity(connection, row->id, known);
  return row->id;
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
  const auto digest = SOUS_TRY(Digest::parse(row.bytes(1)));
  ImageRow out{.id = row.number(0), .facts = ImageFacts{.digest = digest}};
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
  auto id = insert_image(connection, facts);
  if (id) {
    put_identity(connection, *id, facts);
  } else {
    id = SOUS_TRY(complete_image(connection, facts));
  }
  connection.use(Query::put_evidence) (*id)(repository)(evidence.request)(evidence.seen_at).run();
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
  put(tag.broken)(tag.seen_at).maybe(tag.vanished_at)(std::int64_t{tag.requests});
  put.run();
}

Status put_scanned_tags(Connection& connection,
                        const ScanRecord& scan,
                        std::span<const TagFact> tags,
                        std::int64_t repository) {
  std::unordered_map<std::string, TagFact> known;
  for (auto& tag : SOUS_TRY(read_tags(connection, repository))) {
    std::string name = tag.tag.str();
    known.emplace(std::move(name), std::move(tag));
  }
  for (const auto& tag : tags) {
    const auto before = known.find(tag.tag.str());
    if (before == known.end()) {
      put_tag_fact(connection, repository, tag);
      continue;
    }
    // What somebody else saw while this scan ran is newer than its list.
    const TagFact& old = before->second;
    const bool seen_later = old.seen_at > tag.seen_at && old.seen_at <= scan.finished_at;
    if (!seen_later && old != tag) {
      put_tag_fact(connection, repository, tag);
    }
    known.erase(before);
  }
  if (!scan.completeness.is_complete()) {
    return ok();
  }
  for (const auto& [name, tag] : known) {
    const bool during = tag.seen_at >= scan.started_at && tag.seen_at <= scan.finished_at;
    if (!tag.vanished_at && !during) {
      connection.use(Query::vanish_tag)(repository)(name)(scan.finished_at).run();
    }
  }
  return ok();
}

Result<std::vector<TagFact>> read_tags(Connection& connection, std::int64_t repository) {
  std::vector<TagFact> out;
  auto use = connection.use(Query::tags);
  use(repository);
  while (use.next()) {
    out.push_back(SOUS_TRY(read_tag(use)));
  }
  return out;
}

Result<TagFact> read_tag(const Use& row) {
  auto tag = SOUS_TRY(ImageTag::parse(row.bytes(0)));
  const auto digest = SOUS_TRY(digest_at(row, 1));
  return TagFact{.tag = std::move(tag),
                 .digest = digest,
                 .broken = row.text(2),
                 .seen_at = row.time(3),
                 .vanished_at = row.optional_time(4),
                 .requests = static_cast<std::uint32_t>(row.number(5))};
}

// ---- scans --------------------------------------------------------------------

void put_scan_record(Connection& connection, const ScanRecord& scan, std::int64_t repository) {
  auto put = connection.use(Query::put_scan);
  put(repository)(scan.started_at)(scan.finished_at);
  put(std::int64_t{scan.completeness.is_complete()})(scan.completeness.reason());
  put.blob(encode_texts(scan.completeness.missing()));
  put(static_cast<std::int64_t>(scan.tags))(static_cast<std::int64_t>(scan.requests));
  put(static_cast<std::int64_t>(scan.saved));
  put.run();
}

Result<ScanRecord> read_scan(const Use& row) {
  auto completeness = Completeness::complete();
  if (row.number(4) == 0) {
    completeness = Completeness::partial(row.text(5), SOUS_TRY(decode_texts(row.bytes(6))));
  }
  return ScanRecord{.repository = ImageRepository{.host = row.text(0), .path = row.text(1)},
                    .started_at = row.time(2),
                    .finished_at = row.time(3),
                    .completeness = std::move(completeness),
                    .tags = static_cast<std::uint64_t>(row.number(7)),
                    .requests = static_cast<std::uint64_t>(row.number(8)),
                    .saved = static_cast<std::uint64_t>(row.number(9))};
}

}  // namespace sous::index_sqlite
