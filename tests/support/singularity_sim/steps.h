#pragma once

#include "support/singularity_sim/state.h"

namespace sous::singularity_sim {

/// How a deploy wants to be stepped, as it was normalised.
Steps steps_of(const State& state, const json::object& deploy);
/// The number of instances that the first step launches.
std::int64_t first_target(const Steps& steps, std::int64_t instances);
/// The step's instances are healthy: the old ones that they stand for go, and once the waiting time
/// is over the next step begins. False where there is no further step.
bool advance_step(State& state, Request& request);
/// Sets the number of new instances, upwards or down.
void set_target(State& state, Request& request, std::int64_t target);
/// How many instances of the active deploy are to run while another one takes over step by step.
std::int64_t left_for_active(const Request& request);

}  // namespace sous::singularity_sim
