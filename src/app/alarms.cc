#include "app/alarms.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace sous::app {

AlarmFinder::AlarmFinder(Node& node, const Gdm& gdm, const Ads& ads)
    : node_(node), gdm_(gdm), alarms_(gdm, ads) {}

std::vector<std::string> AlarmFinder::of(const ObservedDeployment& observed) {
  auto out = alarms_.of(observed);
  if (auto text = contradiction(observed)) {
    out.push_back(std::move(*text));
  }
  const GivenRecord* given = gdm_.given_record(observed.id);
  if (given != nullptr && !given->removed && observed.gdm_id == gdm_.id) {
    const GivenEntry& entry = given->current();
    const SourceId source{observed.id.manifest.source(), entry.version};
    if (auto text = gone(entry.image.digest, source)) {
      out.push_back(std::move(*text));
    }
    const LockFile* file = gdm_.lock_file(source);
    const Lock* lock = file != nullptr ? file->final_lock() : nullptr;
    if (lock != nullptr && lock->digest != entry.image.digest) {
      if (auto text = gone(lock->digest, source)) {
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

std::optional<std::string> AlarmFinder::gone(const Digest& digest, const SourceId& source) {
  const auto known = gone_.find(digest);
  return known != gone_.end() ? known->second
                              : gone_.emplace(digest, look_for(digest, source)).first->second;
}

/// Every image of Sous has a tag of its own, so one that had tags and has none any more is gone, or
/// will be with the registry's next cleaning.
std::optional<std::string> AlarmFinder::look_for(const Digest& digest, const SourceId& source) {
  const LockFile* file = gdm_.lock_file(source);
  const Registration* registration = file != nullptr ? file->registration_of(digest) : nullptr;
  if (registration == nullptr || registration->images.empty()) {
    return std::nullopt;
  }
  bool had_tags = false;
  for (const ImageRepository& repository : registration->images) {
    const auto scan = node_.index.last_scan(repository);
    const auto tags = node_.index.tags(repository);
    if (!scan || !*scan || !(*scan)->completeness.is_complete() || !tags) {
      return std::nullopt;
    }
    for (const TagFact& tag : *tags) {
      if (tag.digest == digest && !tag.vanished_at) {
        return std::nullopt;
      }
      had_tags = had_tags || tag.digest == digest;
    }
  }
  if (!had_tags) {
    return std::nullopt;
  }
  return fmt::format(
      "image gone: {} lost its last tag in {}; give a new version, or `sous lock supersede`",
      digest.short_hex(),
      registration->images.front().str());
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
  for (Action& action : planned.plan.actions) {
    if (const auto found = seen.find(action.id); found != seen.end()) {
      for (auto& text : finder.of(*found->second)) {
        if (std::ranges::find(action.alarms, text) == action.alarms.end()) {
          action.alarms.push_back(std::move(text));
        }
      }
    }
  }
}

}  // namespace sous::app
