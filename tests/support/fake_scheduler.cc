#include "support/fake_scheduler.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace sous::support {
namespace {

Status check(const DeployOrder& order) {
  const Kind kind = order.deployment.kind;
  if (kind != Kind::http_service && kind != Kind::worker) {
    return Error(Code::unsupported, fmt::format("kind {} cannot run here", kind_text(kind)));
  }
  return ok();
}

}  // namespace

FakeScheduler::FakeScheduler(ClusterName cluster, Clock& clock, Points& points)
    : cluster_(std::move(cluster)), clock_(clock), points_(points) {}

void FakeScheduler::script(const Digest& digest, FakeBehaviour behaviour) {
  auto state = state_.lock();
  state->behaviours.insert_or_assign(digest, std::move(behaviour));
}

void FakeScheduler::make_partial(std::string reason, std::vector<std::string> missing) {
  auto state = state_.lock();
  state->completeness = reason.empty()
                            ? Completeness::complete()
                            : Completeness::partial(std::move(reason), std::move(missing));
}

void FakeScheduler::stop_instances(const DeploymentId& id) {
  auto state = state_.lock();
  for (auto& [key, generations] : state->deployments) {
    if (key.second == id) {
      for (auto& [number, generation] : generations) {
        generation.stopped = true;
      }
    }
  }
}

std::uint64_t FakeScheduler::changes() {
  auto state = state_.lock();
  return state->changes;
}

ObservedDeployment FakeScheduler::describe(const State& state, Generation& generation) {
  const DeployOrder& order = generation.order;
  const auto scripted = state.behaviours.find(order.image.digest);
  const FakeBehaviour behaviour =
      scripted != state.behaviours.end() ? scripted->second : FakeBehaviour{};
  const bool still_pending = generation.looks < behaviour.looks;
  generation.looks += still_pending ? 1 : 0;
  const Health health = generation.stopped ? Health::stopped
                        : still_pending    ? Health::pending
                                           : behaviour.health;
  ObservedDeployment observed{
      .id = order.deployment.id,
      .gdm_id = order.gdm_id,
      .generation = order.generation,
      .scheduler_id = fmt::format("{}-g{}", order.deployment.id.str(), order.generation),
      .source = order.deployment.source(),
      .revision = order.revision,
      .asked = order.image,
      .running = behaviour.really_runs.value_or(order.image.digest),
      .effective_fingerprint = order.deployment.effective_fingerprint,
      .spec_fields = order.spec_fields,
      .health = health,
      .instances = generation.stopped ? 0 : generation.instances,
      .addresses = {},
      .since = generation.since,
      .message = behaviour.message,
      .last_log_lines = {},
      .link = "fake:" + order.deployment.id.str()};
  if (generation.stopped) {
    observed.running.reset();
  }
  if (health == Health::healthy && order.deployment.kind == Kind::http_service) {
    for (std::uint32_t i = 0; i < generation.instances; ++i) {
      observed.addresses.push_back(fmt::format("127.0.0.1:{}", generation.first_port + i));
    }
  } else if (health != Health::healthy) {
    observed.last_log_lines = behaviour.log_lines;
  }
  return observed;
}

Result<Observation> FakeScheduler::observe(const Call&) {
  return at_point(points_, "scheduler.observe", Effect::reads, [this]() -> Result<Observation> {
    const WallTime now = clock_.wall();
    auto state = state_.lock();
    Observation observation{.cluster = cluster_,
                            .completeness = state->completeness,
                            .observed_at = now,
                            .deployments = {}};
    for (auto& [key, generations] : state->deployments) {
      ObservedDeployment newest = describe(*state, std::prev(generations.end())->second);
      if (newest.health != Health::healthy) {
        for (auto& [number, generation] : generations) {
          if (number != newest.generation) {
            std::ranges::copy(describe(*state, generation).addresses,
                              std::back_inserter(newest.addresses));
          }
        }
      }
      observation.deployments.push_back(std::move(newest));
    }
    return observation;
  });
}

