#include "adapters/operations_sqlite/sqlite_operations.h"

#include <sqlite3.h>

#include <mutex>
#include <type_traits>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>

#include "base/text.h"

namespace sous::operations_sqlite {
namespace {

constexpr int kSchema = 1;
constexpr int kBusyMilliseconds = 10'000;

constexpr const char* kSchemaSql = R"sql(
CREATE TABLE operations(
  id TEXT PRIMARY KEY,
  manifest TEXT NOT NULL,
  cluster TEXT NOT NULL,
  generation INTEGER NOT NULL,
  version TEXT NOT NULL,
  digest TEXT NOT NULL,
  state INTEGER NOT NULL,
  reason TEXT NOT NULL,
  link TEXT NOT NULL,
  log TEXT NOT NULL,
  who TEXT NOT NULL,
  started INTEGER NOT NULL,
  updated INTEGER NOT NULL
) STRICT;
CREATE TABLE cancellations(
  manifest TEXT NOT NULL,
  cluster TEXT NOT NULL,
  generation INTEGER NOT NULL,
  who TEXT NOT NULL,
  at INTEGER NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY(manifest, cluster, generation)
) STRICT;
)sql";

constexpr const char* kSelect =
    "SELECT o.id, o.manifest, o.cluster, o.generation, o.version, o.digest, o.state, o.reason, "
    "o.link, o.log, o.who, o.started, o.updated, c.who, c.at, c.why FROM operations o "
    "LEFT JOIN cancellations c ON c.manifest = o.manifest AND c.cluster = o.cluster "
    "AND c.generation = o.generation ";

constexpr const char* kPut =
    "INSERT INTO operations VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) "
    "ON CONFLICT(id) DO UPDATE SET generation = ?4, version = ?5, digest = ?6, state = ?7, "
    "reason = ?8, link = ?9, log = ?10, who = ?11, updated = ?13";

std::int64_t number(WallTime time) { return time.time_since_epoch().count(); }

WallTime time_of(std::int64_t number) { return WallTime(Duration(number)); }

Result<OperationRecord> read(SQLite::Statement& row) {
  const auto text = [&row](int column) { return row.getColumn(column).getString(); };
  auto manifest = SOUS_TRY(ManifestId::parse(text(1)));
  auto cluster = SOUS_TRY(ClusterName::parse(text(2)));
  auto version = SOUS_TRY(Version::parse(text(4)));
  std::optional<Digest> digest;
  if (const auto stored = text(5); !stored.empty()) {
    digest = SOUS_TRY(Digest::parse(stored));
  }
  const auto state = row.getColumn(6).getInt64();
  if (state < 0 || state > static_cast<std::int64_t>(OperationState::unverified)) {
    return Error(Code::invalid_data, "an operation has a state that this Sous does not know");
  }
  OperationRecord out{
      .operation = {.id = text(0),
                    .deployment = {std::move(manifest), std::move(cluster)},
                    .version = std::move(version),
                    .digest = std::move(digest),
                    .generation = static_cast<std::uint64_t>(row.getColumn(3).getInt64()),
                    .state = static_cast<OperationState>(state),
                    .reason = text(7),
                    .link = text(8),
                    .last_log_lines = {}},
      .who = text(10),
      .started = time_of(row.getColumn(11).getInt64()),
      .updated = time_of(row.getColumn(12).getInt64())};
  if (const auto lines = text(9); !lines.empty()) {
    for (const auto line : split(lines, '\n')) {
      out.operation.last_log_lines.emplace_back(line);
    }
  }
  if (!row.getColumn(13).isNull()) {
    out.cancelled = Deed{text(13), time_of(row.getColumn(14).getInt64()), text(15)};
  }
  return out;
}

Result<std::vector<OperationRecord>> read_all(SQLite::Statement& query) {
  std::vector<OperationRecord> out;
  while (query.executeStep()) {
    out.push_back(SOUS_TRY(read(query)));
  }
  return out;
}

bool is_damaged(const SQLite::Exception& exception) {
  const int code = exception.getErrorCode() & 0xff;
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_SCHEMA;
}

Error to_error(const SQLite::Exception& exception) {
  return Error(Code::unavailable,
               "the operations on record cannot be used: " + std::string(exception.what()))
      .hinted("look at the disk and at the rights of its directory");
}

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

/// One connection, used by one thread at a time.
class SqliteOperations::Database {
 public:
  std::mutex& turn() noexcept { return turn_; }

  SQLite::Database& open(const std::string& path) {
    if (!connection_) {
      auto fresh = std::make_unique<SQLite::Database>(
          path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyMilliseconds);
      const int schema = fresh->execAndGet("PRAGMA user_version").getInt();
      if (schema != 0 && schema != kSchema) {
        throw SQLite::Exception("the file has another schema", SQLITE_CORRUPT);
      }
      fresh->exec("PRAGMA synchronous = NORMAL");
      if (schema == 0) {
        make_schema(*fresh);
      }
      connection_ = std::move(fresh);
    }
    return *connection_;
  }

  void close() { connection_.reset(); }

