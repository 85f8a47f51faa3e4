#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/locked.h"
#include "ports/source_inspector.h"
#include "support/points.h"

namespace sous::support {

/// Checkouts with one line of history, and remotes with tags, in memory. Thread-safe.
class FakeSourceInspector final : public SourceInspector {
 public:
  struct Checkout {
    /// What inspect answers; `root` is the key. A directory below the root has the rest of its path
    /// as offset.
    SourceFacts facts;
    std::vector<Revision>
        history;  // HEAD first; what facts.head names need not be repeated in tags
    std::map<Revision, std::set<std::string>> directories;  // of each commit's tree, full paths
  };

  /// Each call is a point such as `source.inspect`.
  explicit FakeSourceInspector(Points& points = no_points()) : points_(points) {}

  /// Adds or replaces a checkout.
  void put(Checkout checkout);
  /// Changes a checkout that was put.
  void change(const std::string& root, const std::function<void(Checkout&)>& change);
  /// What a remote answers; without tags it answers that it has none.
  void put_remote(const std::string& url, std::vector<GitTag> tags);
  /// The remote does not answer from now on.
  void silence(const std::string& url);
  /// What cloning `url` gives; its root is then where it was cloned to.
  void put_clone(const std::string& url, Checkout checkout);

  Result<SourceFacts> inspect(const std::string& directory, const Call& call) override;
  Result<RemoteTags> remote_tags(const std::string& root,
                                 const std::string& remote_url,
                                 const Call& call) override;
  Result<std::vector<bool>> names_directory(const std::string& root,
                                            std::span<const TaggedName> names,
                                            const Call& call) override;
  Result<std::optional<NearestTag>> nearest_tag(const std::string& root,
                                                std::span<const std::string> tags,
                                                const Call& call) override;
  Result<std::optional<Revision>> resolve(const std::string& root,
                                          const std::string& name,
                                          const Call& call) override;
  Status clone_at(const std::string& url,
                  const std::string& revision,
                  const std::string& into,
                  const Call& call) override;
  Status set_configured_repo(const std::string& root,
                             const std::string& repo,
                             const Call& call) override;

  struct State {
    std::map<std::string, Checkout> checkouts;
    std::map<std::string, std::optional<std::vector<GitTag>>> remotes;  // absent: silent
    std::map<std::string, Checkout> clones;
  };

 private:
  Points& points_;
  Locked<State> state_;
};

/// A revision of forty digits that end in `number`; for tests.
Revision revision_number(std::uint64_t number);

}  // namespace sous::support
