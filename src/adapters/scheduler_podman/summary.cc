#include "adapters/scheduler_podman/summary.h"

#include <algorithm>

#include <fmt/format.h>

#include "adapters/scheduler_podman/placement.h"

namespace sous::scheduler_podman {
namespace {

bool any(std::span<const Instance> instances, Health health) {
  return std::ranges::any_of(instances,
                             [health](const Instance& i) { return i.verdict.health == health; });
}

bool all(std::span<const Instance> instances, Health health) {
  return std::ranges::all_of(instances,
                             [health](const Instance& i) { return i.verdict.health == health; });
}

bool has_gap(std::span<const Instance> instances) {
  std::vector<InstanceRecord> records;
  std::ranges::transform(instances, std::back_inserter(records), &Instance::record);
  return !is_whole(records);
}

Health health_of(std::span<const Instance> generation) {
  if (any(generation, Health::failed)) {
    return Health::failed;
  }
  if (all(generation, Health::stopped)) {
    return Health::stopped;
  }
  return all(generation, Health::healthy) && !has_gap(generation) ? Health::healthy
                                                                  : Health::pending;
}

std::string message_of(std::span<const Instance> generation, Health health) {
  const auto healthy = std::ranges::count_if(
      generation, [](const Instance& i) { return i.verdict.health == Health::healthy; });
  std::string text = fmt::format("{} of {} instances healthy", healthy, generation.size());
  if (health != Health::healthy) {
    if (all(generation, Health::healthy)) {
      return text + "; not all of them were made";
    }
    const Instance& one = spokesman(generation);
    text += fmt::format("; instance {} {}", one.record.instance, one.verdict.message);
  }
  return text;
}

// The asked digest when podman knows what runs by that name among others (an index and its child,
// a copy pushed elsewhere); else the digest that podman ran it by.
std::optional<Digest> running_digest(const Instance& instance,
                                     const std::vector<LocalImage>& images) {
  const Digest& asked = instance.record.image.digest;
  for (const auto& image : images) {
    if (image.id == instance.detail.image_id &&
        std::ranges::find(image.digests, asked) != image.digests.end()) {
      return asked;
    }
  }
  auto own = Digest::parse(instance.detail.image_digest);
  return own ? std::optional<Digest>(*own) : std::nullopt;
}

}  // namespace

const Instance& spokesman(std::span<const Instance> generation) {
  for (const Health health : {Health::failed, Health::pending, Health::stopped}) {
    for (const auto& instance : generation) {
      if (instance.verdict.health == health) {
        return instance;
      }
    }
  }
  return generation.front();
}

std::vector<std::string> healthy_addresses(std::span<const Instance> instances) {
  std::vector<std::string> addresses;
  for (const auto& instance : instances) {
    if (instance.verdict.health == Health::healthy && !instance.record.ports.empty()) {
      addresses.push_back(instance.address());
    }
  }
  std::ranges::sort(addresses);
  return addresses;
}

ObservedDeployment summarise(std::span<const Instance> generation,
                             const std::vector<LocalImage>& images) {
  const InstanceRecord& record = generation.front().record;
  const Health health = health_of(generation);
  ObservedDeployment observed{
      .id = record.deployment,
      .gdm_id = record.gdm_id,
      .generation = record.generation,
      .scheduler_id = generation_name(record),
      .source = SourceId{record.deployment.manifest.source(), record.version},
      .revision = record.revision,
      .asked = record.image,
      .running = {},
      .effective_fingerprint = record.fingerprint,
      .spec_fields = record.spec_fields,
      .health = health,
      .instances = 0,
      .addresses = healthy_addresses(generation),
      .since = {},
      .message = message_of(generation, health),
      .last_log_lines = {},
      .link = "podman logs " + container_name(spokesman(generation).record)};
  for (const auto& instance : generation) {
    if (instance.detail.status == "running") {
      ++observed.instances;
      observed.running = running_digest(instance, images);
    }
    if (instance.detail.started_at &&
        (!observed.since || *instance.detail.started_at > *observed.since)) {
      observed.since = instance.detail.started_at;
    }
  }
  return observed;
}

}  // namespace sous::scheduler_podman
