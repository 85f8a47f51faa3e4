#include "support/singularity_sim/answers.h"

#include <algorithm>

#include "support/singularity_sim/health.h"

namespace sous::singularity_sim {
namespace {

bool is_new(const State& state) { return state.settings.profile == Profile::v1_5; }

json::object render_progress(const State& state, const Request& request) {
  const PendingDeploy& pending = *request.pending;
  const auto current = std::ranges::count_if(request.tasks, [&](const Task& task) {
    return task.deploy_id == pending.marker.deploy_id && !task.ended();
  });
  json::array failed;
  for (const auto& task : request.tasks) {
    if (task.deploy_id == pending.marker.deploy_id && task.counted) {
      failed.push_back(render_task_id(task));
    }
  }
  json::object out{{"targetActiveInstances", pending.target},
                   {"currentActiveInstances", current},
                   {"failedDeployTasks", std::move(failed)},
                   {"timestamp", pending.step_started}};
  if (is_new(state)) {
    out["stepLaunchComplete"] = pending.step_complete;
    out["stepAcceptanceResults"] = json::object();
    out["acceptanceResultMessageHistory"] = json::array();
    out["lbUpdates"] = json::object();
    out["canary"] = pending.steps.group > 0;
  } else {
    out["deployInstanceCountPerStep"] =
        pending.steps.group > 0 ? pending.steps.group : pending.target;
    out["deployStepWaitTimeMs"] = pending.steps.wait;
    out["stepComplete"] = pending.step_done_at.has_value();
    out["autoAdvanceDeploySteps"] = pending.steps.by_itself;
  }
  return out;
}

json::object deploy_state(const Request& request) {
  json::object out{{"requestId", request.id()}};
  if (request.active) {
    out["activeDeploy"] = render_marker(*request.active);
  }
  if (request.pending_marker) {
    out["pendingDeploy"] = render_marker(*request.pending_marker);
  }
  return out;
}

json::object update_of(const Task& task, const TaskScript::Stage& stage) {
  json::object out{{"taskId", render_task_id(task)},
                   {"timestamp", stage.after},
                   {"taskState", stage.state},
                   {"previous", json::array()}};
  if (!stage.message.empty()) {
    out["statusMessage"] = stage.message;
  }
  return out;
}

}  // namespace

void refuse_text(int status, const std::string& message) {
  throw Refusal{{.status = status, .content_type = "text/plain", .body = message}};
}

void refuse_json(int status, const std::string& message) {
  throw Refusal{{.status = status,
                 .content_type = "application/json",
                 .body = json::serialize(json::object{{"code", status}, {"message", message}})}};
}

Answer json_answer(const json::value& value) {
  return {.status = 200, .content_type = "application/json", .body = json::serialize(value)};
}

json::object render_marker(const Marker& marker) {
  json::object out{{"requestId", marker.request_id},
                   {"deployId", marker.deploy_id},
                   {"timestamp", marker.timestamp}};
  if (!marker.user.empty()) {
    out["user"] = marker.user;
  }
  if (!marker.message.empty()) {
    out["message"] = marker.message;
  }
  return out;
}

json::object render_task_id(const Task& task) {
  return {{"id", task.id},
          {"requestId", task.request_id},
          {"deployId", task.deploy_id},
          {"startedAt", task.started_at},
          {"instanceNo", task.instance},
          {"host", task.host},
          {"sanitizedHost", task.host},
          {"rackId", "DEFAULT"},
          {"sanitizedRackId", "DEFAULT"}};
}

json::object render_task_ids(const State& state, const Request& request) {
  json::array healthy;
  json::array not_yet;
  json::array pending;
  json::array cleaning;
  for (const auto& task : request.tasks) {
    if (!task.cleaning.empty()) {
      cleaning.push_back(render_task_id(task));
    } else if (health_of(task, state.settings, state.now).health == TaskHealth::healthy) {
      healthy.push_back(render_task_id(task));
    } else {
      not_yet.push_back(render_task_id(task));
    }
  }
  for (const auto& one : request.pending_tasks) {
    const std::string id = request.id() + "-" + one.deploy_id + "-" +
                           std::to_string(one.next_run_at) + "-" + std::to_string(one.instance) +
                           "-" + one.type + "-" + std::to_string(one.created_at);
    pending.push_back(json::object{{"id", id},
                                   {"requestId", request.id()},
                                   {"deployId", one.deploy_id},
                                   {"nextRunAt", one.next_run_at},
                                   {"instanceNo", one.instance},
                                   {"pendingType", one.type},
                                   {"createdAt", one.created_at}});
  }
  json::object out{{"healthy", std::move(healthy)},
                   {"notYetHealthy", std::move(not_yet)},
                   {"pending", std::move(pending)},
                   {"cleaning", std::move(cleaning)}};
  if (is_new(state)) {
    out["loadBalanced"] = json::array();
    out["killed"] = json::array();
  }
  return out;
}

json::object render_pending_deploy(const State& state, const Request& request) {
  json::object out{{"deployMarker", render_marker(request.pending->marker)},
                   {"currentDeployState", request.pending->canceling ? "CANCELING" : "WAITING"}};
  if (request.is_long_running() || is_new(state)) {
    out["deployProgress"] = render_progress(state, request);
  }
  if (request.pending->updated_request) {
    out["updatedRequest"] = *request.pending->updated_request;
  }
  return out;
}

json::object render_parent(State& state, const Request& request, bool full, bool with_tasks) {
  json::object out{{"request", request.body}, {"state", request.state}};
  if (request.ever_deployed) {
    out["requestDeployState"] = deploy_state(request);
  }
  if (full || with_tasks) {
    out["taskIds"] = render_task_ids(state, request);
    if (request.expiring_bounce) {
      out["expiringBounce"] = *request.expiring_bounce;
    }
  }
  if (full) {
    if (request.active) {
      out["activeDeploy"] = state.deploy(request.id(), request.active->deploy_id)->body;
    }
    if (request.pending_marker) {
      out["pendingDeploy"] = state.deploy(request.id(), request.pending_marker->deploy_id)->body;
    }
    if (request.pending) {
      out["pendingDeployState"] = render_pending_deploy(state, request);
    }
  }
  return out;
}

json::object render_history(const Deploy& deploy, bool full) {
  json::object out{{"deployMarker", render_marker(deploy.marker)}};
  if (deploy.outcome) {
    const bool bare = !full && deploy.outcome->moved_to_sql;
    json::object result{{"deployState", deploy.outcome->state},
                        {"deployFailures", bare ? json::array() : deploy.outcome->failures},
                        {"timestamp", deploy.outcome->timestamp}};
    if (!deploy.outcome->message.empty() && !bare) {
      result["message"] = deploy.outcome->message;
    }
    out["deployResult"] = std::move(result);
  }
  if (full) {
    out["deploy"] = deploy.body;
    if (deploy.failures > 0) {
      out["deployStatistics"] = json::object{{"requestId", deploy.marker.request_id},
                                             {"deployId", deploy.marker.deploy_id},
                                             {"numTasks", deploy.tasks},
                                             {"numSuccess", 0},
                                             {"numFailures", deploy.failures},
                                             {"numSequentialRetries", 0},
                                             {"lastTaskState", deploy.last_task_state}};
    }
  }
  return out;
}

json::object render_task(const Task& task) {
  json::array ranges;
  for (const auto port : task.ports) {
    ranges.push_back(json::object{{"begin", port}, {"end", port}});
  }
  json::array resources;
  if (!ranges.empty()) {
    resources.push_back(json::object{
        {"name", "ports"}, {"type", "RANGES"}, {"ranges", json::object{{"range", ranges}}}});
  }
  return {
      {"taskId", render_task_id(task)},
      {"taskRequest",
       json::object{
           {"request", task.request}, {"deploy", task.deploy}, {"pendingTask", json::object()}}},
      {"offers", json::array{json::object{{"hostname", task.host}}}},
      {"mesosTask", json::object{{"resources", std::move(resources)}}},
      {"rackId", "DEFAULT"}};
}

json::object render_task_history(const State& state, const Task& task) {
  json::array updates;
  for (const auto& update : task.updates) {
    updates.push_back(update_of(task, update));
  }
  json::array checks;
  for (const auto& check : health_of(task, state.settings, state.now).checks) {
    json::object one{
        {"taskId", render_task_id(task)}, {"timestamp", check.at}, {"startup", check.status == 0}};
    if (check.status == 0) {
      one["errorMessage"] = "Connection refused";
    } else {
      one["statusCode"] = check.status;
    }
    checks.push_back(std::move(one));
  }
  return {{"task", render_task(task)},
          {"taskUpdates", std::move(updates)},
          {"directory", "/var/lib/mesos/" + task.id},
          {"healthcheckResults", std::move(checks)},
          {"loadBalancerUpdates", json::array()},
          {"shellCommandHistory", json::array()},
          {"taskMetadata", json::array()}};
}

}  // namespace sous::singularity_sim
