#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "support/singularity_sim/endpoints.h"
#include "support/singularity_sim/health.h"
#include "support/singularity_sim/input.h"
#include "support/singularity_sim/passes.h"
#include "support/singularity_sim/steps.h"

namespace sous::singularity_sim {
namespace {

Answer post_deploy(State& state, const ApiCall& call) {
  const json::object input = parse_body(call.body, true);
  const json::object given = object_of(input, "deploy");
  const std::string request_id = text_of(given, "requestId");
  if (given.empty() || request_id.empty()) {
    refuse_text(400, "there is no deploy, or it names no request");
  }
  Request& request = existing(state, request_id);
  std::optional<json::object> updated;
  if (const json::object raw = object_of(input, "updatedRequest"); !raw.empty()) {
    updated = read_request(state, raw);
    if (text_of(*updated, "id") != request_id) {
      refuse_text(400, "the updated request has another id");
    }
    check_change(state, request, *updated);
  }
  const json::object& target = updated ? *updated : request.body;
  check_scale(state,
              updated ? std::optional(request.instances()) : std::nullopt,
              number_or(target, "instances", 1),
              is_true(call.param("largeScaleDownAcknowledged")));
  const auto* flag = input.if_contains("unpauseOnSuccessfulDeploy");
  const bool unpauses = flag != nullptr && flag->is_bool() && flag->get_bool();
  if (request.state == "PAUSED" && !unpauses) {
    refuse_json(409, fmt::format("Request {} is paused", request_id));
  }
  json::object body = read_deploy(state, given, target);
  const std::string deploy_id = text_of(body, "id");
  if (state.deploy(request_id, deploy_id) != nullptr) {
    refuse_text(400,
                fmt::format("Can not deploy {}: this id has already been deployed", deploy_id));
  }
  if (request.pending) {
    refuse_json(409,
                fmt::format("Pending deploy already in progress for {} ({})",
                            request_id,
                            request.pending->marker.deploy_id));
  }
  const std::int64_t instances = number_or(target, "instances", 1);
  const Steps steps = request.is_long_running() ? steps_of(state, body) : Steps{};
  Marker marker{.request_id = request_id,
                .deploy_id = deploy_id,
                .timestamp = state.now,
                .user = call.param("user"),
                .message = text_of(input, "message")};
  state.deploys.emplace(
      DeployKey{request_id, deploy_id},
      Deploy{.marker = marker, .body = std::move(body), .outcome = {}, .last_task_state = {}});
  state.deploys_of[request_id].push_back(deploy_id);
  const std::string before = request.state;
  request.ever_deployed = true;
  request.pending = PendingDeploy{.marker = marker,
                                  .watched = request.is_long_running(),
                                  .canceled_by = {},
                                  .unpauses = unpauses,
                                  .target = first_target(steps, instances),
                                  .step_started = state.now,
                                  .steps = steps,
                                  .instances = instances,
                                  .updated_request = std::move(updated)};
  if (request.is_long_running()) {
    request.pending_marker = marker;
  } else {
    request.active = marker;
  }
  queue_run(request, deploy_id, "NEW_DEPLOY");
  json::object parent = render_parent(state, request, true, true);
  if (before == "PAUSED") {
    request.state = "DEPLOYING_TO_UNPAUSE";
  }
  parent["state"] = before;
  return json_answer(parent);
}

Answer cancel_deploy(State& state,
                     const ApiCall& call,
                     Request& request,
                     const std::string& deploy_id) {
  if (!request.pending_marker || request.pending_marker->deploy_id != deploy_id ||
      request.pending->canceling) {
    refuse_text(400, fmt::format("deploy {} is not pending", deploy_id));
  }
  const Answer unchanged = parent_answer(state, request);
  request.pending->canceling = true;
  request.pending->canceled_by = call.param("user");
  return unchanged;
}

Answer update_deploy(State& state, const ApiCall& call) {
  const json::object input = parse_body(call.body, true);
  Request& request = existing(state, text_of(input, "requestId"));
  const std::int64_t target = number_or(input, "targetActiveInstances", 0);
  if (!request.pending_marker || request.pending_marker->deploy_id != text_of(input, "deployId")) {
    refuse_text(400, "this deploy is not pending");
  }
  if (target < 1 || target > request.pending->instances) {
    refuse_text(400, fmt::format("there cannot be {} active instances", target));
  }
  set_target(state, request, target);
  return parent_answer(state, request);
}

Answer pending_deploys(const State& state) {
  json::array out;
  for (const auto& [id, request] : state.requests) {
    if (request.pending) {
      out.push_back(render_pending_deploy(state, request));
    }
  }
  return json_answer(out);
}

}  // namespace

Answer route_deploys(State& state, const ApiCall& call, const Parts& parts) {
  if (parts.size() == 1) {
    return call.method == "POST" ? post_deploy(state, call) : (wrong_method(), Answer{});
  }
  if (parts.size() == 2 && parts[1] == "update" && call.method == "POST") {
    return update_deploy(state, call);
  }
  if (parts[1] == "pending" && call.method == "GET") {
    return pending_deploys(state);
  }
  if (parts.size() == 5 && parts[1] == "deploy" && parts[3] == "request" &&
      call.method == "DELETE") {
    return cancel_deploy(state, call, existing(state, parts[4]), parts[2]);
  }
  unknown_path();
}

}  // namespace sous::singularity_sim
