#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "adapters/scheduler_podman/instance_record.h"
#include "adapters/scheduler_podman/podman_json.h"
#include "base/locked.h"
#include "ports/clock.h"
#include "ports/http_client.h"

namespace sous::scheduler_podman {

/// One container of Sous as it is now.
struct Instance {
  InstanceRecord record;
  ContainerDetail detail;
  Verdict verdict;

  /// `host:port` of PORT0; empty without ports.
  std::string address() const;
};

/// Judges instances: podman's word for whether they run, and Sous's own probes for whether they
/// are ready. What it remembers between probes only makes a verdict of failure come sooner; nothing
/// is lost with it. Thread-safe.
class Prober {
 public:
  Prober(HttpClient& http, Clock& clock, Duration steady_after)
      : http_(http), clock_(clock), steady_after_(steady_after) {}

  /// Sets the verdict of each. Fails with timeout or cancelled when the call ends first.
  Status judge_all(std::span<Instance> instances, const Call& call);

 private:
  Verdict verdict(const Instance& instance, const ProbeAnswer& answer);
  Verdict verdict_stopped(const Instance& instance) const;
  Verdict verdict_running(const Instance& instance, const ProbeAnswer& answer);
  Duration running_for(const Instance& instance) const;
  Duration bad_for(const Instance& instance, bool good);

  HttpClient& http_;
  Clock& clock_;
  Duration steady_after_;
  Locked<std::map<std::string, MonoTime>> first_bad_;  // by container id and start
};

}  // namespace sous::scheduler_podman
