#pragma once

#include <string>
#include <vector>

#include "support/singularity_sim/simulator.h"

namespace sous::singularity_sim {

/// The pieces of a path.
using Parts = std::vector<std::string>;

/// The request of that id, or a 404.
Request& existing(State& state, const std::string& id);
/// Remembers what was done to a request, by whom.
void note(const State& state,
          Request& request,
          const ApiCall& call,
          std::string type,
          std::string message);
Answer parent_answer(State& state, const Request& request);
bool is_true(const std::string& text);

// One per tree of paths; each throws Refusal.
Answer route_requests(State& state, const ApiCall& call, const Parts& parts);
Answer route_deploys(State& state, const ApiCall& call, const Parts& parts);
Answer route_history(State& state, const ApiCall& call, const Parts& parts);
Answer route_tasks(State& state, const ApiCall& call, const Parts& parts);
Answer read_sandbox(State& state, const ApiCall& call, const std::string& task_id);
Answer server_state(const State& state);

[[noreturn]] void wrong_method();
[[noreturn]] void unknown_path();

}  // namespace sous::singularity_sim
