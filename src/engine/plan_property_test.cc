#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/plan.h"
#include "support/generators.h"

namespace sous::engine {
namespace {

namespace gen = support::gen;

constexpr WallTime kNow{std::chrono::seconds(1000)};

struct World {
  Gdm gdm;
  Ads ads;
  std::map<DeploymentId, ChosenImage> chosen;
};

DeploySpec any_spec() {
  DeploySpec out;
  out.version = support::version(*rc::gen::element<std::string>("0.0.0", "1.0.0", "2.0.0"));
  out.num_instances = *rc::gen::element<std::uint32_t>(0, 1, 1, 2);
  if (*rc::gen::arbitrary<bool>()) {
    out.env["COLOUR"] = *rc::gen::element<std::string>("red", "blue");
  }
  return out;
}

std::string any_seed() { return *rc::gen::element<std::string>("D1", "D2", "D3"); }

GivenRecord any_record(const DeploymentId& id, const std::string& fingerprint_of_now) {
  GivenRecord out{.deployment = id, .entries = {}};
  out.give({.generation = *rc::gen::inRange<std::uint64_t>(1, 4),
            .version = support::version(*rc::gen::element<std::string>("1.0.0", "2.0.0")),
            .revision = support::rev(1),
            .image = support::image(any_seed()),
            .own_fingerprint = *rc::gen::arbitrary<bool>() ? fingerprint_of_now : "other",
            .effective_fingerprint = *rc::gen::arbitrary<bool>() ? fingerprint_of_now : "other",
            .given = {},
            .outcome = *rc::gen::element(Outcome::pending, Outcome::succeeded, Outcome::failed),
            .outcome_reason = {}});
  if (*rc::gen::inRange(0, 5) == 0) {
    out.hold = Hold{support::deed(), std::nullopt};
  }
  if (*rc::gen::inRange(0, 5) == 0) {
    out.removed = support::deed();
  }
  return out;
}

ObservedDeployment any_observed(const DeploymentId& id) {
  const auto seed = any_seed();
  ObservedDeployment out{
      .id = id,
      .gdm_id = *rc::gen::weightedElement<std::string>({{6, "ours"}, {1, "theirs"}, {1, ""}}),
      .generation = *rc::gen::inRange<std::uint64_t>(1, 5),
      .scheduler_id = "s",
      .asked = support::image(seed),
      .running = support::digest(seed),
      .health =
          *rc::gen::element(Health::healthy, Health::pending, Health::failed, Health::stopped),
      .instances = *rc::gen::inRange<std::uint32_t>(0, 3)};
  if (*rc::gen::arbitrary<bool>()) {
    out.source = SourceId{id.manifest.source(), support::version("1.0.0")};
  }
  return out;
}

World any_world() {
  World out;
  out.gdm.revision = "r";
  out.gdm.id = "ours";
  for (const auto* const name : {"c1", "c2"}) {
    const auto cluster = support::cluster(name);
    out.gdm.definitions.clusters.emplace(cluster, ClusterDefinition{.name = cluster});
    Observation observation{.cluster = cluster, .completeness = {}, .observed_at = kNow};
    if (*rc::gen::inRange(0, 5) == 0) {
      observation.completeness = support::unread();
    }
    for (const auto* const project : {"a", "b", "c", "d"}) {
      const DeploymentId id{support::manifest_id(std::string("github.com/team/") + project),
                            cluster};
      std::string now = "gone";
      if (*rc::gen::inRange(0, 4) != 0) {
        auto& manifest =
            out.gdm.manifests.try_emplace(id.manifest, Manifest{id.manifest}).first->second;
        const auto spec = any_spec();
        manifest.deployments.emplace(cluster, spec);
        now = fingerprint(manifest.kind, spec);
      }
      if (*rc::gen::inRange(0, 4) != 0) {
        out.gdm.given.emplace(id, any_record(id, now));
      }
      if (*rc::gen::inRange(0, 4) != 0) {
        observation.deployments.push_back(any_observed(id));
      }
      const auto seed = any_seed();
      out.chosen.emplace(
          id,
          ChosenImage{*rc::gen::inRange(0, 5) == 0 ? Verdict{NoImage{}}
                                                   : Verdict{Decided{.image = support::image(seed),
                                                                     .revision = support::rev(1)}},
                      {}});
    }
    out.ads.push_back(std::move(observation));
  }
  return out;
}

std::string shown(const Action& action) {
  std::string out = fmt::format("{} {} {} {}",
                                action.id.str(),
                                action_text(action.kind),
                                action.reason,
                                action.to ? action.to->str() : "");
  for (const auto& difference : action.differences) {
    out += fmt::format(" {}:{}>{}", difference.field, difference.from, difference.to);
  }
  for (const auto& alarm : action.alarms) {
    out += " !" + alarm;
  }
  return out;
}

std::vector<std::string> shown(const Plan& plan) {
  std::vector<std::string> out;
  for (const Action& action : plan.actions) {
    out.push_back(shown(action));
  }
  return out;
}

// ---- what carrying a plan out does to the world -------------------------------

Observation& observation_of(World& world, const ClusterName& cluster) {
  return *std::ranges::find(world.ads, cluster, &Observation::cluster);
}

void give(World& world, const Action& action, const Deployment& wanted) {
  GivenEntry entry{.generation = action.precondition.generation + 1,
                   .version = wanted.spec.version,
                   .revision = action.revision,
                   .image = *action.to,
                   .own_fingerprint = wanted.own_fingerprint,
                   .effective_fingerprint = wanted.effective_fingerprint,
                   .given = {},
                   .outcome = Outcome::succeeded,
                   .outcome_reason = {}};
  auto& record =
      world.gdm.given.try_emplace(action.id, GivenRecord{.deployment = action.id, .entries = {}})
          .first->second;
  record.removed.reset();
  if (action.adopts) {
    record.adopted_id = *action.adopts;
  }
  record.give(std::move(entry));
}

void run(World& world, const Action& action, const Deployment& wanted) {
  auto& seen = observation_of(world, action.id.cluster).deployments;
  std::erase_if(seen, [&](const auto& one) { return one.id == action.id; });
  seen.push_back({.id = action.id,
                  .gdm_id = world.gdm.id,
                  .generation = world.gdm.given.at(action.id).current().generation,
                  .scheduler_id = "s",
                  .asked = action.to,
                  .running = action.to->digest,
                  .effective_fingerprint = wanted.effective_fingerprint,
                  .health = Health::healthy,
                  .instances = wanted.spec.num_instances});
}

void carry_out(World& world, const Plan& plan) {
  const auto expansion = expand(world.gdm);
  for (const Action& action : plan.actions) {
    const auto* wanted = expansion.find(action.id);
    auto& seen = observation_of(world, action.id.cluster).deployments;
    switch (action.kind) {
      case ActionKind::create:
      case ActionKind::update:
      case ActionKind::scale:
      case ActionKind::replace_image:
        if (!action.to) {
          auto& stopped = *std::ranges::find(seen, action.id, &ObservedDeployment::id);
          stopped.health = Health::stopped;
          stopped.instances = 0;
          break;
        }
        give(world, action, wanted->deployment());
        if (!action.adopts) {
          run(world, action, wanted->deployment());
        }
        break;
      case ActionKind::remove:
        std::erase_if(seen, [&](const auto& one) { return one.id == action.id; });
        world.gdm.given.at(action.id).removed = support::deed();
        break;
      case ActionKind::nothing:
      case ActionKind::blocked:
      case ActionKind::undecided:
        break;
    }
  }
}

bool changes(const Action& action) {
  return action.kind != ActionKind::nothing && action.kind != ActionKind::blocked &&
         action.kind != ActionKind::undecided;
}

RC_GTEST_PROP(PlanProperty, AppliedOnceThereIsNothingLeftToDo, ()) {
  World world = any_world();
  // An adopted deployment may run with a number or in a state that is put right by the next plan.
  for (int round = 0; round < 2; ++round) {
    carry_out(world, plan(world.gdm, world.ads, world.chosen, {}, kNow));
  }
  for (const Action& action : plan(world.gdm, world.ads, world.chosen, {}, kNow).actions) {
    if (changes(action)) {
      RC_FAIL(shown(action));
    }
  }
}

RC_GTEST_PROP(PlanProperty, WithoutAdoptionOneRoundIsEnough, ()) {
  World world = any_world();
  const auto first = plan(world.gdm, world.ads, world.chosen, {}, kNow);
  carry_out(world, first);
  for (const Action& action : plan(world.gdm, world.ads, world.chosen, {}, kNow).actions) {
    const auto before = std::ranges::find(first.actions, action.id, &Action::id);
    if (changes(action) && !before->adopts) {
      RC_FAIL(shown(action));
    }
  }
}

RC_GTEST_PROP(PlanProperty, TheOrderOfObservationDoesNotMatter, ()) {
  World world = any_world();
  const auto before = shown(plan(world.gdm, world.ads, world.chosen, {}, kNow));
  world.ads = gen::shuffled(world.ads);
  for (auto& observation : world.ads) {
    observation.deployments = gen::shuffled(observation.deployments);
  }
  RC_ASSERT(shown(plan(world.gdm, world.ads, world.chosen, {}, kNow)) == before);
}

RC_GTEST_PROP(PlanProperty, IsSortedWithOneActionForEachDeployment, ()) {
  const World world = any_world();
  const auto actions = plan(world.gdm, world.ads, world.chosen, {}, kNow).actions;
  for (std::size_t i = 1; i < actions.size(); ++i) {
    RC_ASSERT(actions[i - 1].id < actions[i].id);
  }
}

RC_GTEST_PROP(PlanProperty, NothingOfOthersOrNewerIsEverTouched, ()) {
  const World world = any_world();
  for (const Action& action : plan(world.gdm, world.ads, world.chosen, {}, kNow).actions) {
    for (const auto& observation : world.ads) {
      for (const auto& seen : observation.deployments) {
        if (seen.id != action.id || !changes(action)) {
          continue;
        }
        const GivenRecord* given = world.gdm.given_record(action.id);
        const bool ours = seen.gdm_id == "ours" && given != nullptr &&
                          seen.generation <= given->current().generation;
        RC_ASSERT(ours || action.adopts);
      }
    }
  }
}

// What was not seen in a part that was read must not be given to a cluster twice.
RC_GTEST_PROP(PlanProperty, LessSeenLeadsToTheSameActionOrToUndecided, ()) {
  const World world = any_world();
  World part = world;
  for (auto& observation : part.ads) {
    observation.completeness = support::unread();
    std::erase_if(observation.deployments, [](const auto&) { return *rc::gen::arbitrary<bool>(); });
  }
  // Without the guard, which counts what was seen.
  const auto full = plan(world.gdm, world.ads, world.chosen, {.confirmed = 8}, kNow).actions;
  for (const Action& action :
       plan(part.gdm, part.ads, part.chosen, {.confirmed = 8}, kNow).actions) {
    const auto same = std::ranges::find(full, action.id, &Action::id);
    if (changes(action)) {
      const bool known = same != full.end();
      RC_ASSERT(known);
      RC_ASSERT(action.kind == same->kind || same->kind == ActionKind::blocked);
    }
  }
}

}  // namespace
}  // namespace sous::engine
