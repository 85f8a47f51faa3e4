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

struct Page {
  std::size_t first = 0;
  std::size_t count = 0;
};

std::int64_t number_param(const ApiCall& call, const std::string& name, std::int64_t otherwise) {
  const std::string text = call.param(name);
  if (text.empty()) {
    return otherwise;
  }
  const bool negative = text.starts_with('-');
  const auto value = parse_uint(negative ? text.substr(1) : text);
  if (!value) {
    refuse_json(404, "HTTP 404 Not Found");
  }
  return negative ? -static_cast<std::int64_t>(*value) : static_cast<std::int64_t>(*value);
}

Page page_of(const ApiCall& call) {
  const std::int64_t count = number_param(call, "count", 100);
  const std::int64_t page = number_param(call, "page", 1);
  if (count < 0) {
    refuse_text(400, "count must be at least 0");
  }
  if (page < 1) {
    refuse_text(400, "page must be at least 1");
  }
  const auto size = static_cast<std::size_t>(std::min<std::int64_t>(count, 1000));
  return {.first = (static_cast<std::size_t>(page) - 1) * size, .count = size};
}

json::array paged(json::array all, const ApiCall& call) {
  const Page page = page_of(call);
  json::array out;
  for (std::size_t i = page.first; i < all.size() && i < page.first + page.count; ++i) {
    out.push_back(all[i]);
  }
  return out;
}

json::array deploy_histories(State& state, const std::string& request_id) {
  json::array out;
  const auto found = state.deploys_of.find(request_id);
  if (found != state.deploys_of.end()) {
    for (auto id = found->second.rbegin(); id != found->second.rend(); ++id) {
      out.push_back(render_history(*state.deploy(request_id, *id), false));
    }
  }
  return out;
}

json::object task_id_history(const Task& task) {
  return {{"taskId", render_task_id(task)},
          {"updatedAt", task.updates.back().after},
          {"lastTaskState", task.state()}};
}

json::array task_histories(State& state,
                           const std::string& request_id,
                           const std::string& deploy_id,
                           bool active) {
  json::array out;
  const auto add = [&](const Task& task) {
    if (task.request_id == request_id && (deploy_id.empty() || task.deploy_id == deploy_id)) {
      out.push_back(task_id_history(task));
    }
  };
  if (active) {
    for (const auto& [id, request] : state.requests) {
      std::ranges::for_each(request.tasks, add);
    }
  } else {
    for (const auto& [id, task] : state.ended) {
      add(task);
    }
  }
  return out;
}

json::array request_events(State& state, const std::string& request_id) {
  const Request* request = state.request(request_id);
  const auto& events = request != nullptr ? request->events : state.events_of_gone[request_id];
  json::array out;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    json::object one{
        {"createdAt", event->created_at}, {"eventType", event->type}, {"request", event->request}};
    if (!event->user.empty()) {
      one["user"] = event->user;
    }
    if (!event->message.empty()) {
      one["message"] = event->message;
    }
    out.push_back(std::move(one));
  }
  return out;
}

const Task& known_task(State& state, const std::string& id, bool active_only) {
  for (const auto& [request_id, request] : state.requests) {
    for (const auto& task : request.tasks) {
      if (task.id == id) {
        return task;
      }
    }
  }
  const auto found = state.ended.find(id);
  if (active_only || found == state.ended.end()) {
    if (std::ranges::count(id, '-') < 5) {
      refuse_text(400, "this is no task id");
    }
    refuse_json(404, "no task with id " + id);
  }
  return found->second;
}

}  // namespace

Answer read_sandbox(State& state, const ApiCall& call, const std::string& task_id) {
  const Task& task = known_task(state, task_id, false);
  const std::string log = call.param("path") == "stderr" ? "" : task.script.log;
  const std::string asked = call.param("offset");
  if (asked.empty()) {
    return json_answer(json::object{{"data", ""}, {"offset", log.size()}});
  }
  const auto offset = std::min<std::size_t>(log.size(), parse_uint(asked).value_or(0));
  const auto length = parse_uint(call.param("length")).value_or(log.size());
  const std::string data = log.substr(offset, length);
  return json_answer(
      json::object{{"data", data}, {"offset", offset}, {"nextOffset", offset + data.size()}});
}

Answer server_state(const State& state) {
  std::int64_t tasks = 0;
  std::int64_t deploys = 0;
  Millis oldest = 0;
  for (const auto& [id, request] : state.requests) {
    tasks += std::ssize(request.tasks);
    deploys += request.pending ? 1 : 0;
    if (request.pending) {
      oldest = std::max(oldest, state.now - request.pending->marker.timestamp);
    }
  }
  return json_answer(
      json::object{{"activeTasks", tasks},
                   {"activeRequests", state.requests.size()},
                   {"numDeploys", deploys},
                   {"oldestDeploy", oldest},
                   {"generatedAt", state.now},
                   {"hostStates",
                    json::array{json::object{{"master", true},
                                             {"uptime", 86'400'000},
                                             {"driverStatus", "SUBSCRIBED"},
                                             {"millisSinceLastOffer", 900},
                                             {"hostAddress", "10.0.0.5"},
                                             {"hostname", "10.0.0.5"},
                                             {"mesosMaster", "10.0.0.4:5050"},
                                             {"mesosConnected", state.mesos_connected}}}}});
}

Answer route_history(State& state, const ApiCall& call, const Parts& parts) {
  if (call.method != "GET") {
    wrong_method();
  }
  if (parts.size() == 3 && parts[1] == "task") {
    return json_answer(render_task_history(state, known_task(state, parts[2], false)));
  }
  if (parts.size() < 4 || parts[1] != "request") {
    unknown_path();
  }
  const std::string& id = parts[2];
  const std::string& what = parts[3];
  if (parts.size() == 4 && what == "deploys") {
    return json_answer(paged(deploy_histories(state, id), call));
  }
  if (parts.size() == 4 && what == "requests") {
    return json_answer(paged(request_events(state, id), call));
  }
  if (what == "deploy" && parts.size() == 5) {
    const Deploy* deploy = state.deploy(id, parts[4]);
    if (deploy == nullptr) {
      refuse_json(404, "no deploy " + parts[4]);
    }
    return json_answer(render_history(*deploy, true));
  }
  if (what == "deploy" && parts.size() == 7 && parts[5] == "tasks") {
    return json_answer(paged(task_histories(state, id, parts[4], parts[6] == "active"), call));
  }
  if (what == "tasks") {
    const bool active = parts.size() == 5 && parts[4] == "active";
    return json_answer(paged(task_histories(state, id, "", active), call));
  }
  unknown_path();
}

Answer route_tasks(State& state, const ApiCall& call, const Parts& parts) {
  if (parts.size() == 4 && parts[1] == "ids" && parts[2] == "request") {
    const Request* request = state.request(parts[3]);
    if (request == nullptr) {
      throw Refusal{{.status = 404, .content_type = "text/plain", .body = {}}};
    }
    return json_answer(render_task_ids(state, *request));
  }
  if (parts.size() == 3 && parts[1] == "task" && call.method == "GET") {
    return json_answer(render_task(known_task(state, parts[2], true)));
  }
  unknown_path();
}

}  // namespace sous::singularity_sim
