#include "support/singularity_sim/health.h"

#include <algorithm>

#include <fmt/format.h>

namespace sous::singularity_sim {
namespace {

constexpr Millis kSecond = 1000;

struct Options {
  Millis delay = 0;
  Millis startup_timeout = 0;
  Millis startup_interval = 0;
  Millis interval = 0;
  Millis response_timeout = 0;
  std::optional<Millis> retries;
  std::set<Millis> failure_statuses;

  Millis total() const {
    return startup_timeout + (interval + response_timeout) * (retries.value_or(0) + 1);
  }
};

std::optional<Options> options_of(const json::object& deploy) {
  const auto* check = deploy.if_contains("healthcheck");
  const auto* skip = deploy.if_contains("skipHealthchecksOnDeploy");
  if (check == nullptr || !check->is_object() ||
      (skip != nullptr && skip->is_bool() && skip->get_bool())) {
    return std::nullopt;
  }
  const json::object& object = check->get_object();
  Options out;
  out.delay = number_or(object, "startupDelaySeconds", 0) * kSecond;
  out.startup_timeout = number_or(object, "startupTimeoutSeconds", 45) * kSecond;
  out.startup_interval =
      std::max<Millis>(1, number_or(object, "startupIntervalSeconds", 2)) * kSecond;
  out.interval = std::max<Millis>(1, number_or(object, "intervalSeconds", 5)) * kSecond;
  out.response_timeout = number_or(object, "responseTimeoutSeconds", 5) * kSecond;
  if (object.contains("maxRetries") && !object.at("maxRetries").is_null()) {
    out.retries = number_or(object, "maxRetries", 0);
  }
  if (const auto* list = object.if_contains("failureStatusCodes"); list != nullptr) {
    for (const auto& status : list->as_array()) {
      out.failure_statuses.insert(status.to_number<Millis>());
    }
  }
  return out;
}

HealthView without_check(const Task& task, const Settings& settings, Millis now) {
  const auto since = task.running_since();
  const bool healthy = since && now - *since >= settings.healthy_after_running;
  return {
      .health = healthy ? TaskHealth::healthy : TaskHealth::waiting, .checks = {}, .message = {}};
}

}  // namespace

Millis number_or(const json::object& object, std::string_view key, Millis otherwise) {
  const auto* value = object.if_contains({key.data(), key.size()});
  return value != nullptr && value->is_number() ? value->to_number<Millis>() : otherwise;
}

HealthView health_of(const Task& task, const Settings& settings, Millis now) {
  const auto options = options_of(task.deploy);
  const auto since = task.running_since();
  if (!options || !since) {
    return without_check(task, settings, now);
  }
  HealthView view;
  Millis failures = 0;
  for (Millis at = *since + options->delay; at <= now;) {
    const bool refused = at - *since < task.script.refuses_for;
    const int status = refused ? 0 : task.script.health_status;
    view.checks.push_back({at, status});
    if (status >= 200 && status < 300) {
      view.health = TaskHealth::healthy;
      return view;
    }
    failures += refused ? 0 : 1;
    const bool too_late = refused && at - *since > options->startup_timeout;
    const bool forbidden = options->failure_statuses.contains(status);
    const bool too_often = options->retries && failures > *options->retries;
    if (too_late || forbidden || too_often || at - *since > options->total()) {
      view.health = TaskHealth::unhealthy;
      view.message =
          fmt::format("instance {}: {} checks failed, {}",
                      task.instance,
                      view.checks.size(),
                      refused ? "last connection refused" : fmt::format("last status {}", status));
      return view;
    }
    at += refused ? options->startup_interval : options->interval;
  }
  return view;
}

Millis step_limit(const json::object& deploy, const Settings& settings) {
  const Millis base =
      number_or(deploy, "deployHealthTimeoutSeconds", settings.deploy_healthy_by / kSecond) *
      kSecond;
  const auto options = options_of(deploy);
  return base + (options ? options->total() : settings.healthy_after_running);
}

}  // namespace sous::singularity_sim
