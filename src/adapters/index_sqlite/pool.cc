#include "adapters/index_sqlite/pool.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace sous::index_sqlite {
namespace {

constexpr std::size_t kMaxIdle = 8;
constexpr Duration kLockLimit = std::chrono::seconds(10);
constexpr std::string_view kSuffix = ".sqlite";

std::string prefix() { return "index-v" + std::to_string(kSchema) + "."; }

}  // namespace

SqliteIndex::Pool::Pool(std::string directory, const Parts& parts)
    : directory_(std::move(directory)),
      files_(parts.files),
      clock_(parts.clock),
      events_(parts.events) {}

std::string SqliteIndex::Pool::path_of(std::uint64_t number) const {
  return directory_ + "/" + prefix() + std::to_string(number) + std::string(kSuffix);
}

// The numbers of the files that are there, rising.
Result<std::vector<std::uint64_t>> SqliteIndex::Pool::numbers() {
  std::vector<std::uint64_t> found;
  for (const auto& entry : SOUS_TRY(files_.list(directory_))) {
    std::string_view name = entry.name;
    if (!name.starts_with(prefix()) || !name.ends_with(kSuffix) ||
        name.size() < prefix().size() + kSuffix.size()) {
      continue;
    }
    name.remove_prefix(prefix().size());
    name.remove_suffix(kSuffix.size());
    if (const auto number = parse_uint(name); number && *number < UINT32_MAX) {
      found.push_back(*number);
    }
  }
  std::ranges::sort(found);
  return found;
}

Result<std::string> SqliteIndex::Pool::current_path() {
  {
    auto state = state_.lock();
    if (!state->path.empty()) {
      return state->path;
    }
  }
  SOUS_TRY_VOID(files_.make_directories(directory_));
  const auto found = SOUS_TRY(numbers());
  auto path = path_of(found.empty() ? 1 : found.back());
  auto state = state_.lock();
  if (state->path.empty()) {
    state->path = path;
  }
  return state->path;
}

Result<std::unique_ptr<Connection>> SqliteIndex::Pool::take(std::string& path) {
  {
    auto state = state_.lock();
    if (!state->idle.empty()) {
      auto connection = std::move(state->idle.back());
      state->idle.pop_back();
      path = connection->path();
      return connection;
    }
  }
  path = SOUS_TRY(current_path());
  return std::make_unique<Connection>(path);
}

void SqliteIndex::Pool::give_back(std::unique_ptr<Connection> connection) {
  auto state = state_.lock();
  if (connection->path() == state->path && state->idle.size() < kMaxIdle) {
    state->idle.push_back(std::move(connection));
  }
}

void SqliteIndex::Pool::forget(const std::string& removed_path) {
  std::vector<std::unique_ptr<Connection>> closed;  // outside the guard
  auto state = state_.lock();
  if (state->path == removed_path) {
    state->path.clear();
    closed.swap(state->idle);
  }
}

Status SqliteIndex::Pool::remove_files(std::uint64_t number) {
  for (const auto* end : {"-wal", "-shm", ""}) {
    SOUS_TRY_VOID(files_.remove(path_of(number) + end));
  }
  return ok();
}

Status SqliteIndex::Pool::replace(const std::string& damaged_path, const std::string& why) {
  const Call call{Deadline::at(clock_.now() + kLockLimit), {}};
  const auto lock = SOUS_TRY(files_.lock(directory_ + "/index.lock", call));
  const auto found = SOUS_TRY(numbers());
  auto newest = found.empty() ? 1 : found.back();
  if (path_of(newest) == damaged_path) {
    ++newest;
    // Made here, so that everybody who looks from now on finds it.
    SOUS_TRY_VOID(files_.write(path_of(newest), "", 0600));
    events_.emit(Event{.level = Level::warning,
                       .name = "index.rebuilt",
                       .text = "the index was damaged (" + why +
                               ") and begins anew; it costs "
                               "registry requests, never a decision",
                       .fields = {{"left_aside", damaged_path}}});
    for (const auto number : found) {
      if (number + 2 < newest) {
        SOUS_TRY_VOID(remove_files(number));
      }
    }
  }
  std::vector<std::unique_ptr<Connection>> closed;  // outside the guard
  auto state = state_.lock();
  if (state->path == damaged_path || state->path.empty()) {
    state->path = path_of(newest);
    closed.swap(state->idle);
  }
  return ok();
}

}  // namespace sous::index_sqlite
