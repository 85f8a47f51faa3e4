#include "adapters/index_sqlite/connection.h"

#include <sqlite3.h>

namespace sous::index_sqlite {
namespace {

constexpr int kBusyMilliseconds = 10'000;

constexpr const char* kSchemaSql = R"sql(
CREATE TABLE repositories(
  id INTEGER PRIMARY KEY,
  host TEXT NOT NULL,
  path TEXT NOT NULL,
  UNIQUE(host, path)
) STRICT;
CREATE TABLE images(
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  media_type TEXT NOT NULL,
  manifest_size INTEGER NOT NULL,
  annotations BLOB NOT NULL,
  config_digest TEXT,
  children BLOB NOT NULL,
  labels BLOB,
  diff_ids BLOB,
  created INTEGER
) STRICT;
CREATE TABLE evidence(
  image INTEGER NOT NULL REFERENCES images,
  repository INTEGER NOT NULL REFERENCES repositories,
  request TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY(image, repository)
) STRICT, WITHOUT ROWID;
CREATE TABLE identities(
  repo TEXT NOT NULL,
  offset_ TEXT NOT NULL,
  version TEXT NOT NULL,
  revision TEXT NOT NULL,
  image INTEGER NOT NULL UNIQUE REFERENCES images,
  PRIMARY KEY(repo, offset_, version, image)
) STRICT, WITHOUT ROWID;
CREATE TABLE tags(
  repository INTEGER NOT NULL REFERENCES repositories,
  tag TEXT NOT NULL,
  digest TEXT,
  broken TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  vanished_at INTEGER,
  requests INTEGER NOT NULL,
  PRIMARY KEY(repository, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_by_digest ON tags(digest, repository);
CREATE TABLE scans(
  repository INTEGER PRIMARY KEY REFERENCES repositories,
  started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  complete INTEGER NOT NULL,
  reason TEXT NOT NULL,
  missing BLOB NOT NULL,
  tags INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  saved INTEGER NOT NULL
) STRICT;
)sql";

#define SOUS_IMAGE_COLUMNS                                                                      \
  "i.id, i.digest, i.media_type, i.manifest_size, i.annotations, i.config_digest, i.children, " \
  "i.labels, i.diff_ids, i.created"

#define SOUS_TAG_COLUMNS "tag, digest, broken, seen_at, vanished_at, requests"
#define SOUS_SCAN_COLUMNS                                                                  \
  "r.host, r.path, s.started_at, s.finished_at, s.complete, s.reason, s.missing, s.tags, " \
  "s.requests, s.saved"

constexpr std::array<const char*, static_cast<std::size_t>(Query::count_)> kSql{
    "BEGIN IMMEDIATE",
    "COMMIT",
    "ROLLBACK",
    "INSERT OR IGNORE INTO repositories(host, path) VALUES(?, ?)",
    "SELECT id FROM repositories WHERE host = ? AND path = ?",
    "INSERT OR IGNORE INTO images(digest, media_type, manifest_size, annotations, config_digest, "
    "children, labels, diff_ids, created) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    "UPDATE images SET labels = coalesce(labels, ?2), diff_ids = coalesce(diff_ids, ?3), "
    "created = coalesce(created, ?4) WHERE id = ?1",
    "SELECT " SOUS_IMAGE_COLUMNS " FROM images i WHERE i.digest = ?",
    "SELECT 1 FROM images WHERE digest = ?",
    "INSERT OR IGNORE INTO evidence(image, repository, request, seen_at) VALUES(?, ?, ?, ?)",
    "INSERT OR REPLACE INTO identities(image, repo, offset_, version, revision) "
    "VALUES(?, ?, ?, ?, ?)",
    "DELETE FROM identities WHERE image = ?",
    "SELECT " SOUS_IMAGE_COLUMNS
    " FROM identities n JOIN images i ON i.id = n.image WHERE n.repo = ? AND n.offset_ = ?",
    "SELECT " SOUS_IMAGE_COLUMNS
    " FROM identities n JOIN images i ON i.id = n.image WHERE n.repo = ? AND n.offset_ = ? AND "
    "n.version = ?",
    "SELECT r.host, r.path FROM repositories r WHERE r.id IN (SELECT repository FROM evidence "
    "WHERE image = ?1 UNION SELECT repository FROM tags WHERE digest = ?2)",
    "SELECT DISTINCT repo, offset_ FROM identities ORDER BY repo, offset_",
    "INSERT OR REPLACE INTO tags(repository, tag, digest, broken, seen_at, vanished_at, requests) "
    "VALUES(?, ?, ?, ?, ?, ?, ?)",
    "UPDATE tags SET vanished_at = ?3 WHERE repository = ?1 AND tag = ?2",
    "SELECT " SOUS_TAG_COLUMNS " FROM tags WHERE repository = ? AND tag = ?",
    "SELECT " SOUS_TAG_COLUMNS " FROM tags WHERE repository = ? ORDER BY tag",
    "INSERT OR REPLACE INTO scans(repository, started_at, finished_at, complete, reason, missing, "
    "tags, requests, saved) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "SELECT " SOUS_SCAN_COLUMNS
    " FROM scans s JOIN repositories r ON r.id = s.repository WHERE r.host = ? AND "
    "r.path = ?",
    "SELECT " SOUS_SCAN_COLUMNS
    " FROM scans s JOIN repositories r ON r.id = s.repository ORDER BY r.host, r.path",
};

}  // namespace

// ---- statements --------------------------------------------------------------

Use::~Use() {
  // The step has told its failure already.
  static_cast<void>(statement_.tryReset());
}

Use& Use::operator()(const std::string& text) {
  statement_.bind(++bound_, text);
  return *this;
}

Use& Use::operator()(std::int64_t number) {
  statement_.bind(++bound_, number);
  return *this;
}

Use& Use::operator()(WallTime time) {
  return (*this)(static_cast<std::int64_t>(time.time_since_epoch().count()));
}

Use& Use::maybe(const std::optional<std::string>& text) {
  if (text) {
    return (*this)(*text);
  }
  statement_.bind(++bound_);
  return *this;
}

Use& Use::maybe(const std::optional<WallTime>& time) {
  if (time) {
    return (*this)(*time);
  }
  statement_.bind(++bound_);
  return *this;
}

Use& Use::blob(const std::string& bytes) {
  statement_.bind(++bound_, bytes.data(), static_cast<int>(bytes.size()));
  return *this;
}

Use& Use::maybe_blob(const std::optional<std::string>& bytes) {
  if (bytes) {
    return blob(*bytes);
  }
  statement_.bind(++bound_);
  return *this;
}

std::string_view Use::bytes(int column) const {
  const auto value = statement_.getColumn(column);
  const auto* data = static_cast<const char*>(value.getBlob());
  return data == nullptr ? std::string_view()
                         : std::string_view(data, static_cast<std::size_t>(value.getBytes()));
}

std::optional<WallTime> Use::optional_time(int column) const {
  return is_null(column) ? std::optional<WallTime>() : time(column);
}

// ---- connection --------------------------------------------------------------

Connection::Connection(const std::string& path)
    : path_(path),
      database_(path,
                SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX,
                kBusyMilliseconds) {
  // The first statement that reads the file: it fails on one that is not a database.
  const int schema = database_.execAndGet("PRAGMA user_version").getInt();
  if (schema != 0 && schema != kSchema) {
    throw SQLite::Exception("the file has another schema", SQLITE_CORRUPT);
  }
  database_.exec("PRAGMA synchronous = NORMAL");
  database_.exec("PRAGMA foreign_keys = OFF");
  if (schema == 0) {
    make_schema();
  }
}

// Of several that change the mode at once, SQLite refuses some without waiting. They wait for the
// lock of the one that is at it, and then find it done.
void Connection::use_write_ahead_log() {
  constexpr int kAttempts = 10;
  for (int attempt = 1;; ++attempt) {
    try {
      database_.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (const SQLite::Exception& exception) {
      if ((exception.getErrorCode() & 0xff) != SQLITE_BUSY || attempt == kAttempts) {
        throw;
      }
    }
    database_.exec("BEGIN IMMEDIATE");
    database_.exec("COMMIT");
  }
}

// Everybody may try at once: the first does it, the others find it done.
void Connection::make_schema() {
  use_write_ahead_log();
  database_.exec("BEGIN IMMEDIATE");
  if (database_.execAndGet("PRAGMA user_version").getInt() == 0) {
    database_.exec(kSchemaSql);
    database_.exec("PRAGMA user_version = " + std::to_string(kSchema));
  }
  database_.exec("COMMIT");
}

Use Connection::use(Query query) {
  auto& statement = statements_[static_cast<std::size_t>(query)];
  if (!statement) {
    statement =
        std::make_unique<SQLite::Statement>(database_, kSql[static_cast<std::size_t>(query)]);
  }
  return Use(*statement);
}

Transaction::Transaction(Connection& connection) : connection_(connection) {
  connection_.use(Query::begin).run();
}

Transaction::~Transaction() {
  if (committed_) {
    return;
  }
  try {
    connection_.use(Query::rollback).run();
  } catch (const SQLite::Exception&) {  // NOLINT(bugprone-empty-catch)
    // SQLite has rolled back by itself; the failure that brought us here is the one to tell.
    committed_ = true;
  }
}

void Transaction::commit() {
  connection_.use(Query::commit).run();
  committed_ = true;
}

bool is_corrupt(const SQLite::Exception& exception) {
  const int code = exception.getErrorCode() & 0xff;
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_SCHEMA;
}

bool is_removed(const SQLite::Exception& exception) {
  return (exception.getErrorCode() & 0xff) == SQLITE_CANTOPEN ||
         exception.getExtendedErrorCode() == SQLITE_READONLY_DBMOVED;
}

Error to_error(const SQLite::Exception& exception) {
  const int code = exception.getErrorCode() & 0xff;
  if (is_corrupt(exception)) {
    return Error(Code::invalid_data, "the index is damaged: " + std::string(exception.what()));
  }
  Error error(Code::unavailable, "the index cannot be used: " + std::string(exception.what()));
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
    return std::move(error).hinted("another process has been writing to it for long; try again");
  }
  return std::move(error).hinted("look at the disk and at the rights of its directory");
}

}  // namespace sous::index_sqlite
