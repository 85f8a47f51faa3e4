#include "support/memory_gdm_store.h"

#include <algorithm>
#include <ranges>
#include <set>
#include <utility>

#include "base/digest.h"
#include "model/record_path.h"

namespace sous::support {
namespace {

constexpr std::string_view kAway = "the remote does not answer";

Status check_change(const GdmSnapshot& base, const GdmChange& change) {
  std::set<std::string, std::less<>> paths;
  for (const auto& [path, text] : base.records) {
    paths.insert(path);
  }
  for (const auto& [path, text] : change.records) {
    SOUS_TRY_VOID(check_record_path(path));
    if (text) {
      SOUS_TRY_VOID(check_record_text(path, *text));
      paths.insert(path);
    } else {
      paths.erase(path);
    }
  }
  return check_record_clashes(paths);
}

// Applies the change; the result is the paths that are different now.
std::vector<std::string> apply(const GdmChange& change, GdmSnapshot& snapshot) {
  std::vector<std::string> changed;
  for (const auto& [path, text] : change.records) {
    const auto found = snapshot.records.find(path);
    if (!text) {
      if (found != snapshot.records.end()) {
        snapshot.records.erase(found);
        changed.push_back(path);
      }
    } else if (found == snapshot.records.end() || *found->second != *text) {
      snapshot.records[path] = std::make_shared<const std::string>(*text);
      changed.push_back(path);
    }
  }
  return changed;
}

const MemoryGdm::Commit* find_commit(const MemoryGdm::Commits& commits,
                                     const std::string& revision) {
  const auto found = std::ranges::find_if(
      commits, [&](const auto& commit) { return commit->entry.revision == revision; });
  return found == commits.end() ? nullptr : found->get();
}

}  // namespace

MemoryGdm::Commits MemoryGdm::commits() {
  auto commits = commits_.lock();
  return *commits;
}

Result<std::string> MemoryGdm::commit(const std::string& base,
                                      const GdmChange& change,
                                      WallTime when) {
  auto commits = commits_.lock();
  const auto newest = commits->empty() ? std::string() : commits->back()->entry.revision;
  auto snapshot = commits->empty() ? GdmSnapshot{} : *commits->back()->snapshot;
  SOUS_TRY_VOID(check_change(snapshot, change));
  if (newest != base) {
    return Error(Code::conflict, "the GDM is at `" + newest + "`, not at `" + base + "` any more");
  }
  auto made = std::make_shared<Commit>();
  made->entry.paths = apply(change, snapshot);
  // Only the number of the commit makes it unique, as nothing else must.
  made->entry.revision =
      Digest::sha256_of(newest + "#" + std::to_string(commits->size())).hex().substr(0, 40);
  made->entry.parent = newest;
  made->entry.author = change.author;
  made->entry.message = change.message;
  made->entry.when = std::chrono::floor<std::chrono::seconds>(when);
  snapshot.revision = made->entry.revision;
  made->snapshot = std::make_shared<const GdmSnapshot>(std::move(snapshot));
  commits->push_back(made);
  return made->entry.revision;
}

MemoryGdmStore::MemoryGdmStore(std::shared_ptr<MemoryGdm> gdm, Clock& clock, Points& points)
    : gdm_(std::move(gdm)), clock_(clock), points_(points) {}

Result<MemoryGdmStore::View> MemoryGdmStore::view(bool reachable) {
  if (reachable && !away_) {
    auto commits = gdm_->commits();
    auto seen = seen_.lock();
    // Another thread of this store may have seen more meanwhile.
    if (!seen->commits || seen->commits->size() < commits.size()) {
      seen->commits = std::move(commits);
    }
    return View{.commits = *seen->commits, .stale = {}};
  }
  auto seen = seen_.lock();
  if (!seen->commits) {
    return Error(Code::unavailable, std::string(kAway));
  }
  return View{.commits = *seen->commits, .stale = std::string(kAway)};
}

Result<GdmSnapshot> MemoryGdmStore::read(const Call& /*call*/) {
  const auto now = SOUS_TRY(view(points_.reach("gdm.read") == Fate::done));
  auto snapshot = now.commits.empty() ? GdmSnapshot{} : *now.commits.back()->snapshot;
  snapshot.stale = now.stale;
  return snapshot;
}

Result<GdmSnapshot> MemoryGdmStore::read_at(const std::string& revision, const Call& /*call*/) {
  const auto now = SOUS_TRY(view(points_.reach("gdm.read_at") == Fate::done));
  const auto* commit = find_commit(now.commits, revision);
  if (commit == nullptr) {
    return Error(Code::not_found, "the GDM has no revision `" + revision + "`");
  }
  return *commit->snapshot;
}

Result<std::string> MemoryGdmStore::commit(const std::string& base,
                                           const GdmChange& change,
                                           const Call& /*call*/) {
  const auto when = clock_.wall();
  return at_point(points_, "gdm.commit", Effect::changes, [&]() -> Result<std::string> {
    if (away_) {
      return Error(Code::unavailable, std::string(kAway));
    }
    return gdm_->commit(base, change, when);
  });
}

Result<GdmHistory> MemoryGdmStore::history(const std::optional<std::string>& path,
                                           std::size_t limit,
                                           const Call& /*call*/) {
  const auto now = SOUS_TRY(view(points_.reach("gdm.history") == Fate::done));
  GdmHistory out{.entries = {}, .stale = now.stale};
  for (const auto& commit : now.commits | std::views::reverse) {
    if (out.entries.size() == limit) {
      break;
    }
    const auto& paths = commit->entry.paths;
    if (!path || std::ranges::find(paths, *path) != paths.end()) {
      out.entries.push_back(commit->entry);
    }
  }
  return out;
}

}  // namespace sous::support
