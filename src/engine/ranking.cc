#include "engine/ranking.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace sous::engine {
namespace {

/// Builds with a dirty workspace, one revision and equal counts stand as one group, since their
/// content is not that revision's: the last registered is what the developer means.
using DirtyGroup = std::tuple<std::string_view, std::size_t, bool>;

std::optional<DirtyGroup> dirty_group(const Registration& registration) {
  if (!registration.advisories.contains(KnownAdvisory::dirty_workspace)) {
    return std::nullopt;
  }
  return DirtyGroup{registration.revision.str(),
                    registration.advisories.size(),
                    is_off_tag(registration.advisories)};
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
    return fmt::format("was withdrawn by {}: {}", withdrawn->who, withdrawn->why);
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
    // One that was withdrawn keeps its group's place: withdrawing it reorders nothing else.
    std::size_t group = place;
    const auto dirty = dirty_group(registration);
    if (dirty) {
      group = first_of_group.try_emplace(*dirty, place).first->second;
    }
    if (why_no_candidate(registration.advisories, registration.withdrawn)) {
      keys.emplace_back();
      continue;
    }
    const RankKey key{.advisories = registration.advisories.size(),
                      .off_tag = is_off_tag(registration.advisories),
                      .unregistered = false,
                      .group = group,
                      .place = dirty ? -static_cast<std::int64_t>(place) : 0,
                      .built_at = std::nullopt,
                      .digest = registration.digest};
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
  const auto place = key.place < 0 ? static_cast<std::size_t>(-key.place) : key.group;
  return out + fmt::format(", registration {} in the lock file", place + 1);
}

}  // namespace sous::engine
