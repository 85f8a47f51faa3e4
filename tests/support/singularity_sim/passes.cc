#include "support/singularity_sim/passes.h"

#include <algorithm>

#include <fmt/format.h>

#include "support/singularity_sim/answers.h"
#include "support/singularity_sim/health.h"
#include "support/singularity_sim/steps.h"

namespace sous::singularity_sim {
namespace {

constexpr Millis kCooldownWindow = 60'000;
constexpr std::size_t kCooldownFailures = 5;
constexpr Millis kCooldownDelay = 120'000;
constexpr Millis kKeptCleanup = 15'000;

bool is_failure(const std::string& task_state) {
  return task_state == "TASK_FAILED" || task_state == "TASK_LOST" || task_state == "TASK_ERROR";
}

// ---- tasks ------------------------------------------------------------------

void apply_script(State& state, Task& task) {
  for (const auto& stage : task.script.stages) {
    const Millis at = task.started_at + stage.after;
    const bool seen = std::ranges::any_of(
        task.updates, [&](const auto& update) { return update.state == stage.state; });
    if (at <= state.now && !seen && !task.ended() && (!task.killed_at || at < *task.killed_at)) {
      task.updates.push_back({at, stage.state, stage.message});
    }
  }
  if (task.killed_at && *task.killed_at <= state.now && !task.ended()) {
    task.updates.push_back({*task.killed_at, "TASK_KILLED", "Container killed"});
  }
}

void after_end(State& state, Request& request, const Task& task) {
  if (Deploy* deploy = state.deploy(task.request_id, task.deploy_id)) {
    deploy->failures += is_failure(task.state()) ? 1U : 0U;
    deploy->last_task_state = task.state();
  }
  const bool of_active = request.active && request.active->deploy_id == task.deploy_id;
  if (!of_active || !request.is_runnable() || !request.is_long_running() ||
      !task.cleaning.empty()) {
    return;
  }
  request.recent_failures.push_back(state.now);
  std::erase_if(request.recent_failures,
                [&](Millis at) { return at < state.now - kCooldownWindow; });
  if (request.recent_failures.size() >= kCooldownFailures) {
    request.state = "SYSTEM_COOLDOWN";
  }
  queue_run(request, task.deploy_id, "TASK_DONE");
}

// ---- scheduler --------------------------------------------------------------

std::int64_t wanted(const Request& request, const QueuedRun& run) {
  if (request.pending && request.pending->watched &&
      request.pending->marker.deploy_id == run.deploy_id) {
    return request.pending->canceling ? 0 : request.pending->target;
  }
  if (request.is_long_running()) {
    return left_for_active(request);
  }
  return request.type() == "RUN_ONCE" && run.type == "NEW_DEPLOY" ? 1 : 0;
}

void plan_run(State& state, Request& request, const QueuedRun& run) {
  if (run.type == "NEW_DEPLOY" && request.is_long_running() &&
      !(request.pending && request.pending->marker.deploy_id == run.deploy_id)) {
    return;
  }
  std::set<std::int64_t> taken;
  for (const auto& task : request.tasks) {
    if (task.deploy_id == run.deploy_id && task.cleaning.empty() && !task.ended()) {
      taken.insert(task.instance);
    }
  }
  for (const auto& task : request.pending_tasks) {
    if (task.deploy_id == run.deploy_id) {
      taken.insert(task.instance);
    }
  }
  const bool cools = request.state == "SYSTEM_COOLDOWN" && run.type == "TASK_DONE";
  const bool asked_for = run.type == "IMMEDIATE" || run.type == "ONEOFF";
  const std::int64_t target = asked_for ? std::ssize(taken) + 1 : wanted(request, run);
  for (std::int64_t no = 1; std::ssize(taken) < target; ++no) {
    if (taken.insert(no).second) {
      request.pending_tasks.push_back({.instance = no,
                                       .deploy_id = run.deploy_id,
                                       .type = run.type,
                                       .next_run_at = state.now + (cools ? kCooldownDelay : 0),
                                       .created_at = state.now});
    }
  }
}

void launch(State& state, Request& request, const PendingTask& pending) {
  const Deploy& deploy = *state.deploy(request.id(), pending.deploy_id);
  const std::string host =
      fmt::format("node_{}.example.test", state.next_host++ % 3 == 0 ? 'a' : 'b');
  Task task{.id = fmt::format("{}-{}-{}-{}-{}-DEFAULT",
                              request.id(),
                              pending.deploy_id,
                              state.now,
                              pending.instance,
                              host),
            .request_id = request.id(),
            .deploy_id = pending.deploy_id,
            .instance = pending.instance,
            .started_at = state.now,
            .host = host,
            .ports = {},
            .script = state.script_for(deploy.body),
            .request = request.body,
            .deploy = deploy.body,
            .updates = {{state.now, "TASK_LAUNCHED", ""}},
            .cleaning = {},
            .killed_at = {}};
  const auto* resources = deploy.body.if_contains("resources");
  const Millis ports = resources != nullptr ? number_or(resources->get_object(), "numPorts", 0) : 0;
  for (Millis i = 0; i < ports; ++i) {
    task.ports.push_back(state.next_port++);
  }
  for (auto& [part, left] : state.flaky) {
    if (left > 0 && json::serialize(deploy.body).contains(part)) {
      --left;
      task.script = crash_script("it crashes at first", "");
    }
  }
  ++state.deploy(request.id(), pending.deploy_id)->tasks;
  request.tasks.push_back(std::move(task));
}

void place(State& state, Request& request) {
  auto pending = std::exchange(request.pending_tasks, {});
  const auto slots = state.slots.find(request.id());
  for (auto& one : pending) {
    const bool room = slots == state.slots.end() || slots->second > 0;
    if (one.next_run_at > state.now || !room) {
      request.pending_tasks.push_back(std::move(one));
      continue;
    }
    if (slots != state.slots.end()) {
      --slots->second;
    }
    launch(state, request, one);
  }
}

// ---- cleaner ----------------------------------------------------------------

void kill(const State& state, Task& task, const std::string& why) {
  if (task.cleaning.empty()) {
    task.cleaning = why;
  }
  if (!task.killed_at) {
    task.killed_at = state.now + state.settings.kill_takes;
  }
}

std::int64_t healthy_of_active(const State& state, const Request& request) {
  return std::ranges::count_if(request.tasks, [&](const Task& task) {
    return request.active && task.deploy_id == request.active->deploy_id && task.cleaning.empty() &&
           health_of(task, state.settings, state.now).health == TaskHealth::healthy;
  });
}

void clean_bounce(State& state, Request& request) {
  if (!request.active) {
    request.cleanups.erase("BOUNCING");
    return;
  }
  if (healthy_of_active(state, request) < request.instances()) {
    return;
  }
  for (auto& task : request.tasks) {
    if (task.cleaning == "BOUNCING") {
      kill(state, task, "BOUNCING");
    }
  }
  request.cleanups.erase("BOUNCING");
  request.expiring_bounce.reset();
}

void clean_pause(State& state, Request& request) {
  if (request.is_runnable()) {
    // Runnable again already: whoever unpaused it may have been faster than this cleaner.
    if (state.now - request.pause_cleanup_since >= kKeptCleanup) {
      request.cleanups.erase("PAUSING");
    }
    return;
  }
  for (auto& task : request.tasks) {
    if (request.pause_kills || request.is_long_running()) {
      kill(state, task, "PAUSING");
    }
  }
  request.pending_tasks.clear();
  request.cleanups.erase("PAUSING");
}

// False once the request is gone.
bool clean_request(State& state, Request& request) {
  if (request.being_deleted) {
    if (request.tasks.empty()) {
      request.events.push_back({.type = "DELETED",
                                .user = {},
                                .message = {},
                                .created_at = state.now,
                                .request = request.body});
      state.events_of_gone[request.id()] = request.events;
      return false;
    }
    for (auto& task : request.tasks) {
      kill(state, task, "REQUEST_DELETING");
    }
    request.pending_tasks.clear();
    // Between two passes nothing is queued, so a POST of the request is accepted then.
    request.cleanups.erase("DELETING");
  }
  if (request.cleanups.contains("PAUSING")) {
    clean_pause(state, request);
  }
  if (request.cleanups.contains("BOUNCING")) {
    clean_bounce(state, request);
  }
  const bool is_restored = healthy_of_active(state, request) >= request.instances();
  for (auto& task : request.tasks) {
    const bool waits = task.cleaning == "BOUNCING" ||
                       (task.cleaning == "INCREMENTAL_DEPLOY_FAILED" && !is_restored);
    if (!task.cleaning.empty() && !waits) {
      kill(state, task, task.cleaning);
    }
  }
  return true;
}

}  // namespace

void queue_run(Request& request, const std::string& deploy_id, const std::string& type) {
  const bool queued = std::ranges::any_of(request.queue, [&](const QueuedRun& run) {
    return run.deploy_id == deploy_id && run.type == type;
  });
  if (!queued) {
    request.queue.push_back({deploy_id, type});
  }
}

void mark_surplus(Request& request, std::int64_t instances) {
  const auto pending = request.pending ? request.pending->marker.deploy_id : std::string();
  for (auto& task : request.tasks) {
    if (task.instance > instances && task.deploy_id != pending && task.cleaning.empty()) {
      task.cleaning = "SCALING_DOWN";
    }
  }
  std::erase_if(request.pending_tasks, [&](const PendingTask& task) {
    return task.instance > instances && task.deploy_id != pending;
  });
}

void update_tasks(State& state) {
  for (auto& [id, request] : state.requests) {
    for (auto& task : request.tasks) {
      apply_script(state, task);
    }
    for (auto& task : request.tasks) {
      if (task.ended()) {
        after_end(state, request, task);
        state.ended.insert_or_assign(task.id, task);
      }
    }
    std::erase_if(request.tasks, [](const Task& task) { return task.ended(); });
  }
}

void scheduler_pass(State& state) {
  if (!state.mesos_connected) {
    return;
  }
  for (auto& [id, request] : state.requests) {
    const auto queue = std::exchange(request.queue, {});
    if (!request.is_runnable()) {
      continue;
    }
    for (const auto& run : queue) {
      plan_run(state, request, run);
    }
    place(state, request);
  }
}

void cleaner_pass(State& state) {
  if (!state.mesos_connected) {
    return;
  }
  for (auto at = state.requests.begin(); at != state.requests.end();) {
    at = clean_request(state, at->second) ? std::next(at) : state.requests.erase(at);
  }
}

void advance_to(State& state, Millis until) {
  while (true) {
    Millis next = std::min({state.next_scheduler, state.next_deploy_check, state.next_cleaner});
    for (const auto& [at, action] : state.later) {
      next = std::min(next, at);
    }
    if (next > until) {
      break;
    }
    state.now = std::max(state.now, next);
    update_tasks(state);
    for (std::size_t i = 0; i < state.later.size(); ++i) {
      if (state.later[i].first <= state.now) {
        const auto action = std::move(state.later[i].second);
        state.later.erase(state.later.begin() + static_cast<std::ptrdiff_t>(i--));
        action();
      }
    }
    if (state.next_scheduler <= state.now) {
      scheduler_pass(state);
      state.next_scheduler = state.now + state.settings.scheduler_every;
    }
    if (state.next_deploy_check <= state.now) {
      deploy_check_pass(state);
      state.next_deploy_check = state.now + state.settings.deploy_check_every;
    }
    if (state.next_cleaner <= state.now) {
      cleaner_pass(state);
      state.next_cleaner = state.now + state.settings.cleaner_every;
    }
  }
  state.now = std::max(state.now, until);
  update_tasks(state);
}

}  // namespace sous::singularity_sim