Result<ObservedDeployment> FakeScheduler::look(const DeploymentId& id,
                                               const GdmId& gdm_id,
                                               std::uint64_t generation,
                                               const Call&) {
  return at_point(points_, "scheduler.look", Effect::reads, [&]() -> Result<ObservedDeployment> {
    auto state = state_.lock();
    const auto found = state->deployments.find({gdm_id, id});
    if (found == state->deployments.end() || !found->second.contains(generation)) {
      return Error(Code::not_found, fmt::format("no generation {} runs", generation));
    }
    return describe(*state, found->second.at(generation));
  });
}

Status FakeScheduler::place(State& state, const DeployOrder& order) {
  Generations& generations = state.deployments[{order.gdm_id, order.deployment.id}];
  Generation made{.order = order,
                  .instances = order.deployment.spec.num_instances,
                  .since = clock_.wall(),
                  .first_port = state.next_port};
  constexpr std::uint16_t kApart = 50;
  state.next_port = static_cast<std::uint16_t>(state.next_port + kApart);
  generations.insert_or_assign(order.generation, std::move(made));
  ++state.changes;
  return ok();
}

Status FakeScheduler::apply(const DeployOrder& order, const Call&) {
  return at_point(points_, "scheduler.apply", Effect::changes, [&]() -> Status {
    SOUS_TRY_VOID(check(order));
    auto state = state_.lock();
    const auto found = state->deployments.find({order.gdm_id, order.deployment.id});
    if (found != state->deployments.end()) {
      auto& generations = found->second;
      if (generations.rbegin()->first > order.generation) {
        return Error(Code::conflict,
                     fmt::format("generation {} is there already", generations.rbegin()->first));
      }
      if (const auto same = generations.find(order.generation); same != generations.end()) {
        if (same->second.order.image.digest != order.image.digest) {
          return Error(Code::conflict, "the generation is there with another digest");
        }
        same->second.stopped = false;
        return ok();
      }
    }
    return order.deployment.spec.num_instances == 0 ? ok() : place(*state, order);
  });
}

Status FakeScheduler::settle(const DeploymentId& id,
                             const GdmId& gdm_id,
                             std::uint64_t generation,
                             bool succeeded,
                             const Call&) {
  return at_point(points_, "scheduler.settle", Effect::changes, [&]() -> Status {
    auto state = state_.lock();
    const auto found = state->deployments.find({gdm_id, id});
    if (found == state->deployments.end()) {
      return ok();
    }
    Generations& generations = found->second;
    const auto older = generations.lower_bound(generation);
    if (succeeded && !generations.contains(generation) && older != generations.begin()) {
      return Error(Code::not_found, fmt::format("generation {} does not run", generation));
    }
    if (succeeded) {
      generations.erase(generations.begin(), older);
    } else {
      generations.erase(generation);
    }
    if (generations.empty()) {
      state->deployments.erase(found);
    }
    ++state->changes;
    return ok();
  });
}

Status FakeScheduler::scale(const DeployOrder& order, const Call&) {
  return at_point(points_, "scheduler.scale", Effect::changes, [&]() -> Status {
    SOUS_TRY_VOID(check(order));
    auto state = state_.lock();
    const Key key{order.gdm_id, order.deployment.id};
    if (order.deployment.spec.num_instances == 0) {
      state->changes += state->deployments.erase(key);
      return ok();
    }
    const auto found = state->deployments.find(key);
    if (found == state->deployments.end() || !found->second.contains(order.generation)) {
      return place(*state, order);
    }
    found->second.at(order.generation).instances = order.deployment.spec.num_instances;
    ++state->changes;
    return ok();
  });
}

Status FakeScheduler::remove(const DeploymentId& id, const GdmId& gdm_id, const Call&) {
  return at_point(points_, "scheduler.remove", Effect::changes, [&]() -> Status {
    auto state = state_.lock();
    state->changes += state->deployments.erase({gdm_id, id});
    return ok();
  });
}

}  // namespace sous::support
