#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/source_facts.h"
#include "ports/call.h"

namespace sous {

/// A tag and a name that may be a directory of the tree it names.
struct TaggedName {
  std::string tag;
  std::string name;
};

struct NearestTag {
  std::string tag;
  Revision commit;
};

/// Reads source repositories. Thread-safe. Fails with not_found (no work tree there), undecided
/// (history is cut off), unavailable (a remote does not answer, git is missing), invalid_data.
class SourceInspector {
 public:
  virtual ~SourceInspector() = default;

  virtual Result<SourceFacts> inspect(const std::string& directory, const Call& call) = 0;
  virtual Result<RemoteTags> remote_tags(const std::string& root,
                                         const std::string& remote_url,
                                         const Call& call) = 0;
  /// For each pair, whether `name` is a directory of the tree that `tag` names, or the last part of
  /// the path of one.
  virtual Result<std::vector<bool>> names_directory(const std::string& root,
                                                    std::span<const TaggedName> names,
                                                    const Call& call) = 0;
  /// Of `tags`, the one that `git describe --tags` would find from HEAD if there were no others.
  virtual Result<std::optional<NearestTag>> nearest_tag(const std::string& root,
                                                        std::span<const std::string> tags,
                                                        const Call& call) = 0;
  /// The commit a name or abbreviated hash stands for; absent when the repository has none.
  virtual Result<std::optional<Revision>> resolve(const std::string& root,
                                                  const std::string& name,
                                                  const Call& call) = 0;
  /// Clones `url` at `revision` into the empty directory `into`, submodules not included.
  virtual Status clone_at(const std::string& url,
                          const std::string& revision,
                          const std::string& into,
                          const Call& call) = 0;
  virtual Status set_configured_repo(const std::string& root,
                                     const std::string& repo,
                                     const Call& call) = 0;
};

}  // namespace sous
