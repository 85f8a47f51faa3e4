#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/gdm_git/git_command.h"
#include "base/result.h"
#include "ports/gdm_store.h"

namespace sous::gdm_git {

/// One line of `git ls-tree -r -z -l`.
struct TreeEntry {
  std::string mode;
  std::string type;
  std::string hash;
  std::optional<std::uint64_t> size;  // absent where it was not asked for, or is none
  std::string path;
};

/// Fails with invalid_data when the bytes are not what git writes.
Result<std::vector<TreeEntry>> parse_tree(std::string_view bytes);

/// Texts by blob hash; null for a blob that is no UTF-8. What one snapshot has read, the next need
/// not read again.
using Blobs = std::map<std::string, std::shared_ptr<const std::string>, std::less<>>;

/// Reads the objects of a `git cat-file --batch` answer into `blobs`. Fails with invalid_data.
Status parse_blobs(std::string_view bytes, Blobs& blobs);

/// What `git diff-tree -r -z --raw` says of the newer side; a path that is gone has no mode. Fails
/// with invalid_data.
Result<std::vector<TreeEntry>> parse_differences(std::string_view bytes);

/// The paths of all files at a commit, whatever they are.
Result<std::set<std::string, std::less<>>> read_paths(const GitCommand& git,
                                                      const std::string& revision,
                                                      const Call& call);

struct LoadedSnapshot {
  GdmSnapshot snapshot;
  std::shared_ptr<const Blobs> blobs;  // of when the whole tree was read last
  std::size_t replaced = 0;            // paths since then
};

/// Reads the records of a commit from the object database. Of what differs little from `known` (may
/// be null) only the difference is read.
Result<LoadedSnapshot> load_snapshot(const GitCommand& git,
                                     const std::string& revision,
                                     const LoadedSnapshot* known,
                                     const Call& call);

}  // namespace sous::gdm_git
