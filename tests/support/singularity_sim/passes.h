#pragma once

#include <string>

#include "support/singularity_sim/state.h"

namespace sous::singularity_sim {

/// Brings every task to where its script has it at `state.now`.
void update_tasks(State& state);
/// Turns queued runs into tasks.
void scheduler_pass(State& state);
/// Decides pending deploys.
void deploy_check_pass(State& state);
/// Carries out cleanups of requests and kills tasks.
void cleaner_pass(State& state);
/// Does what is due up to `until`, in its order.
void advance_to(State& state, Millis until);

/// Queues a run of the deploy for the scheduler.
void queue_run(Request& request, const std::string& deploy_id, const std::string& type);
/// Marks the tasks that are too many.
void mark_surplus(Request& request, std::int64_t instances);

}  // namespace sous::singularity_sim
