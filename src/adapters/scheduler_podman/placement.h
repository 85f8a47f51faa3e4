#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "adapters/scheduler_podman/inventory.h"
#include "adapters/scheduler_podman/podman_options.h"
#include "ports/file_system.h"

namespace sous::scheduler_podman {

/// Makes the containers of a generation. Thread-safe, also against other processes on the same
/// podman: names are claimed by creating them, and host ports by a container that holds them.
class Placement {
 public:
  Placement(const PodmanApi& api, FileSystem& files, const PodmanOptions& options)
      : api_(api), files_(files), options_(options) {}

  /// Sees to it that instances 0..`wanted`-1 of the order's generation exist and are started;
  /// `present` are those of the generation that exist, `attempt` is for the names of new ones.
  /// Instance 0 is created last, so a generation without gaps from 0 on is one whose making was not
  /// interrupted. Fails with unverified when it cannot be told how far it came; after any other
  /// failure the containers it made are gone again.
  Status bring_up(const DeployOrder& order,
                  std::uint32_t wanted,
                  std::uint32_t attempt,
                  const std::vector<InstanceRecord>& present,
                  const Call& call) const;

 private:
  Status create_missing(const DeployOrder& order,
                        std::vector<InstanceRecord> missing,
                        std::vector<std::string>& made,
                        const Call& call) const;
  Result<std::vector<InstanceRecord>> claim(const DeployOrder& order,
                                            std::vector<InstanceRecord> missing,
                                            std::uint32_t round,
                                            std::vector<std::string>& made,
                                            const Call& call) const;
  Result<bool> create(const DeployOrder& order,
                      const InstanceRecord& record,
                      const Call& call) const;
  Status start(const std::string& name, const Call& call) const;
  Result<std::set<std::uint16_t>> taken_ports(const Inventory& inventory) const;

  const PodmanApi& api_;
  FileSystem& files_;
  const PodmanOptions& options_;
};

/// Whether the instances are 0..n-1 for some n above zero.
bool is_whole(const std::vector<InstanceRecord>& records);

}  // namespace sous::scheduler_podman
