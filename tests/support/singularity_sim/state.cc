#include "support/singularity_sim/state.h"

#include <algorithm>

namespace sous::singularity_sim {
namespace {

TaskScript starts(std::string log = "server starts\n") {
  return {
      .stages = {{0, "TASK_LAUNCHED", ""}, {300, "TASK_STAGING", ""}, {800, "TASK_RUNNING", ""}},
      .log = std::move(log)};
}

}  // namespace

TaskScript ok_script() { return starts(); }

TaskScript http_script(int status) {
  TaskScript script = starts();
  script.health_status = status;
  return script;
}

TaskScript slow_start_script(Millis refuses_for) {
  TaskScript script = starts();
  script.refuses_for = refuses_for;
  return script;
}

TaskScript refuses_script() { return slow_start_script(std::int64_t{1} << 40); }

TaskScript crash_script(const std::string& message, const std::string& log) {
  TaskScript script = starts(log);
  script.stages.push_back({1500, "TASK_FAILED", message});
  script.refuses_for = 10'000;
  return script;
}

TaskScript pull_failure_script() {
  return {.stages = {{0, "TASK_LAUNCHED", ""},
                     {700, "TASK_FAILED", "Failed to launch container: docker pull failed"}},
          .log = {}};
}

TaskScript exits_zero_script() {
  TaskScript script = starts("done\n");
  script.stages.push_back({1500, "TASK_FINISHED", "Command exited with status 0"});
  return script;
}

TaskScript never_runs_script() {
  return {.stages = {{0, "TASK_LAUNCHED", ""}, {300, "TASK_STAGING", ""}}, .log = {}};
}

TaskScript lost_script() {
  TaskScript script = starts();
  script.stages.push_back({2000, "TASK_LOST", "agent removed"});
  return script;
}

TaskScript oom_script() {
  TaskScript script = starts();
  script.stages.push_back({1500, "TASK_FAILED", "Memory limit exceeded: container killed"});
  return script;
}

bool Task::ended() const {
  static const std::set<std::string> kFinal{"TASK_FINISHED",
                                            "TASK_FAILED",
                                            "TASK_KILLED",
                                            "TASK_LOST",
                                            "TASK_LOST_WHILE_DOWN",
                                            "TASK_ERROR",
                                            "TASK_GONE"};
  return kFinal.contains(state());
}

std::optional<Millis> Task::running_since() const {
  for (const auto& update : updates) {
    if (update.state == "TASK_RUNNING") {
      return update.after;
    }
  }
  return std::nullopt;
}

std::int64_t Request::instances() const {
  const auto* value = body.if_contains("instances");
  return value != nullptr ? value->to_number<std::int64_t>() : 1;
}

TaskScript State::script_for(const json::object& deploy) const {
  const std::string text = json::serialize(deploy);
  for (const auto& [part, script] : scripts) {
    if (text.contains(part)) {
      return script;
    }
  }
  return ok_script();
}

Deploy* State::deploy(const std::string& request_id, const std::string& deploy_id) {
  const auto found = deploys.find({request_id, deploy_id});
  return found == deploys.end() ? nullptr : &found->second;
}

Request* State::request(const std::string& id) {
  const auto found = requests.find(id);
  return found == requests.end() ? nullptr : &found->second;
}

}  // namespace sous::singularity_sim
