#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/gdm_git/location.h"
#include "adapters/gdm_git/repository.h"
#include "adapters/gdm_git/snapshot.h"
#include "base/locked.h"
#include "base/result.h"
#include "ports/clock.h"
#include "ports/event_sink.h"
#include "ports/file_system.h"
#include "ports/gdm_store.h"
#include "ports/process_runner.h"
#include "ports/rng.h"

namespace sous::gdm_git {

struct Config {
  Location location;
  std::string clones;  // absolute directory for clones of URLs and for our locks
  /// A remote that takes longer is away.
  Duration remote_limit = std::chrono::seconds(60);
};

/// The parts of this machine that the store works with; all outlive it.
struct Parts {
  ProcessRunner& processes;
  FileSystem& files;
  Clock& clock;
  Rng& rng;
  EventSink& events;
};

/// The GDM in a git repository, by the `git` program (docs/adr/0010-gdm-in-git.md). Records are
/// read from commits, never from a work tree; a commit is a compare-and-set of the branch, here or
/// at the remote. Thread-safe and safe against other processes.
class GitGdmStore final : public GdmStore {
 public:
  GitGdmStore(Config config, const Parts& parts);

  Result<GdmSnapshot> read(const Call& call) override;
  Result<GdmSnapshot> read_at(const std::string& revision, const Call& call) override;
  Result<std::string> commit(const std::string& base,
                             const GdmChange& change,
                             const Call& call) override;
  Result<GdmHistory> history(const std::optional<std::string>& path,
                             std::size_t limit,
                             const Call& call) override;

 private:
  struct Opened {
    Repository repository;
    GitCommand git;
    BranchState branch;
  };

  struct Newest {
    std::optional<Opened> opened;  // absent: nothing was ever written
    std::string stale;
  };

  struct Cache {
    std::shared_ptr<const LoadedSnapshot> newest;
  };

  Opened open_as(Repository repository) const;
  Result<std::optional<Opened>> open(const Call& call);
  Result<Opened> open_or_make(const Call& call);
  Result<Newest> newest(const Call& call);
  Result<std::string> refresh(Opened& opened, const Call& call);
  Status judge_missing_branch(Opened& opened, const Call& call);
  Result<GdmSnapshot> load(const GitCommand& git, const std::string& revision, const Call& call);
  bool replaces_only(const std::string& base, const GdmChange& change);
  Status check_clashes(const GitCommand& git,
                       const std::string& base,
                       const GdmChange& change,
                       const Call& call);
  Result<std::string> make_commit(const Opened& opened,
                                  const std::string& ref,
                                  const std::string& base,
                                  const GdmChange& change,
                                  const Call& call);
  Result<std::string> commit_here(Opened& opened,
                                  const std::string& base,
                                  const GdmChange& change,
                                  const Call& call);
  Result<std::string> commit_there(Opened& opened,
                                   const std::string& base,
                                   const GdmChange& change,
                                   const Call& call);
  Status sync_branch(const Opened& opened);
  Status have_base(Opened& opened, const std::string& base, const Call& call);
  Status verify_push(const Opened& opened,
                     const std::string& base,
                     const std::string& revision,
                     const std::string& reason);
  void take_over_push(const Opened& opened,
                      const std::string& temporary_ref,
                      const std::string& revision,
                      const Call& call);
  void go_along(const Opened& opened, const std::string& revision, const Call& call);
  Result<std::unique_ptr<FileLock>> work_tree_lock(const Opened& opened, const Call& call);
  void follow(const Opened& opened,
              const std::string& from,
              const std::string& to,
              const Call& call);
  void tidy(const GitCommand& git, const std::string& revision, const Call& call);
  void warn(std::string_view name, std::string text);
  Call remote_call(const Call& call) const;
  std::string nonce();

  Config config_;
  ProcessRunner& processes_;
  FileSystem& files_;
  Clock& clock_;
  Rng& rng_;
  EventSink& events_;
  Locked<Cache> cache_;
};

}  // namespace sous::gdm_git
