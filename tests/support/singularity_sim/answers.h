#pragma once

#include <string>

#include "support/singularity_sim/state.h"

namespace sous::singularity_sim {

/// One answer of the API, without transport.
struct Answer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
};

/// What Singularity refuses, thrown by whatever finds it and caught where the answer is made.
struct Refusal {
  Answer answer;
};

/// 400, 401, 403, 429 of Singularity's own checks: bare text.
[[noreturn]] void refuse_text(int status, const std::string& message);
/// 404, 409, unreadable input and crashes: JSON.
[[noreturn]] void refuse_json(int status, const std::string& message);

Answer json_answer(const json::value& value);

// What clients see of the state.
json::object render_marker(const Marker& marker);
json::object render_task_id(const Task& task);
json::object render_task_ids(const State& state, const Request& request);
json::object render_pending_deploy(const State& state, const Request& request);
/// Short: as in lists. `with_tasks`: as with includeFullRequestData.
json::object render_parent(State& state, const Request& request, bool full, bool with_tasks);
json::object render_history(const Deploy& deploy, bool full);
json::object render_task(const Task& task);
json::object render_task_history(const State& state, const Task& task);

}  // namespace sous::singularity_sim
