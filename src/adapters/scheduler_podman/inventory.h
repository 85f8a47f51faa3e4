#pragma once

#include <string>
#include <vector>

#include "adapters/scheduler_podman/instance_record.h"
#include "adapters/scheduler_podman/podman_api.h"

namespace sous::scheduler_podman {

/// Every container on the machine that Sous made, of whatever GDM. A container that only carries
/// the labels (made from an image that was committed from one of ours, say) is not among them: the
/// name has to be the one that the labels give.
struct Inventory {
  std::vector<InstanceRecord> records;
  std::vector<InstanceRecord> leaving;  // being removed; their names are not free yet
  std::vector<std::string> damaged;     // names of containers like ours whose labels cannot be read
};

Result<Inventory> take_inventory(const PodmanApi& api, const Call& call);

/// Those of one deployment.
std::vector<InstanceRecord> records_of(const std::vector<InstanceRecord>& records,
                                       const GdmId& gdm_id,
                                       const DeploymentId& id);
/// Those of one generation.
std::vector<InstanceRecord> generation_of(const std::vector<InstanceRecord>& records,
                                          std::uint64_t generation);
std::vector<std::string> names_of(const std::vector<InstanceRecord>& records);

}  // namespace sous::scheduler_podman
