#include "adapters/index_sqlite/sqlite_index.h"

#include <algorithm>
#include <mutex>
#include <type_traits>
#include <utility>
#include <variant>

#include "adapters/index_sqlite/connection.h"
#include "adapters/index_sqlite/pool.h"
#include "adapters/index_sqlite/rows.h"

namespace sous::index_sqlite {
namespace {

// Runs `work` in a transaction of its own.
template <typename Work>
Status in_transaction(Connection& connection, Work work) {
  Transaction transaction(connection);
  SOUS_TRY_VOID(work());
  transaction.commit();
  return ok();
}

}  // namespace

// Runs `work` on a connection. When the file turns out to be damaged or gone, once more on its
// successor.
template <typename Work>
auto SqliteIndex::with_connection(Work work) {
  using Answer = std::invoke_result_t<Work, Connection&>;
  for (int attempt = 1;; ++attempt) {
    std::string path;
    std::string why;
    try {
      auto taken = pool_->take(path);
      if (!taken) {
        return Answer(std::move(taken.error()));
      }
      auto answer = work(**taken);
      if (answer || answer.error().code() != Code::invalid_data) {
        pool_->give_back(std::move(*taken));
        return answer;
      }
      why = answer.error().message();
      if (attempt > 1) {
        return answer;
      }
    } catch (const SQLite::Exception& exception) {
      if (attempt == 1 && is_removed(exception)) {
        pool_->forget(path);
        continue;
      }
      if (!is_corrupt(exception) || attempt > 1) {
        return Answer(to_error(exception));
      }
      why = exception.what();
    }
    if (auto replaced = pool_->replace(path, why); !replaced) {
      return Answer(std::move(replaced.error()));
    }
  }
}

SqliteIndex::SqliteIndex(std::unique_ptr<Pool> pool) : pool_(std::move(pool)) {}

SqliteIndex::~SqliteIndex() = default;

Result<std::unique_ptr<SqliteIndex>> SqliteIndex::open(std::string directory, const Parts& parts) {
  auto pool = std::make_unique<Pool>(std::move(directory), parts);
  std::unique_ptr<SqliteIndex> index(new SqliteIndex(std::move(pool)));
  SOUS_TRY_VOID(index->with_connection([](Connection& /*connection*/) -> Status { return ok(); }));
  return index;
}

Status SqliteIndex::put_facts(std::span<const ImageFacts> facts, const Evidence& evidence) {
  const std::lock_guard writer(pool_->writers());
  return with_connection([&](Connection& connection) -> Status {
    return in_transaction(connection, [&]() -> Status {
      const auto repository = repository_id(connection, evidence.repository);
      for (const auto& one : facts) {
        SOUS_TRY_VOID(put_image(connection, one, evidence, repository));
      }
      return ok();
    });
  });
}

Result<std::optional<ImageFacts>> SqliteIndex::facts(const Digest& digest) {
  return with_connection([&](Connection& connection) -> Result<std::optional<ImageFacts>> {
    auto use = connection.use(Query::image);
    use(digest.str());
    if (!use.next()) {
      return std::optional<ImageFacts>();
    }
    return SOUS_TRY(read_image(use)).facts;
  });
}

Result<std::vector<Digest>> SqliteIndex::unknown(std::span<const Digest> digests) {
  return with_connection([&](Connection& connection) -> Result<std::vector<Digest>> {
    std::vector<Digest> missing;
    for (const auto& digest : digests) {
      if (!connection.use(Query::has_image)(digest.str()).next()) {
        missing.push_back(digest);
      }
    }
    return missing;
  });
}

Status SqliteIndex::put_scan(const ScanRecord& scan, std::span<const TagFact> tags) {
  const std::lock_guard writer(pool_->writers());
  return with_connection([&](Connection& connection) -> Status {
    return in_transaction(connection, [&]() -> Status {
      const auto repository = repository_id(connection, scan.repository);
      put_scan_record(connection, scan, repository);
      return put_scanned_tags(connection, scan, tags, repository);
    });
  });
}

Status SqliteIndex::put_tag(const ImageRepository& repository, const TagFact& tag) {
  return put_tags(repository, std::span(&tag, 1));
}

Status SqliteIndex::put_tags(const ImageRepository& repository, std::span<const TagFact> tags) {
  const std::lock_guard writer(pool_->writers());
  return with_connection([&](Connection& connection) -> Status {
    return in_transaction(connection, [&]() -> Status {
      const auto id = repository_id(connection, repository);
      for (const auto& tag : tags) {
        put_tag_fact(connection, id, tag);
      }
      return ok();
    });
  });
}

Result<std::optional<TagFact>> SqliteIndex::tag(const ImageRepository& repository,
                                                const ImageTag& tag) {
  return with_connection([&](Connection& connection) -> Result<std::optional<TagFact>> {
    const auto id = known_repository_id(connection, repository);
    if (!id) {
      return std::optional<TagFact>();
    }
    auto use = connection.use(Query::tag);
    use (*id)(tag.str());
    if (!use.next()) {
      return std::optional<TagFact>();
    }
    return SOUS_TRY(read_tag(use));
  });
}

Result<std::vector<TagFact>> SqliteIndex::tags(const ImageRepository& repository) {
  return with_connection([&](Connection& connection) -> Result<std::vector<TagFact>> {
    const auto id = known_repository_id(connection, repository);
    return id ? read_tags(connection, *id) : std::vector<TagFact>();
  });
}

Result<std::optional<ScanRecord>> SqliteIndex::last_scan(const ImageRepository& repository) {
  return with_connection([&](Connection& connection) -> Result<std::optional<ScanRecord>> {
    auto use = connection.use(Query::last_scan);
    use(repository.host)(repository.path);
    if (!use.next()) {
      return std::optional<ScanRecord>();
    }
    return SOUS_TRY(read_scan(use));
  });
}

Result<std::vector<ScanRecord>> SqliteIndex::scans() {
  return with_connection([&](Connection& connection) -> Result<std::vector<ScanRecord>> {
    std::vector<ScanRecord> out;
    auto use = connection.use(Query::scans);
    while (use.next()) {
      out.push_back(SOUS_TRY(read_scan(use)));
    }
    return out;
  });
}

Result<std::vector<IndexedArtifact>> SqliteIndex::find(const SourceLocation& location,
                                                       const std::optional<Version>& version) {
  return with_connection([&](Connection& connection) -> Result<std::vector<IndexedArtifact>> {
    std::vector<IndexedArtifact> out;
    auto use = connection.use(version ? Query::by_version : Query::by_location);
    use(location.repo())(location.offset());
    if (version) {
      use(version->canonical());
    }
    while (use.next()) {
      const auto row = SOUS_TRY(read_image(use));
      auto artifact = SOUS_TRY(read_artifact(connection, row));
      if (artifact) {
        out.push_back(std::move(*artifact));
      }
    }
    std::ranges::sort(
        out, {}, [](const IndexedArtifact& one) { return one.image.artifact.digest; });
    return out;
  });
}

Result<std::optional<IndexedArtifact>> SqliteIndex::find(const Digest& digest) {
  return with_connection([&](Connection& connection) -> Result<std::optional<IndexedArtifact>> {
    auto use = connection.use(Query::image);
    use(digest.str());
    if (!use.next()) {
      return std::optional<IndexedArtifact>();
    }
    const auto row = SOUS_TRY(read_image(use));
    return read_artifact(connection, row);
  });
}

Result<std::vector<SourceLocation>> SqliteIndex::locations() {
  return with_connection([&](Connection& connection) -> Result<std::vector<SourceLocation>> {
    std::vector<SourceLocation> out;
    auto use = connection.use(Query::locations);
    while (use.next()) {
      out.push_back(SOUS_TRY(SourceLocation::make(use.text(0), use.text(1))));
    }
    return out;
  });
}

}  // namespace sous::index_sqlite
