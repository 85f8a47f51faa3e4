#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "support/singularity_sim/endpoints.h"
#include "support/singularity_sim/health.h"
#include "support/singularity_sim/input.h"
#include "support/singularity_sim/passes.h"

namespace sous::singularity_sim {
namespace {

constexpr Millis kBounceMillis = 3'600'000;

// ⓕ: cuts an entry down to the named fields.
json::object cut(json::object entry, const ApiCall& call) {
  const auto [from, to] = call.query.equal_range("property");
  if (from == to) {
    return entry;
  }
  json::object out;
  for (auto at = from; at != to; ++at) {
    const std::string top = at->second.substr(0, at->second.find('.'));
    if (const auto* value = entry.if_contains(top); value != nullptr) {
      out[top] = *value;
    }
  }
  return out;
}

Answer list_requests(State& state, const ApiCall& call, const std::string& which) {
  const auto limit = parse_uint(call.param("limit"));
  json::array out;
  for (const auto& [id, request] : state.requests) {
    const std::string& is = request.state;
    const bool wanted =
        which.empty() || (which == "active" && (is == "ACTIVE" || is == "DEPLOYING_TO_UNPAUSE")) ||
        (which == "paused" && is == "PAUSED") || (which == "cooldown" && is == "SYSTEM_COOLDOWN") ||
        (which == "finished" && is == "FINISHED");
    if (wanted && (!limit || out.size() < *limit)) {
      out.push_back(
          cut(render_parent(state, request, false, is_true(call.param("includeFullRequestData"))),
              call));
    }
  }
  return json_answer(out);
}

void refuse_while_cleaning(const Request& request) {
  if (!request.cleanups.empty()) {
    refuse_json(409, fmt::format("Request {} is currently cleaning", request.id()));
  }
  if (request.pending && request.pending->updated_request) {
    refuse_json(409, fmt::format("Request {} is changed by its pending deploy", request.id()));
  }
}

void change_instances(State& state, Request& request, std::int64_t before) {
  static_cast<void>(state);
  const std::int64_t now = request.instances();
  if (before == now || !request.is_long_running()) {
    return;
  }
  mark_surplus(request, now);
  if (request.active) {
    queue_run(request, request.active->deploy_id, "UPDATED_REQUEST");
  } else if (request.pending) {
    queue_run(request, request.pending->marker.deploy_id, "UPDATED_REQUEST");
  }
}

Answer post_request(State& state, const ApiCall& call) {
  const json::object input = parse_body(call.body, true);
  Request* old = state.request(text_of(input, "id"));
  if (old != nullptr) {
    refuse_while_cleaning(*old);
  }
  json::object body = read_request(state, input);
  check_scale(state,
              old != nullptr ? std::optional(old->instances()) : std::nullopt,
              number_or(body, "instances", 1),
              false);
  if (old != nullptr) {
    check_change(state, *old, body);
    const std::int64_t before = old->instances();
    const bool rescheduled = old->state == "FINISHED" && old->body != body;
    old->body = std::move(body);
    old->changed_at = state.now;
    if (rescheduled) {
      old->state = "ACTIVE";
    }
    note(state, *old, call, "UPDATED", "");
    change_instances(state, *old, before);
    return parent_answer(state, *old);
  }
  Request request;
  request.body = std::move(body);
  request.changed_at = state.now;
  Request& stored = state.requests.emplace(request.id(), request).first->second;
  note(state, stored, call, "CREATED", "");
  return parent_answer(state, stored);
}

Answer scale(State& state, const ApiCall& call, Request& request) {
  refuse_while_cleaning(request);
  const json::object input = parse_body(call.body, true);
  const std::int64_t instances = number_or(input, "instances", 1);
  const std::int64_t before = request.instances();
  check_scale(state, before, instances, is_true(call.param("largeScaleDownAcknowledged")));
  if (instances == before) {
    refuse_text(400, fmt::format("request {} has {} instances already", request.id(), instances));
  }
  request.body["instances"] = instances;
  request.changed_at = state.now;
  note(state, request, call, "SCALED", text_of(input, "message"));
  change_instances(state, request, before);
  return parent_answer(state, request);
}

Answer remove_request(State& state, const ApiCall& call, Request& request) {
  const json::object input = parse_body(call.body, false);
  if (!request.being_deleted) {
    note(state, request, call, "DELETING", text_of(input, "message"));
  }
  request.cleanups.insert("DELETING");
  request.being_deleted = true;
  request.state = "DELETING";
  return json_answer(request.body);
}

Answer pause(State& state, const ApiCall& call, Request& request) {
  const json::object input = parse_body(call.body, false);
  if (request.state == "PAUSED" || request.cleanups.contains("PAUSING")) {
    refuse_json(409, fmt::format("Request {} is paused already", request.id()));
  }
  const auto* kills = input.if_contains("killTasks");
  request.pause_kills = kills == nullptr || !kills->is_bool() || kills->get_bool();
  request.pause_cleanup_since = state.now;
  request.cleanups.insert("PAUSING");
  request.state = "PAUSED";
  note(state, request, call, "PAUSED", text_of(input, "message"));
  return parent_answer(state, request);
}

Answer unpause(State& state, const ApiCall& call, Request& request) {
  const json::object input = parse_body(call.body, false);
  if (request.state != "PAUSED") {
    refuse_json(409, fmt::format("Request {} is not in state PAUSED", request.id()));
  }
  request.state = "ACTIVE";
  note(state, request, call, "UNPAUSED", text_of(input, "message"));
  if (request.active) {
    queue_run(request, request.active->deploy_id, "UNPAUSED");
  }
  return parent_answer(state, request);
}

Answer bounce(State& state, const ApiCall& call, Request& request) {
  const json::object input = parse_body(call.body, false);
  if (!request.is_long_running()) {
    refuse_text(400, "only a long-running request can be bounced");
  }
  if (request.state == "PAUSED" || !request.active || request.cleanups.contains("BOUNCING")) {
    refuse_json(409, fmt::format("Request {} cannot be bounced now", request.id()));
  }
  const auto* incremental = input.if_contains("incremental");
  json::object asked{
      {"incremental", incremental != nullptr && incremental->is_bool() && incremental->get_bool()},
      {"durationMillis", number_or(input, "durationMillis", kBounceMillis)}};
  if (const std::string message = text_of(input, "message"); !message.empty()) {
    asked["message"] = message;
  }
  const std::string user = call.param("user");
  const std::string action = text_of(input, "actionId");
  request.expiring_bounce =
      json::object{{"requestId", request.id()},
                   {"deployId", request.active->deploy_id},
                   {"user", user.empty() ? "singularity" : user},
                   {"startMillis", state.now},
                   {"actionId", action.empty() ? "0d4b1b0a-7e0e-4a57-9d7c-2f3f6a1c9b10" : action},
                   {"expiringAPIRequestObject", std::move(asked)}};
  request.cleanups.insert("BOUNCING");
  request.state = "ACTIVE";
  for (auto& task : request.tasks) {
    if (task.deploy_id == request.active->deploy_id && task.cleaning.empty()) {
      task.cleaning = "BOUNCING";
    }
  }
  queue_run(request, request.active->deploy_id, "BOUNCE");
  note(state, request, call, "BOUNCED", text_of(input, "message"));
  return parent_answer(state, request);
}

Answer run_now(State& state, const ApiCall& call, Request& request) {
  parse_body(call.body, false);
  if (request.type() != "ON_DEMAND" && request.type() != "SCHEDULED") {
    refuse_text(400, "only a scheduled or on-demand request can be run");
  }
  const bool scheduled = request.type() == "SCHEDULED";
  const auto under_way =
      std::ssize(request.tasks) + std::ssize(request.pending_tasks) + std::ssize(request.queue);
  if (request.state == "PAUSED" || !request.active || (scheduled && under_way > 0)) {
    refuse_json(409, fmt::format("Request {} cannot be run now", request.id()));
  }
  if (under_way >= request.instances()) {
    refuse_text(429, fmt::format("{} instances run already", under_way));
  }
  const std::string type = scheduled ? "IMMEDIATE" : "ONEOFF";
  queue_run(request, request.active->deploy_id, type);
  json::object parent = render_parent(state, request, true, true);
  parent["pendingRequest"] = json::object{{"requestId", request.id()},
                                          {"deployId", request.active->deploy_id},
                                          {"timestamp", state.now},
                                          {"pendingType", type}};
  return json_answer(parent);
}

Answer queued(const State& state, const std::string& what) {
  json::array out;
  for (const auto& [id, request] : state.requests) {
    for (const auto& run : request.queue) {
      if (what == "pending") {
        out.push_back(json::object{{"requestId", id},
                                   {"deployId", run.deploy_id},
                                   {"timestamp", state.now},
                                   {"pendingType", run.type}});
      }
    }
    for (const auto& type : request.cleanups) {
      if (what == "cleanup") {
        out.push_back(json::object{{"requestId", id}, {"cleanupType", type}});
      }
    }
  }
  return json_answer(out);
}

Answer exit_cooldown(State& state, const ApiCall& call, Request& request) {
  if (request.state != "SYSTEM_COOLDOWN") {
    refuse_json(409, fmt::format("Request {} is not in state SYSTEM_COOLDOWN", request.id()));
  }
  const Answer before = parent_answer(state, request);
  request.state = "ACTIVE";
  request.recent_failures.clear();
  note(state, request, call, "EXITED_COOLDOWN", "");
  return before;
}

Answer route_one_request(State& state, const ApiCall& call, const Parts& parts) {
  Request& request = existing(state, parts[2]);
  if (parts.size() == 3) {
    if (call.method == "GET") {
      return parent_answer(state, request);
    }
    return call.method == "DELETE" ? remove_request(state, call, request)
                                   : (wrong_method(), Answer{});
  }
  const std::string& verb = parts[3];
  if (verb == "scale" && call.method == "PUT") {
    return scale(state, call, request);
  }
  if (call.method != "POST") {
    wrong_method();
  }
  if (verb == "pause") {
    return pause(state, call, request);
  }
  if (verb == "unpause") {
    return unpause(state, call, request);
  }
  if (verb == "bounce") {
    return bounce(state, call, request);
  }
  if (verb == "run") {
    return run_now(state, call, request);
  }
  if (verb == "exit-cooldown") {
    return exit_cooldown(state, call, request);
  }
  unknown_path();
}

}  // namespace

Answer route_requests(State& state, const ApiCall& call, const Parts& parts) {
  if (parts.size() == 1) {
    if (call.method == "GET") {
      return list_requests(state, call, "");
    }
    return call.method == "POST" ? post_request(state, call) : (wrong_method(), Answer{});
  }
  if (parts[1] == "request" && parts.size() >= 3) {
    return route_one_request(state, call, parts);
  }
  if (parts.size() == 2 && call.method == "GET") {
    return list_requests(state, call, parts[1]);
  }
  if (parts[1] == "queued" && parts.size() == 3 && call.method == "GET") {
    return queued(state, parts[2]);
  }
  unknown_path();
}

}  // namespace sous::singularity_sim
