#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/scheduler_singularity/api.h"
#include "adapters/scheduler_singularity/record.h"
#include "base/locked.h"
#include "ports/artifact_index.h"

namespace sous::scheduler_singularity {

/// What a deploy turned out to be.
struct KnownDeploy {
  std::optional<DeployRecord> record;  // nothing: not Sous's
  std::string problem;                 // it is Sous's, and cannot be read
};

/// What is known of deploys and tasks. Neither ever changes, so each is asked for once.
/// Thread-safe.
class Ledger {
 public:
  /// All must outlive this object.
  Ledger(SingularityApi& api, ArtifactIndex& index, const SingularityOptions& options)
      : api_(api), index_(index), options_(options) {}

  /// Learns of every deploy in `views` that may be Sous's, and of the tasks of those in this
  /// cluster: one call per deploy and instance that is new. What could not be read is named.
  std::vector<std::string> learn(const std::vector<RequestView>& views, const Call& call);
  /// Forgets what is in none of the views any more.
  void forget_all_but(const std::vector<RequestView>& views);

  /// Nothing when it is not known yet.
  std::optional<KnownDeploy> deploy(const std::string& request, const std::string& deploy);
  void note(const std::string& request, const DeployFacts& facts);
  /// host:port of the tasks that have ports; those not known yet are asked for.
  std::vector<std::string> addresses(const std::vector<TaskRef>& tasks, const Call& call);

 private:
  using Key = std::pair<std::string, std::string>;  // request, deploy

  struct Need {
    Key key;
    std::string task;  // a task of it, whose description holds the deploy too
  };

  struct State {
    std::map<Key, KnownDeploy> deploys;
    std::map<std::string, std::string> addresses;  // by task
  };

  KnownDeploy known_of(const DeployFacts& facts);
  std::vector<Need> needs(const std::vector<RequestView>& views);
  std::vector<std::string> missing_addresses(const std::vector<RequestView>& views);
  void note_task(const std::string& request, const TaskView& task);
  void learn_tasks(const std::vector<std::string>& ids, const Call& call);

  SingularityApi& api_;
  ArtifactIndex& index_;
  const SingularityOptions& options_;
  Locked<State> state_;
};

}  // namespace sous::scheduler_singularity
