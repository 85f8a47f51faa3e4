#include "adapters/scheduler_podman/inventory.h"

#include <algorithm>
#include <iterator>

namespace sous::scheduler_podman {

Result<Inventory> take_inventory(const PodmanApi& api, const Call& call) {
  const auto rows = SOUS_TRY(api.containers(kGdmIdLabel, call));
  Inventory inventory;
  for (const auto& row : rows) {
    auto record = from_labels(row.labels);
    if (record && container_name(*record) == row.name) {
      const bool leaves = row.state == "removing" || row.state == "dead";
      (leaves ? inventory.leaving : inventory.records).push_back(std::move(*record));
    } else if (!record && row.name.starts_with(kNamePrefix)) {
      inventory.damaged.push_back(row.name);
    }
  }
  return inventory;
}

std::vector<InstanceRecord> records_of(const std::vector<InstanceRecord>& records,
                                       const GdmId& gdm_id,
                                       const DeploymentId& id) {
  std::vector<InstanceRecord> found;
  std::ranges::copy_if(records, std::back_inserter(found), [&](const InstanceRecord& record) {
    return record.gdm_id == gdm_id && record.deployment == id;
  });
  return found;
}

std::vector<InstanceRecord> generation_of(const std::vector<InstanceRecord>& records,
                                          std::uint64_t generation) {
  std::vector<InstanceRecord> found;
  std::ranges::copy_if(records, std::back_inserter(found), [&](const InstanceRecord& record) {
    return record.generation == generation;
  });
  return found;
}

std::vector<std::string> names_of(const std::vector<InstanceRecord>& records) {
  std::vector<std::string> names;
  for (const auto& record : records) {
    names.push_back(container_name(record));
  }
  return names;
}

}  // namespace sous::scheduler_podman
