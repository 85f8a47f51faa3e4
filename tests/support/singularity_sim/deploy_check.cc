#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "support/singularity_sim/answers.h"
#include "support/singularity_sim/health.h"
#include "support/singularity_sim/passes.h"
#include "support/singularity_sim/steps.h"

namespace sous::singularity_sim {
namespace {

bool is_counted_by_pending(const Request& request, const Task& task) {
  return request.pending && request.pending->marker.deploy_id == task.deploy_id && !task.counted &&
         task.cleaning.empty();
}

void give_up_tasks(Request& request, const std::string& deploy_id, const std::string& why) {
  std::erase_if(request.pending_tasks,
                [&](const PendingTask& task) { return task.deploy_id == deploy_id; });
  for (auto& task : request.tasks) {
    if (task.deploy_id == deploy_id && task.cleaning.empty()) {
      task.cleaning = why;
    }
  }
}

void write_result(State& state,
                  const std::string& request_id,
                  const std::string& deploy_id,
                  Outcome outcome) {
  outcome.timestamp = state.now;
  state.deploy(request_id, deploy_id)->outcome = std::move(outcome);
  const auto remove = [&state, request_id, deploy_id] {
    Request* request = state.request(request_id);
    if (request != nullptr && request->pending && request->pending->marker.deploy_id == deploy_id) {
      request->pending.reset();
    }
  };
  if (state.settings.pending_left_for == 0) {
    remove();
  } else {
    state.later.emplace_back(state.now + state.settings.pending_left_for, remove);
  }
}

void succeed(Request& request) {
  PendingDeploy& pending = *request.pending;
  const std::string old = request.active ? request.active->deploy_id : "";
  request.active = pending.marker;
  if (!old.empty() && old != pending.marker.deploy_id) {
    give_up_tasks(request, old, "NEW_DEPLOY_SUCCEEDED");
  }
  if (pending.updated_request) {
    request.body = *pending.updated_request;
    queue_run(request, pending.marker.deploy_id, "UPDATED_REQUEST");
  }
  if (request.state == "DEPLOYING_TO_UNPAUSE" || request.state == "FINISHED" ||
      request.state == "SYSTEM_COOLDOWN") {
    request.state = "ACTIVE";
  }
  request.expiring_bounce.reset();
  request.cleanups.erase("BOUNCING");
  request.recent_failures.clear();
}

void fail(Request& request) {
  // What was replaced already comes back before the new ones go.
  give_up_tasks(request,
                request.pending->marker.deploy_id,
                request.pending->replaced > 0 ? "INCREMENTAL_DEPLOY_FAILED" : "DEPLOY_FAILED");
  if (request.state == "DEPLOYING_TO_UNPAUSE") {
    request.state = "PAUSED";
  }
  if (request.active) {
    queue_run(request, request.active->deploy_id, "DEPLOY_FAILED");
  }
}

// In the order in which the real one writes: deploy state, tasks, result, pending deploy.
void finish(State& state, Request& request, Outcome outcome) {
  PendingDeploy& pending = *request.pending;
  const std::string request_id = request.id();
  const std::string deploy_id = pending.marker.deploy_id;
  pending.decided = true;
  request.pending_marker.reset();
  if (outcome.state == "SUCCEEDED") {
    succeed(request);
  } else {
    fail(request);
  }
  if (state.settings.result_late_by == 0) {
    write_result(state, request_id, deploy_id, std::move(outcome));
    return;
  }
  state.later.emplace_back(state.now + state.settings.result_late_by,
                           [&state, request_id, deploy_id, outcome = std::move(outcome)] {
                             write_result(state, request_id, deploy_id, outcome);
                           });
}

json::object failure_of(const Task& task, const std::string& reason, const std::string& message) {
  json::object out{{"reason", reason}, {"taskId", render_task_id(task)}};
  if (!message.empty()) {
    out["message"] = message;
  }
  return out;
}

std::vector<Task*> ended_of_pending(State& state, Request& request) {
  std::vector<Task*> out;
  for (auto& [id, task] : state.ended) {
    if (task.request_id == request.id() && is_counted_by_pending(request, task)) {
      out.push_back(&task);
    }
  }
  return out;
}

bool fail_by_ended_tasks(State& state, Request& request) {
  const auto ended = ended_of_pending(state, request);
  if (ended.empty()) {
    return false;
  }
  PendingDeploy& pending = *request.pending;
  pending.failed_tasks += std::ssize(ended);
  if (pending.failed_tasks <= pending.steps.retries) {
    for (Task* task : ended) {
      task->counted = true;
    }
    queue_run(request, pending.marker.deploy_id, "NEXT_DEPLOY_STEP");
    return false;
  }
  json::array failures;
  for (Task* task : ended) {
    task->counted = true;
    const bool finished = task->state() == "TASK_FINISHED";
    failures.push_back(
        failure_of(*task,
                   finished ? "TASK_EXPECTED_RUNNING_FINISHED" : "TASK_FAILED_ON_STARTUP",
                   task->updates.back().message));
  }
  const std::string message = fmt::format(
      "{} failed task{} in this deploy", failures.size(), failures.size() == 1 ? "" : "s");
  finish(state, request, {.state = "FAILED", .message = message, .failures = std::move(failures)});
  return true;
}

bool fail_by_cancel(State& state, Request& request) {
  if (!request.pending->canceling) {
    return false;
  }
  finish(state,
         request,
         {.state = "CANCELED",
          .message = fmt::format(
              "Canceled on request by {} at {}",
              request.pending->canceled_by.empty() ? "unknown" : request.pending->canceled_by,
              state.now),
          .failures = {}});
  return true;
}

struct StepView {
  std::int64_t active = 0;
  std::int64_t healthy = 0;
  json::array unhealthy;
  json::array waiting;
};

StepView view_step(const State& state, const Request& request) {
  StepView view;
  for (const auto& task : request.tasks) {
    if (task.deploy_id != request.pending->marker.deploy_id || !task.cleaning.empty()) {
      continue;
    }
    ++view.active;
    const HealthView health = health_of(task, state.settings, state.now);
    if (health.health == TaskHealth::healthy) {
      ++view.healthy;
    } else if (health.health == TaskHealth::unhealthy) {
      view.unhealthy.push_back(failure_of(task, "TASK_FAILED_HEALTH_CHECKS", health.message));
    } else {
      view.waiting.push_back(failure_of(
          task,
          task.running_since() ? "TASK_FAILED_HEALTH_CHECKS" : "TASK_NEVER_ENTERED_RUNNING",
          fmt::format("instance {} did not get healthy in time", task.instance)));
    }
  }
  return view;
}

void check_step(State& state, Request& request) {
  PendingDeploy& pending = *request.pending;
  const StepView view = view_step(state, request);
  const json::object& body = state.deploy(request.id(), pending.marker.deploy_id)->body;
  const bool overdue = state.now - pending.step_started > step_limit(body, state.settings);
  if (view.active < pending.target) {
    if (overdue) {
      finish(state,
             request,
             {.state = "OVERDUE",
              .message = fmt::format("{} of {} tasks launched, resources missing for the rest",
                                     view.active,
                                     pending.target),
              .failures = view.waiting});
    }
    return;
  }
  if (!view.unhealthy.empty()) {
    finish(
        state,
        request,
        {.state = "FAILED", .message = "Not all tasks were healthy", .failures = view.unhealthy});
  } else if (view.healthy >= pending.target) {
    if (advance_step(state, request)) {
      return;
    }
    if (state.settings.profile == Profile::v1_5 && !pending.step_complete) {
      pending.step_complete = true;
    } else {
      finish(state, request, {.state = "SUCCEEDED", .message = {}, .failures = {}});
    }
  } else if (overdue) {
    finish(state,
           request,
           {.state = "OVERDUE", .message = "the deploy took too long", .failures = view.waiting});
  }
}

void check_deploy(State& state, Request& request) {
  const bool recent = state.settings.profile == Profile::v1_5;
  if (!request.is_runnable() && request.state != "FINISHED") {
    finish(state,
           request,
           {.state = "FAILED", .message = "Request is " + request.state, .failures = {}});
    return;
  }
  if (recent && fail_by_cancel(state, request)) {
    return;
  }
  if (!request.pending->watched) {
    finish(state,
           request,
           {.state = "SUCCEEDED", .message = "Request not deployable", .failures = {}});
    return;
  }
  if (fail_by_ended_tasks(state, request)) {
    return;
  }
  if (!recent && fail_by_cancel(state, request)) {
    return;
  }
  check_step(state, request);
}

}  // namespace

void deploy_check_pass(State& state) {
  if (!state.deploy_checks_run || !state.mesos_connected) {
    return;
  }
  for (auto& [id, request] : state.requests) {
    if (request.pending && !request.pending->decided) {
      check_deploy(state, request);
    }
  }
}

}  // namespace sous::singularity_sim
