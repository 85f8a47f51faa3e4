#pragma once

#include <map>
#include <memory>
#include <string>

#include "adapters/scheduler_singularity/turns.h"
#include "base/locked.h"
#include "ports/artifact_index.h"
#include "ports/clock.h"
#include "ports/executor.h"
#include "ports/file_system.h"
#include "ports/http_client.h"
#include "ports/scheduler.h"

namespace sous::apps {

/// Whom and what schedulers have to know of this machine.
struct Here {
  std::string machine_id;
  std::string email;                   // of the user; may be empty
  std::string singularity_token_file;  // may be empty
  std::string user_units;              // where the user's enabled units stand; may be empty
};

/// The schedulers of this program, made when first asked for. Thread-safe.
class Schedulers final : public SchedulerDirectory {
 public:
  /// All references must outlive this object.
  Schedulers(HttpClient& http,
             FileSystem& files,
             Clock& clock,
             Executor& executor,
             ArtifactIndex& index,
             Here here)
      : http_(http),
        files_(files),
        clock_(clock),
        executor_(executor),
        index_(index),
        here_(std::move(here)) {}

  Result<Scheduler*> scheduler(const ClusterDefinition& cluster) override;

 private:
  Result<std::unique_ptr<Scheduler>> make(const ClusterDefinition& cluster);
  Result<std::unique_ptr<Scheduler>> make_podman(const ClusterDefinition& cluster);
  Result<std::unique_ptr<Scheduler>> make_singularity(const ClusterDefinition& cluster);
  scheduler_singularity::Turns& turns_of(const std::string& base_url);

  HttpClient& http_;
  FileSystem& files_;
  Clock& clock_;
  Executor& executor_;
  ArtifactIndex& index_;
  Here here_;
  /// By base URL: clusters that live in one Singularity share its turns.
  Locked<std::map<std::string, std::unique_ptr<scheduler_singularity::Turns>>> turns_;
  Locked<std::map<ClusterName, std::unique_ptr<Scheduler>>> made_;
};

}  // namespace sous::apps
