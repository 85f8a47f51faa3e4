#pragma once

#include <string>
#include <vector>

#include "support/singularity_sim/state.h"

namespace sous::singularity_sim {

enum class TaskHealth : std::uint8_t { waiting, healthy, unhealthy };

struct CheckResult {
  Millis at = 0;
  int status = 0;  // 0: the connection was refused
};

struct HealthView {
  TaskHealth health = TaskHealth::waiting;
  std::vector<CheckResult> checks;
  std::string message;
};

/// How the deploy's health check sees a task at `now`: every check up to then is replayed.
HealthView health_of(const Task& task, const Settings& settings, Millis now);

/// What a deploy step may take, counted from its start.
Millis step_limit(const json::object& deploy, const Settings& settings);

/// A number of a JSON object, or `otherwise` where it is absent or null.
Millis number_or(const json::object& object, std::string_view key, Millis otherwise);

}  // namespace sous::singularity_sim
