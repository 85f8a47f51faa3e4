#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <SQLiteCpp/SQLiteCpp.h>

#include "base/result.h"
#include "base/time.h"

namespace sous::index_sqlite {

/// The number in the file's name. Raise it when a table changes, and when model/labels' judgement
/// of identity does: an index is rebuilt, never migrated.
inline constexpr int kSchema = 2;

enum class Query : std::uint8_t {
  begin,
  commit,
  rollback,
  put_repository,
  repository_id,
  put_image,
  add_config,
  image,
  has_image,
  put_evidence,
  put_identity,
  drop_identity,
  by_location,
  by_version,
  repositories_of,
  locations,
  put_tag,
  vanish_tag,
  tag,
  tags,
  put_scan,
  last_scan,
  scans,
  count_,
};

/// A prepared statement that is reset when this goes. Throws SQLite::Exception.
class Use {
 public:
  explicit Use(SQLite::Statement& statement) : statement_(statement) {}

  ~Use();
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  /// Binds the next parameter.
  Use& operator()(const std::string& text);
  Use& operator()(std::int64_t number);
  Use& operator()(WallTime time);
  Use& maybe(const std::optional<std::string>& text);
  Use& maybe(const std::optional<WallTime>& time);
  /// Bytes that need not be text.
  Use& blob(const std::string& bytes);
  Use& maybe_blob(const std::optional<std::string>& bytes);

  /// Whether there is another row.
  bool next() { return statement_.executeStep(); }

  void run() { statement_.executeStep(); }

  bool is_null(int column) const { return statement_.getColumn(column).isNull(); }

  std::int64_t number(int column) const { return statement_.getColumn(column).getInt64(); }

  /// Valid until the next step.
  std::string_view bytes(int column) const;

  std::string text(int column) const { return std::string(bytes(column)); }

  WallTime time(int column) const { return WallTime(Duration(number(column))); }

  std::optional<WallTime> optional_time(int column) const;

 private:
  SQLite::Statement& statement_;
  int bound_ = 0;
};

/// One connection to an index file with its prepared statements. One thread at a time.
class Connection {
 public:
  /// Opens or makes the file. Throws SQLite::Exception; with SQLITE_CORRUPT also when the file is a
  /// database, but not an index of this schema.
  explicit Connection(const std::string& path);

  Use use(Query query);

  const std::string& path() const noexcept { return path_; }

 private:
  void use_write_ahead_log();
  void make_schema();

  std::string path_;
  SQLite::Database database_;
  std::array<std::unique_ptr<SQLite::Statement>, static_cast<std::size_t>(Query::count_)>
      statements_;
};

/// Takes the write lock of the file; undone on destruction unless committed.
class Transaction {
 public:
  explicit Transaction(Connection& connection);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Connection& connection_;
  bool committed_ = false;
};

/// Whether the file is not an index, or a damaged one.
bool is_corrupt(const SQLite::Exception& exception);
/// Whether the file or its directory is not there any more.
bool is_removed(const SQLite::Exception& exception);
Error to_error(const SQLite::Exception& exception);

}  // namespace sous::index_sqlite
