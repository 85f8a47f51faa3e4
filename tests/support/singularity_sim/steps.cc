#include "support/singularity_sim/steps.h"

#include <algorithm>
#include <vector>

#include "support/singularity_sim/health.h"
#include "support/singularity_sim/passes.h"

namespace sous::singularity_sim {
namespace {

bool is_true(const json::object& object, const char* key, bool otherwise) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_bool() ? value->get_bool() : otherwise;
}

Steps canary(const json::object& settings) {
  if (!is_true(settings, "enableCanaryDeploy", false)) {
    return {};
  }
  const auto* mode = settings.if_contains("acceptanceMode");
  const bool timed = mode != nullptr && mode->is_string() && mode->get_string() == "TIMED";
  return {.group = std::max<std::int64_t>(1, number_or(settings, "instanceGroupSize", 1)),
          .wait = timed ? number_or(settings, "waitMillisBetweenGroups", 0) : 0,
          .by_itself = true,
          .retries = number_or(settings, "allowedTasksFailuresPerGroup", 0),
          .cycles = number_or(settings, "canaryCycleCount", 3)};
}

// The lowest instance numbers go first.
void retire(Request& request, std::int64_t keep) {
  std::vector<Task*> old;
  for (auto& task : request.tasks) {
    if (request.active && task.deploy_id == request.active->deploy_id && task.cleaning.empty()) {
      old.push_back(&task);
    }
  }
  std::ranges::sort(old, {}, &Task::instance);
  for (std::size_t i = 0; std::ssize(old) - static_cast<std::ptrdiff_t>(i) > keep; ++i) {
    old[i]->cleaning = "INCREMENTAL_DEPLOY";
  }
}

}  // namespace

Steps steps_of(const State& state, const json::object& deploy) {
  if (state.settings.profile == Profile::v1_5) {
    return canary(deploy.at("canaryDeploySettings").as_object());
  }
  const std::int64_t group = number_or(deploy, "deployInstanceCountPerStep", 0);
  return {.group = group,
          .wait = number_or(deploy, "deployStepWaitTimeMs", 0),
          .by_itself = is_true(deploy, "autoAdvanceDeploySteps", true),
          .retries = number_or(deploy, "maxTaskRetries", 0),
          .cycles = 0};
}

std::int64_t first_target(const Steps& steps, std::int64_t instances) {
  return steps.group > 0 ? std::min(steps.group, instances) : instances;
}

std::int64_t left_for_active(const Request& request) {
  const bool stepped = request.pending && request.pending->steps.group > 0 &&
                       !request.pending->canceling && !request.pending->decided;
  return stepped ? std::max<std::int64_t>(0, request.pending->instances - request.pending->replaced)
                 : request.instances();
}

void set_target(State& state, Request& request, std::int64_t target) {
  PendingDeploy& pending = *request.pending;
  for (auto& task : request.tasks) {
    if (task.deploy_id == pending.marker.deploy_id && task.instance > target) {
      task.cleaning = "DECREMENTED";
    }
  }
  pending.target = target;
  pending.replaced = std::min(pending.replaced, target);
  pending.step_started = state.now;
  pending.step_done_at.reset();
  queue_run(request, pending.marker.deploy_id, "NEXT_DEPLOY_STEP");
  if (request.active) {
    queue_run(request, request.active->deploy_id, "NEXT_DEPLOY_STEP");
  }
}

bool advance_step(State& state, Request& request) {
  PendingDeploy& pending = *request.pending;
  if (pending.steps.group == 0 || pending.target >= pending.instances) {
    return false;
  }
  if (!pending.step_done_at) {
    pending.step_done_at = state.now;
    pending.replaced = pending.target;
    ++pending.steps_done;
    retire(request, pending.instances - pending.target);
  }
  if (pending.steps.by_itself && state.now - *pending.step_done_at >= pending.steps.wait) {
    const bool all_the_rest =
        pending.steps.cycles > 0 && pending.steps_done >= pending.steps.cycles;
    set_target(state,
               request,
               all_the_rest ? pending.instances
                            : std::min(pending.target + pending.steps.group, pending.instances));
  }
  return true;
}

}  // namespace sous::singularity_sim
