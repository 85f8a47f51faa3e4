#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/locked.h"
#include "ports/clock.h"
#include "ports/file_system.h"
#include "ports/http_client.h"
#include "ports/scheduler.h"

namespace sous::apps {

/// The schedulers of this program, made when first asked for. Thread-safe.
class Schedulers final : public SchedulerDirectory {
 public:
  /// All must outlive this object.
  Schedulers(HttpClient& http, FileSystem& files, Clock& clock, std::string machine_id)
      : http_(http), files_(files), clock_(clock), machine_id_(std::move(machine_id)) {}

  Result<Scheduler*> scheduler(const ClusterDefinition& cluster) override;

 private:
  Result<std::unique_ptr<Scheduler>> make(const ClusterDefinition& cluster);

  HttpClient& http_;
  FileSystem& files_;
  Clock& clock_;
  std::string machine_id_;
  Locked<std::map<ClusterName, std::unique_ptr<Scheduler>>> made_;
};

}  // namespace sous::apps
