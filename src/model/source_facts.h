#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/source_id.h"

namespace sous {

struct GitTag {
  std::string name;
  Revision commit;

  friend bool operator==(const GitTag&, const GitTag&) = default;
};

struct GitRemote {
  std::string name;
  std::string fetch_url;

  friend bool operator==(const GitRemote&, const GitRemote&) = default;
};

/// What git says of a checkout (sous-original 2.1, with the corrections of design.md section 4).
/// Nothing here is a judgement; engine/source_context derives those.
struct SourceFacts {
  std::string root;              // absolute, symlinks resolved
  std::string offset;            // of the directory asked about; empty is the root
  std::optional<Revision> head;  // absent: no commit yet
  std::optional<WallTime> head_time;
  std::string branch;  // empty when detached
  bool shallow = false;
  std::uint64_t changed_count = 0;  // whole tree: staged, modified, deleted and untracked files
  std::vector<std::string> changed_files;  // the first hundred of them
  bool head_on_remote = false;             // some remote-tracking branch or remote tag holds HEAD
  std::vector<GitRemote> remotes;
  std::string configured_repo;  // git config sous.repo
  std::vector<GitTag> tags;     // all local tags, peeled to commits, by name
};

/// The tags a remote has, by one `git ls-remote`.
struct RemoteTags {
  std::string url;  // without credentials
  std::vector<GitTag> tags;
};

}  // namespace sous
