#include "app/alarms.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace sous::app {

AlarmFinder::AlarmFinder(Node& node, const Gdm& gdm, const Ads& ads)
    : node_(node), gdm_(gdm), alarms_(gdm, ads), gone_(node, gdm) {}

std::optional<std::string> AlarmFinder::of_given(const Action& action) {
  const auto target = action.target();
  return target ? gone_.seems_gone(*target, {action.id.manifest.source(), action.version})
                : std::nullopt;
}

std::vector<std::string> AlarmFinder::of(const ObservedDeployment& observed) {
  auto out = alarms_.of(observed);
  if (auto text = contradiction(observed)) {
    out.push_back(std::move(*text));
  }
  const GivenRecord* given = gdm_.given_record(observed.id);
  if (given != nullptr && !given->removed && observed.gdm_id == gdm_.id) {
    const GivenEntry& entry = given->current();
    const SourceId source{observed.id.manifest.source(), entry.version};
    if (auto text = gone_.seems_gone(entry.image.digest, source)) {
      out.push_back(std::move(*text));
    }
    const LockFile* file = gdm_.lock_file(source);
    const Lock* lock = file != nullptr ? file->final_lock() : nullptr;
    if (lock != nullptr && lock->digest != entry.image.digest) {
      if (auto text = gone_.seems_gone(lock->digest, source)) {
        out.push_back(std::move(*text));
      }
    }
  }
  return out;
}

/// A cluster's metadata are a copy: where the index knows the image, the index is right.
std::optional<std::string> AlarmFinder::contradiction(const ObservedDeployment& observed) {
  if (!observed.asked || !observed.source) {
    return std::nullopt;
  }
  const auto known = node_.index.find(observed.asked->digest);
  if (!known || !*known) {
    return std::nullopt;
  }
  const Artifact& artifact = (*known)->image.artifact;
  if (artifact.source != *observed.source) {
    return fmt::format("the cluster says that image {} is {}, but it is {}",
                       observed.asked->digest.short_hex(),
                       observed.source->str(),
                       artifact.source.str());
  }
  if (observed.revision && *observed.revision != artifact.revision) {
    return fmt::format("the cluster says that image {} was built from {}, but it was from {}",
                       observed.asked->digest.short_hex(),
                       observed.revision->short_hex(),
                       artifact.revision.short_hex());
  }
  return std::nullopt;
}

void add_alarms(Node& node, Planned& planned) {
  AlarmFinder finder(node, planned.state.gdm, planned.observed.ads);
  std::map<DeploymentId, const ObservedDeployment*> seen;
  for (const auto& observation : planned.observed.ads) {
    for (const auto& deployment : observation.deployments) {
      auto& slot = seen[deployment.id];
      if (slot == nullptr || deployment.gdm_id == planned.state.gdm.id) {
        slot = &deployment;
      }
    }
  }
  const auto add = [](Action& action, std::string text) {
    if (std::ranges::find(action.alarms, text) == action.alarms.end()) {
      action.alarms.push_back(std::move(text));
    }
  };
  for (Action& action : planned.plan.actions) {
    if (auto text = finder.of_given(action)) {
      add(action, std::move(*text));
    }
    if (const auto found = seen.find(action.id); found != seen.end()) {
      for (auto& text : finder.of(*found->second)) {
        add(action, std::move(text));
      }
    }
  }
}

}  // namespace sous::app
