#pragma once

#include <span>
#include <string>
#include <vector>

#include "adapters/scheduler_podman/podman_json.h"
#include "adapters/scheduler_podman/prober.h"
#include "model/deployment.h"

namespace sous::scheduler_podman {

/// One generation of a deployment from its judged instances, at least one.
ObservedDeployment summarise(std::span<const Instance> generation,
                             const std::vector<LocalImage>& images);

/// The instance whose words matter: the first with the generation's own health.
const Instance& spokesman(std::span<const Instance> generation);

/// Addresses of the healthy ones, sorted.
std::vector<std::string> healthy_addresses(std::span<const Instance> instances);

}  // namespace sous::scheduler_podman
