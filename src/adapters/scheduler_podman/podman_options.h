#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "adapters/scheduler_podman/host_ports.h"
#include "base/time.h"
#include "model/manifest_id.h"

namespace sous::scheduler_podman {

struct PodmanOptions {
  ClusterName cluster;
  std::string socket;                   // path of podman's API socket
  std::string task_host = "127.0.0.1";  // where the instances' ports are reached
  PortRange ports{};
  Duration grace = std::chrono::seconds(10);  // between SIGTERM and SIGKILL
  /// Where the machine's boot service has its enabled units.
  std::vector<std::string> boot_units = {"/etc/systemd/system/default.target.wants",
                                         "/etc/systemd/system/multi-user.target.wants",
                                         "/etc/systemd/user/default.target.wants"};
  Duration steady_after = std::chrono::seconds(5);  // a run of this long is no crash loop
};

}  // namespace sous::scheduler_podman
