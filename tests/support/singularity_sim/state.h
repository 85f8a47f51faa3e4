#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

namespace sous::singularity_sim {

namespace json = boost::json;

/// Milliseconds since the epoch, or a span of them: the simulator's only time.
using Millis = std::int64_t;

enum class Profile : std::uint8_t { v0_20, v1_5 };

enum class Auth : std::uint8_t { none, header, token };

/// What an operator configures; the defaults are Singularity's.
struct Settings {
  Profile profile = Profile::v0_20;
  std::string context = "/singularity";
  Auth auth = Auth::none;
  std::string token = {};
  Millis scheduler_every = 5000;
  Millis deploy_check_every = 5000;
  Millis cleaner_every = 5000;
  Millis healthy_after_running = 5000;  // without a health check
  Millis deploy_healthy_by = 120'000;
  Millis kill_takes = 500;
  Millis result_late_by = 0;    // a result comes so long after the pending marker went
  Millis pending_left_for = 0;  // the pending deploy stays so long after its result
  std::int64_t max_instances = 25;
  double max_cpus = 50;
  double max_memory_mb = 24000;
};

/// What the tasks of an image do: states with their time since the launch, and how they answer
/// health checks once they run.
struct TaskScript {
  struct Stage {
    Millis after = 0;
    std::string state;
    std::string message;
  };

  std::vector<Stage> stages;
  int health_status = 200;
  Millis refuses_for = 0;  // since RUNNING; connections are refused so long
  std::string log;
};

/// Ready-made scripts.
TaskScript ok_script();
TaskScript http_script(int status);
TaskScript slow_start_script(Millis refuses_for);
TaskScript refuses_script();
TaskScript crash_script(const std::string& message, const std::string& log);
TaskScript pull_failure_script();
TaskScript exits_zero_script();
TaskScript never_runs_script();
TaskScript lost_script();
TaskScript oom_script();

struct Marker {
  std::string request_id;
  std::string deploy_id;
  Millis timestamp = 0;
  std::string user;
  std::string message;
};

struct Outcome {
  std::string state;
  std::string message;
  json::array failures;
  Millis timestamp = 0;
  bool moved_to_sql = false;  // lists then show neither message nor failures
};

struct Deploy {
  Marker marker;
  json::object body;  // as normalised
  std::optional<Outcome> outcome;
  std::uint32_t tasks = 0;
  std::uint32_t failures = 0;
  std::string last_task_state;
};

struct Task {
  std::string id;
  std::string request_id;
  std::string deploy_id;
  std::int64_t instance = 0;
  Millis started_at = 0;
  std::string host;
  std::vector<std::int64_t> ports;
  TaskScript script;
  json::object request;  // as it was at the launch
  json::object deploy;
  std::vector<TaskScript::Stage> updates;  // `after` is the moment here
  std::string cleaning;                    // why it is to go; else empty
  std::optional<Millis> killed_at;
  bool counted = false;  // as a failure of its deploy

  const std::string& state() const { return updates.back().state; }

  bool ended() const;
  std::optional<Millis> running_since() const;
};

struct PendingTask {
  std::int64_t instance = 0;
  std::string deploy_id;
  std::string type;
  Millis next_run_at = 0;
  Millis created_at = 0;
};

/// How many instances a deploy replaces at a time.
struct Steps {
  std::int64_t group = 0;  // 0: all at once
  Millis wait = 0;         // between two groups
  bool by_itself = true;   // else only POST /deploys/update goes on
  std::int64_t retries = 0;
  std::int64_t cycles = 0;  // 1.5: after so many groups all the rest
};

struct PendingDeploy {
  Marker marker;
  bool watched = true;
  bool canceling = false;
  std::string canceled_by;
  bool unpauses = false;
  bool step_complete = false;  // 1.5: seen healthy once
  bool decided = false;        // its outcome is on its way
  std::int64_t target = 1;
  Millis step_started = 0;
  Steps steps = {};
  std::int64_t instances = 1;  // when all is done
  std::int64_t replaced = 0;   // old ones that went for new ones
  std::int64_t steps_done = 0;
  std::int64_t failed_tasks = 0;
  std::optional<Millis> step_done_at = {};
  std::optional<json::object> updated_request;
};

struct QueuedRun {
  std::string deploy_id;
  std::string type;
};

struct Event {
  std::string type;
  std::string user;
  std::string message;
  Millis created_at = 0;
  json::object request;
};

struct Request {
  json::object body;
  std::string state = "ACTIVE";
  Millis changed_at = 0;
  bool ever_deployed = false;
  std::optional<Marker> active;
  std::optional<Marker> pending_marker;
  std::optional<PendingDeploy> pending;
  std::set<std::string> cleanups;  // DELETING, PAUSING, BOUNCING
  bool being_deleted = false;
  std::optional<json::object> expiring_bounce;
  Millis pause_cleanup_since = 0;
  bool pause_kills = true;
  std::vector<QueuedRun> queue;
  std::vector<PendingTask> pending_tasks;
  std::vector<Task> tasks;
  std::vector<Millis> recent_failures;
  std::vector<Event> events;

  std::string id() const { return std::string(body.at("id").get_string()); }

  std::int64_t instances() const;

  std::string type() const { return std::string(body.at("requestType").get_string()); }

  bool is_long_running() const { return type() == "SERVICE" || type() == "WORKER"; }

  bool is_runnable() const {
    return state == "ACTIVE" || state == "SYSTEM_COOLDOWN" || state == "DEPLOYING_TO_UNPAUSE";
  }
};

using DeployKey = std::pair<std::string, std::string>;  // request, deploy

/// Everything. What a request leaves behind stays when the request is gone.
struct State {
  Settings settings;
  Millis now = 0;
  Millis next_scheduler = 0;
  Millis next_deploy_check = 0;
  Millis next_cleaner = 0;
  bool deploy_checks_run = true;
  bool mesos_connected = true;
  Millis leader_away_until = 0;  // writes crash so long
  bool is_follower = false;      // errors of writes are the leader's, wrapped once more
  std::map<std::string, Request> requests;
  std::map<DeployKey, Deploy> deploys;
  std::map<std::string, std::vector<std::string>> deploys_of;  // request: ids, oldest first
  std::map<std::string, Task> ended;                           // by task id
  std::map<std::string, std::vector<Event>> events_of_gone;
  std::map<std::string, TaskScript> scripts;  // by a part of the image's name
  std::map<std::string, std::int64_t> flaky;  // so many tasks of such an image crash first
  std::map<std::string, std::int64_t> slots;  // offers left for a request; absent: unlimited
  std::vector<std::pair<Millis, std::function<void()>>> later;
  std::int64_t next_port = 31000;
  std::int64_t next_host = 0;

  TaskScript script_for(const json::object& deploy) const;
  Deploy* deploy(const std::string& request_id, const std::string& deploy_id);
  Request* request(const std::string& id);
};

}  // namespace sous::singularity_sim