 private:
  // Everybody may try at once: the first does it, the others find it done.
  static void make_schema(SQLite::Database& database) {
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("BEGIN IMMEDIATE");
    if (database.execAndGet("PRAGMA user_version").getInt() == 0) {
      database.exec(kSchemaSql);
      database.exec("PRAGMA user_version = " + std::to_string(kSchema));
    }
    database.exec("COMMIT");
  }

  std::mutex turn_;
  std::unique_ptr<SQLite::Database> connection_;
};

SqliteOperations::SqliteOperations(std::string path, FileSystem& files)
    : path_(std::move(path)), files_(files), database_(std::make_unique<Database>()) {}

SqliteOperations::~SqliteOperations() = default;

// Runs `work` on the database; once more on a fresh one when the file turns out to be damaged.
template <typename Work>
auto SqliteOperations::with_database(Work work) {
  using Answer = std::invoke_result_t<Work, SQLite::Database&>;
  for (bool fresh = false;; fresh = true) {
    if (auto made = files_.make_directories(directory_of(path_)); !made) {
      return Answer(std::move(made.error()));
    }
    const std::lock_guard turn(database_->turn());
    try {
      return work(database_->open(path_));
    } catch (const SQLite::Exception& exception) {
      database_->close();
      if (fresh || !is_damaged(exception)) {
        return Answer(to_error(exception));
      }
    }
    for (const char* suffix : {"", "-wal", "-shm"}) {
      if (auto removed = files_.remove(path_ + suffix); !removed) {
        return Answer(std::move(removed.error()));
      }
    }
  }
}

Status SqliteOperations::put(const OperationRecord& record) {
  return with_database([&](SQLite::Database& database) -> Status {
    const Operation& operation = record.operation;
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    SQLite::Statement put(database, kPut);
    put.bind(1, operation.id);
    put.bind(2, operation.deployment.manifest.str());
    put.bind(3, operation.deployment.cluster.str());
    put.bind(4, static_cast<std::int64_t>(operation.generation));
    put.bind(5, operation.version.str());
    put.bind(6, operation.digest ? operation.digest->str() : "");
    put.bind(7, static_cast<std::int64_t>(operation.state));
    put.bind(8, operation.reason);
    put.bind(9, operation.link);
    put.bind(10, join(operation.last_log_lines, "\n"));
    put.bind(11, record.who);
    put.bind(12, number(record.started));
    put.bind(13, number(record.updated));
    put.exec();
    SQLite::Statement prune(database,
                            "DELETE FROM operations WHERE id IN (SELECT id FROM operations "
                            "ORDER BY started DESC, id LIMIT -1 OFFSET ?)");
    prune.bind(1, static_cast<std::int64_t>(kKept));
    if (prune.exec() > 0) {
      database.exec(
          "DELETE FROM cancellations WHERE NOT EXISTS (SELECT 1 FROM operations o WHERE "
          "o.manifest = cancellations.manifest AND o.cluster = cancellations.cluster AND "
          "o.generation = cancellations.generation)");
    }
    transaction.commit();
    return ok();
  });
}

Result<std::vector<OperationRecord>> SqliteOperations::list(std::size_t limit) {
  return with_database([&](SQLite::Database& database) {
    SQLite::Statement query(database,
                            std::string(kSelect) + "ORDER BY o.started DESC, o.id LIMIT ?");
    query.bind(1, static_cast<std::int64_t>(limit));
    return read_all(query);
  });
}

Result<std::vector<OperationRecord>> SqliteOperations::find(const std::string& id) {
  return with_database([&](SQLite::Database& database) {
    SQLite::Statement query(
        database,
        std::string(kSelect) + "WHERE substr(o.id, 1, length(?1)) = ?1 ORDER BY o.started DESC");
    query.bind(1, id);
    return read_all(query);
  });
}

Status SqliteOperations::cancel(const DeploymentId& deployment,
                                std::uint64_t generation,
                                const Deed& deed) {
  return with_database([&](SQLite::Database& database) -> Status {
    SQLite::Statement insert(database,
                             "INSERT OR IGNORE INTO cancellations VALUES(?, ?, ?, ?, ?, ?)");
    insert.bind(1, deployment.manifest.str());
    insert.bind(2, deployment.cluster.str());
    insert.bind(3, static_cast<std::int64_t>(generation));
    insert.bind(4, deed.who);
    insert.bind(5, number(deed.when));
    insert.bind(6, deed.why);
    insert.exec();
    return ok();
  });
}

Result<std::optional<Deed>> SqliteOperations::cancellation(const DeploymentId& deployment,
                                                           std::uint64_t generation) {
  return with_database([&](SQLite::Database& database) -> Result<std::optional<Deed>> {
    SQLite::Statement query(database,
                            "SELECT who, at, why FROM cancellations WHERE manifest = ? AND "
                            "cluster = ? AND generation = ?");
    query.bind(1, deployment.manifest.str());
    query.bind(2, deployment.cluster.str());
    query.bind(3, static_cast<std::int64_t>(generation));
    if (!query.executeStep()) {
      return std::optional<Deed>();
    }
    return std::optional<Deed>(Deed{query.getColumn(0).getString(),
                                    time_of(query.getColumn(1).getInt64()),
                                    query.getColumn(2).getString()});
  });
}

}  // namespace sous::operations_sqlite
