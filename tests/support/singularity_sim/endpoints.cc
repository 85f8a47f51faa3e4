#include "support/singularity_sim/endpoints.h"

#include <utility>

#include "base/text.h"

namespace sous::singularity_sim {

Request& existing(State& state, const std::string& id) {
  Request* request = state.request(id);
  if (request == nullptr) {
    refuse_json(404, "no request with id " + id);
  }
  return *request;
}

void note(const State& state,
          Request& request,
          const ApiCall& call,
          std::string type,
          std::string message) {
  request.events.push_back({.type = std::move(type),
                            .user = call.param("user"),
                            .message = std::move(message),
                            .created_at = state.now,
                            .request = request.body});
}

Answer parent_answer(State& state, const Request& request) {
  return json_answer(render_parent(state, request, true, true));
}

bool is_true(const std::string& text) { return to_lower_ascii(text) == "true"; }

[[noreturn]] void wrong_method() { refuse_json(405, "HTTP 405 Method Not Allowed"); }

[[noreturn]] void unknown_path() { refuse_json(404, "HTTP 404 Not Found"); }

Answer route(State& state, const ApiCall& call) {
  Parts parts;
  for (const auto part : split(call.path, '/')) {
    if (!part.empty()) {
      parts.emplace_back(part);
    }
  }
  if (parts.empty()) {
    unknown_path();
  }
  if (parts[0] == "requests") {
    return route_requests(state, call, parts);
  }
  if (parts[0] == "deploys") {
    return route_deploys(state, call, parts);
  }
  if (parts[0] == "history") {
    return route_history(state, call, parts);
  }
  if (parts[0] == "tasks") {
    return route_tasks(state, call, parts);
  }
  if (parts[0] == "sandbox" && parts.size() == 3 && parts[2] == "read") {
    return read_sandbox(state, call, parts[1]);
  }
  if (parts[0] == "state") {
    return server_state(state);
  }
  unknown_path();
}

}  // namespace sous::singularity_sim
