#include "engine/ranking.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace sous::engine {
namespace {

/// Builds with a dirty workspace, one revision and equal counts stand as one group, since their
/// content is not that revision's: the last registered is what the developer means.
using DirtyGroup = std::pair<std::string, std::size_t>;

std::optional<DirtyGroup> dirty_group(const Registration& registration) {
  if (!registration.advisories.contains(KnownAdvisory::dirty_workspace)) {
    return std::nullopt;
  }
  return DirtyGroup{registration.revision.str(), registration.advisories.size()};
}

std::string advisory_count(std::size_t count) {
  if (count == 0) {
    return "no advisories";
  }
  return count == 1 ? "1 advisory" : fmt::format("{} advisories", count);
}

}  // namespace

bool is_off_tag(const Advisories& advisories) {
  return std::ranges::any_of(
      std::initializer_list<KnownAdvisory>{KnownAdvisory::ephemeral_tag,
                                           KnownAdvisory::tag_not_on_built_revision,
                                           KnownAdvisory::tag_mismatch,
                                           KnownAdvisory::no_versioned_tag},
      [&](KnownAdvisory advisory) { return advisories.contains(advisory); });
}

std::strong_ordering compare(const RankKey& a, const RankKey& b) {
  const auto built = [](const RankKey& key) {
    return std::pair{!key.built_at.has_value(), key.built_at.value_or(WallTime{})};
  };
  if (const auto order = std::tie(a.advisories, a.off_tag, a.unregistered, a.group, a.place) <=>
                         std::tie(b.advisories, b.off_tag, b.unregistered, b.group, b.place);
      order != 0) {
    return order;
  }
  const auto built_a = built(a);
  const auto built_b = built(b);
  if (built_a != built_b) {
    return built_a < built_b ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return a.digest <=> b.digest;
}

Rule deciding_rule(const RankKey& better, const RankKey& worse) {
  if (better.advisories != worse.advisories) {
    return Rule::fewest_advisories;
  }
  if (better.off_tag != worse.off_tag) {
    return Rule::own_tag;
  }
  if (better.unregistered != worse.unregistered) {
    return Rule::registered;
  }
  if (better.group != worse.group) {
    return Rule::registration_order;
  }
  if (better.place != worse.place) {
    return Rule::latest_dirty;
  }
  return better.built_at != worse.built_at ? Rule::built_at : Rule::digest;
}

std::optional<std::string> why_no_candidate(const Advisories& advisories,
                                            const std::optional<Deed>& withdrawn) {
  if (withdrawn) {
    return fmt::format("withdrawn by {}: {}", withdrawn->who, withdrawn->why);
  }
  for (const auto advisory : {KnownAdvisory::support_container, KnownAdvisory::is_a_build_image}) {
    if (advisories.contains(advisory)) {
      return fmt::format("is no service: {}", advisory_text(advisory));
    }
  }
  return std::nullopt;
}

std::vector<std::optional<RankKey>> registered_keys(const LockFile& file) {
  std::map<DirtyGroup, std::size_t> first_of_group;
  std::vector<std::optional<RankKey>> keys;
  keys.reserve(file.registrations.size());
  for (std::size_t place = 0; place < file.registrations.size(); ++place) {
    const Registration& registration = file.registrations[place];
    if (why_no_candidate(registration.advisories, registration.withdrawn)) {
      keys.emplace_back();
      continue;
    }
    RankKey key{.advisories = registration.advisories.size(),
                .off_tag = is_off_tag(registration.advisories),
                .unregistered = false,
                .group = place,
                .place = 0,
                .built_at = std::nullopt,
                .digest = registration.digest};
    if (const auto group = dirty_group(registration)) {
      key.group = first_of_group.try_emplace(*group, place).first->second;
      key.place = -static_cast<std::int64_t>(place);
    }
    keys.emplace_back(key);
  }
  return keys;
}

RankKey unregistered_key(const Artifact& artifact) {
  return RankKey{.advisories = artifact.advisories.size(),
                 .off_tag = is_off_tag(artifact.advisories),
                 .unregistered = true,
                 .group = 0,
                 .place = 0,
                 .built_at = artifact.built_at ? artifact.built_at : artifact.created,
                 .digest = artifact.digest};
}

std::string describe(const RankKey& key, const Advisories& advisories) {
  std::string out = advisory_count(key.advisories);
  if (!advisories.empty()) {
    out += fmt::format(" ({})", advisories.label());
  }
  if (key.unregistered) {
    return out + ", not registered";
  }
  return out + (key.place < 0 ? fmt::format(", dirty build {} in the lock file", 1 - key.place)
                              : fmt::format(", registration {} in the lock file", key.group + 1));
}

}  // namespace sous::engine
