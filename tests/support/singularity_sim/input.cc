#include "support/singularity_sim/input.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "support/singularity_sim/answers.h"
#include "support/singularity_sim/health.h"

namespace sous::singularity_sim {
namespace {

constexpr std::size_t kRequestIdSize = 100;
constexpr std::size_t kDeployIdSize = 50;
constexpr std::array<const char*, 5> kTypes{
    "SERVICE", "WORKER", "SCHEDULED", "ON_DEMAND", "RUN_ONCE"};

bool consists_of(const std::string& text, std::string_view more) {
  return std::ranges::all_of(text, [&](char c) { return is_alnum(c) || more.contains(c); });
}

// Enums are read whatever their case, and with `-` and `.` for `_`.
std::string fuzzy(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool lower = c >= 'a' && c <= 'z';
    out += c == '-' || c == '.' ? '_' : lower ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

template <typename List>
std::string read_enum(const std::string& text, const List& allowed) {
  const std::string name = fuzzy(text);
  if (std::ranges::find(allowed, name) == std::ranges::end(allowed)) {
    refuse_json(400, "Unable to process JSON");
  }
  return name;
}

void keep(const json::object& input, json::object& out, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (const auto* value = input.if_contains(key); value != nullptr && !value->is_null()) {
      out[key] = *value;
    }
  }
}

std::string guessed_type(const json::object& input) {
  const auto is_true = [&](const char* key) {
    const auto* value = input.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool();
  };
  if (!text_of(input, "schedule").empty()) {
    return "SCHEDULED";
  }
  return is_true("loadBalanced") ? "SERVICE" : "WORKER";
}

std::string day_name(std::string_view field) {
  static constexpr std::array kDays{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"};
  if (field.size() == 1 && field[0] >= '0' && field[0] <= '7') {
    return kDays[static_cast<std::size_t>(field[0] - '0')];
  }
  return std::string(field);
}

std::string quartz(const std::string& cron) {
  std::vector<std::string> fields;
  for (const auto part : split(cron, ' ')) {
    if (!part.empty()) {
      fields.emplace_back(part);
    }
  }
  if (fields.size() < 5) {
    refuse_text(400, "the schedule has too few fields");
  }
  if (fields[4] == "*") {
    fields[4] = "?";
  } else if (fields[2] == "*") {
    fields[2] = "?";
  }
  fields[4] = day_name(fields[4]);
  return "0 " + join(fields, " ");
}

double number_of(const json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

json::object read_resources(const State& state, const json::object& input, std::int64_t instances) {
  json::object out{{"cpus", number_of(input, "cpus")},
                   {"memoryMb", number_of(input, "memoryMb")},
                   {"numPorts", number_or(input, "numPorts", 0)},
                   {"diskMb", number_of(input, "diskMb")}};
  const double cpus = out["cpus"].as_double();
  const double memory = out["memoryMb"].as_double();
  if (cpus <= 0) {
    refuse_text(400, "cpus must be more than 0");
  }
  if (memory <= 0) {
    refuse_text(400, "memoryMb must be more than 0");
  }
  const auto count = static_cast<double>(instances);
  if (cpus > state.settings.max_cpus || cpus * count > 900) {
    refuse_text(400, fmt::format("{} cpus are more than is allowed", cpus));
  }
  if (memory > state.settings.max_memory_mb || memory * count > 450'000) {
    refuse_text(400, fmt::format("{} MB are more than is allowed", memory));
  }
  return out;
}

json::object read_container(const json::object& input, bool has_resources) {
  json::object out;
  keep(input, out, {"volumes"});
  out["type"] = read_enum(text_of(input, "type"), std::array{"DOCKER", "MESOS"});
  if (out["type"] != "DOCKER") {
    return out;
  }
  const json::object docker = object_of(input, "docker");
  json::object rendered;
  keep(docker,
       rendered,
       {"image", "privileged", "portMappings", "forcePullImage", "dockerParameters"});
  if (const std::string network = text_of(docker, "network"); !network.empty()) {
    rendered["network"] = read_enum(network, std::array{"BRIDGE", "HOST", "NONE"});
  }
  if (has_resources && text_of(docker, "image").empty()) {
    refuse_text(400, "a docker container needs an image");
  }
  rendered.emplace("privileged", false);
  rendered.emplace("forcePullImage", false);
  rendered.emplace("portMappings", json::array());
  rendered.emplace("dockerParameters", json::array());
  out["docker"] = std::move(rendered);
  return out;
}

json::object read_health(const State& state, const json::object& input, std::int64_t ports) {
  json::object out;
  keep(input,
       out,
       {"uri",
        "portIndex",
        "portNumber",
        "startupDelaySeconds",
        "startupTimeoutSeconds",
        "startupIntervalSeconds",
        "intervalSeconds",
        "responseTimeoutSeconds",
        "maxRetries"});
  const std::string protocol = text_of(input, "protocol");
  const bool recent = state.settings.profile == Profile::v1_5;
  out["protocol"] = protocol.empty() ? "HTTP"
                    : recent ? read_enum(protocol, std::array{"HTTP", "HTTPS", "HTTP2", "HTTPS2"})
                             : read_enum(protocol, std::array{"HTTP", "HTTPS"});
  const auto* statuses = input.if_contains("failureStatusCodes");
  out["failureStatusCodes"] =
      statuses != nullptr && statuses->is_array() ? *statuses : json::array();
  if (text_of(out, "uri").empty()) {
    refuse_text(400, "a health check needs a uri");
  }
  if (out.contains("portIndex") && out.contains("portNumber")) {
    refuse_text(400, "portIndex and portNumber cannot both be given");
  }
  const auto index = number_or(out, "portIndex", 0);
  if (!out.contains("portNumber") && (index < 0 || index >= ports)) {
    refuse_text(400, fmt::format("portIndex {} is none of {} ports", index, ports));
  }
  if (number_or(out, "startupDelaySeconds", 0) >= 600) {
    refuse_text(400, "startupDelaySeconds must be below 600");
  }
  return out;
}

json::object flat_health(const json::object& input) {
  json::object out;
  const auto take = [&](const char* from, const char* to) {
    if (const auto* value = input.if_contains(from); value != nullptr && !value->is_null()) {
      out[to] = *value;
    }
  };
  take("healthcheckUri", "uri");
  take("healthcheckIntervalSeconds", "intervalSeconds");
  take("healthcheckTimeoutSeconds", "responseTimeoutSeconds");
  take("healthcheckPortIndex", "portIndex");
  take("healthCheckProtocol", "protocol");
  take("healthcheckMaxRetries", "maxRetries");
  return out;
}

// The older incremental deploy is translated.
json::object read_canary(const json::object& input) {
  const auto wait = number_or(input, "deployStepWaitTimeMs", 0);
  json::object out{{"enableCanaryDeploy", input.contains("deployInstanceCountPerStep")},
                   {"instanceGroupSize", number_or(input, "deployInstanceCountPerStep", 1)},
                   {"acceptanceMode", wait > 0 ? "TIMED" : "NONE"},
                   {"waitMillisBetweenGroups", wait},
                   {"allowedTasksFailuresPerGroup", number_or(input, "maxTaskRetries", 0)},
                   {"canaryCycleCount", 3}};
  const json::object given = object_of(input, "canaryDeploySettings");
  for (auto& [key, value] : out) {
    if (const auto* own = given.if_contains(key); own != nullptr && !own->is_null()) {
      value = *own;
    }
  }
  out["acceptanceMode"] =
      read_enum(text_of(out, "acceptanceMode"), std::array{"NONE", "TIMED", "CHECKS"});
  return out;
}

void check_deploy_id(const State& state, const std::string& id) {
  const bool recent = true;  // both profiles are 0.16.2 or later: a dot is allowed
  if (id.empty() || id.size() > kDeployIdSize || !consists_of(id, recent ? "_." : "_")) {
    refuse_text(400, fmt::format("`{}` is no deploy id", id));
  }
  static_cast<void>(state);
}

}  // namespace

std::string text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains({key.data(), key.size()});
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

json::object object_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains({key.data(), key.size()});
  return value != nullptr && value->is_object() ? value->get_object() : json::object();
}

json::object parse_body(const std::string& body, bool needed) {
  if (body.empty() || body == "null") {
    if (needed) {
      refuse_json(500, "internal error, logged as 3f0a9c11d27be645");
    }
    return {};
  }
  json::error_code error;
  json::value value = json::parse(body, error);
  if (error || !value.is_object()) {
    refuse_json(400, "Unable to process JSON");
  }
  return value.get_object();
}

json::object read_request(const State& state, const json::object& input) {
  const std::string id = text_of(input, "id");
  if (id.empty()) {
    refuse_json(state.settings.profile == Profile::v1_5 ? 500 : 400, "a request needs an id");
  }
  json::object out;
  keep(input,
       out,
       {"id",
        "owners",
        "schedule",
        "quartzSchedule",
        "scheduleTimeZone",
        "numRetriesOnFailure",
        "killOldNonLongRunningTasksAfterMillis",
        "skipHealthchecks",
        "bounceAfterScale",
        "rackSensitive",
        "loadBalanced",
        "rackAffinity",
        "requiredSlaveAttributes",
        "allowedSlaveAttributes",
        "slavePlacement",
        "group",
        "readWriteGroups",
        "readOnlyGroups",
        "requiredRole",
        "taskPriorityLevel",
        "maxTasksPerOffer",
        "emailConfigurationOverrides"});
  const std::string type = text_of(input, "requestType");
  out["requestType"] = type.empty() ? guessed_type(input) : read_enum(type, kTypes);
  if (const std::string kind = text_of(input, "scheduleType"); !kind.empty()) {
    out["scheduleType"] = read_enum(kind, std::array{"CRON", "QUARTZ", "RFC5545"});
  }
  const std::int64_t instances = number_or(input, "instances", 1);
  out["instances"] = instances;
  if (id.size() > kRequestIdSize || !consists_of(id, "_-")) {
    refuse_text(400, fmt::format("`{}` is no request id", id));
  }
  if (out["requestType"] == "SCHEDULED") {
    if (text_of(out, "schedule").empty() && text_of(out, "quartzSchedule").empty()) {
      refuse_text(400, "a scheduled request needs a schedule");
    }
    if (instances != 1) {
      refuse_text(400, "a scheduled request has one instance");
    }
    // The trap: what was derived once wins over a schedule that was edited.
    if (text_of(out, "quartzSchedule").empty()) {
      out["quartzSchedule"] = quartz(text_of(out, "schedule"));
    }
  } else if (out.contains("schedule") || out.contains("quartzSchedule")) {
    refuse_text(400, "only a scheduled request has a schedule");
  }
  for (const char* key : {"numRetriesOnFailure", "killOldNonLongRunningTasksAfterMillis"}) {
    if (out.contains(key) && (out["requestType"] == "SERVICE" || out["requestType"] == "WORKER")) {
      refuse_text(400, fmt::format("{} is for jobs alone", key));
    }
  }
  if (const double level = number_of(out, "taskPriorityLevel"); level < 0 || level > 1) {
    refuse_text(400, "taskPriorityLevel must be from 0 to 1");
  }
  return out;
}

void check_change(const State& state, const Request& old, const json::object& next) {
  static_cast<void>(state);
  const std::string from = old.type();
  const std::string to = text_of(next, "requestType");
  const auto long_running = [](const std::string& type) {
    return type == "SERVICE" || type == "WORKER";
  };
  const auto balanced = [](const json::object& body) {
    const auto* value = body.if_contains("loadBalanced");
    return value != nullptr && value->is_bool() && value->get_bool();
  };
  if (balanced(old.body) != balanced(next)) {
    refuse_text(400, "whether a request is load balanced cannot change");
  }
  if (from != to && !(long_running(from) && long_running(to))) {
    refuse_text(400, fmt::format("the request type cannot change from {} to {}", from, to));
  }
}

void check_scale(const State& state,
                 std::optional<std::int64_t> before,
                 std::int64_t instances,
                 bool acknowledged) {
  if (instances < 1) {
    refuse_text(400, "there must be at least one instance");
  }
  if (instances > state.settings.max_instances) {
    refuse_text(
        400, fmt::format("{} instances are more than {}", instances, state.settings.max_instances));
  }
  if (state.settings.profile == Profile::v1_5 && before && !acknowledged && instances < *before &&
      (*before - instances > 10 || (*before > 10 && instances * 2 < *before))) {
    refuse_text(
        400, fmt::format("a scale-down from {} to {} has to be acknowledged", *before, instances));
  }
}

json::object read_deploy(const State& state,
                         const json::object& input,
                         const json::object& request) {
  json::object out;
  const std::string id = text_of(input, "id");
  check_deploy_id(state, id);
  keep(input,
       out,
       {"requestId",
        "id",
        "env",
        "metadata",
        "labels",
        "command",
        "arguments",
        "uris",
        "user",
        "shell",
        "version",
        "skipHealthchecksOnDeploy",
        "deployHealthTimeoutSeconds",
        "considerHealthyAfterRunningForSeconds",
        "deployInstanceCountPerStep",
        "deployStepWaitTimeMs",
        "autoAdvanceDeploySteps",
        "maxTaskRetries"});
  if (const json::object labels = object_of(input, "labels"); !labels.empty()) {
    json::array mesos;
    for (const auto& [key, value] : labels) {
      mesos.push_back(json::object{{"key", key}, {"value", value}});
    }
    out["mesosLabels"] = std::move(mesos);
  }
  const std::int64_t instances = number_or(request, "instances", 1);
  const bool has_resources = input.contains("resources") && input.at("resources").is_object();
  if (has_resources) {
    out["resources"] = read_resources(state, input.at("resources").get_object(), instances);
  }
  if (input.contains("containerInfo") && input.at("containerInfo").is_object()) {
    out["containerInfo"] = read_container(input.at("containerInfo").get_object(), has_resources);
  } else if (text_of(input, "command").empty()) {
    refuse_text(400, "a deploy needs a command or a container");
  }
  const json::object given = object_of(input, "healthcheck");
  const json::object health = given.empty() ? flat_health(input) : given;
  if (!health.empty() || input.contains("healthcheck")) {
    const auto ports = has_resources ? number_or(out["resources"].get_object(), "numPorts", 0) : 0;
    if (!(input.contains("healthcheck") && input.at("healthcheck").is_null() && health.empty())) {
      out["healthcheck"] = read_health(state, health, ports);
    }
  }
  if (state.settings.profile == Profile::v1_5) {
    out["canaryDeploySettings"] = read_canary(input);
    out["s3UploaderAdditionalFiles"] = json::array();
  }
  return out;
}

}  // namespace sous::singularity_sim
