#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/scheduler_podman/ready_check.h"
#include "base/result.h"
#include "model/deployment.h"
#include "ports/scheduler.h"

namespace sous::scheduler_podman {

/// The label that marks a container as made by Sous; images never carry it.
inline constexpr std::string_view kGdmIdLabel = "com.opentable.sous.gdm_id";
/// What every container's name begins with.
inline constexpr std::string_view kNamePrefix = "sous-";

/// All that Sous knows of one container. It lives in the container's labels and nowhere else, so
/// that the actual state can be read without a registry, a GDM or a memory.
struct InstanceRecord {
  GdmId gdm_id;
  DeploymentId deployment;
  Kind kind = Kind::http_service;
  std::uint64_t generation = 0;
  std::uint32_t attempt = 1;
  std::uint32_t instance = 0;
  ImageByDigest image;
  Version version{};
  std::optional<Revision> revision{};
  bool pending = false;       // given while the GDM's remote was away
  std::string fingerprint{};  // of the effective specification
  TextMap spec_fields{};      // that specification by name
  std::string task_host{};
  std::vector<std::uint16_t> ports{};  // host ports, PORT0 first
  ReadyCheck ready{};
};

InstanceRecord make_record(const DeployOrder& order, const ReadyCheck& ready);

/// Labels of the container. Every key is present whatever its value: podman adds the image's own
/// labels to those of a container, and an absent key would take the image's value.
TextMap to_labels(const InstanceRecord& record);
/// Fails with invalid_data, naming the label.
Result<InstanceRecord> from_labels(const TextMap& labels);

/// Name of a generation's containers without the instance: valid for podman, the same for the same
/// (GDM, deployment, generation, attempt) and for no other.
std::string generation_name(const InstanceRecord& record);
/// Name of the one container.
std::string container_name(const InstanceRecord& record);

}  // namespace sous::scheduler_podman
