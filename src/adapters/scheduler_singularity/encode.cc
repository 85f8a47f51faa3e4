#include <boost/json.hpp>
#include <fmt/format.h>

#include "adapters/scheduler_singularity/messages.h"
#include "base/text.h"

namespace sous::scheduler_singularity {
namespace {

namespace json = boost::json;

json::object parsed(std::string_view text) {
  json::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  return !error && value.is_object() ? std::move(value.get_object()) : json::object();
}

json::object text_object(const TextMap& map) {
  json::object out;
  for (const auto& [key, value] : map) {
    out.emplace(key, value);
  }
  return out;
}

template <typename T>
void put(json::object& out, std::string_view key, const std::optional<T>& value) {
  if (value) {
    out[{key.data(), key.size()}] = *value;
  }
}

// What is left out takes Singularity's own default, as it did with the original.
json::object health_check(const Startup& startup) {
  json::object out;
  const std::string path = startup.check_ready_uri_path.value_or("");
  out["uri"] = path.empty() ? "/health" : path.front() == '/' ? path : "/" + path;
  std::string protocol = to_lower_ascii(startup.check_ready_protocol.value_or("http"));
  out["protocol"] = protocol == "http" ? "HTTP" : protocol == "https" ? "HTTPS" : protocol;
  out["portIndex"] = startup.check_ready_port_index.value_or(0);
  put(out, "startupDelaySeconds", startup.connect_delay);
  put(out, "startupTimeoutSeconds", startup.timeout);
  put(out, "startupIntervalSeconds", startup.connect_interval);
  put(out, "responseTimeoutSeconds", startup.check_ready_uri_timeout);
  put(out, "intervalSeconds", startup.check_ready_interval);
  put(out, "maxRetries", startup.check_ready_retries);
  if (startup.check_ready_failure_statuses) {
    json::array statuses;
    for (const auto status : *startup.check_ready_failure_statuses) {
      statuses.emplace_back(status);
    }
    out["failureStatusCodes"] = std::move(statuses);
  }
  return out;
}

json::object container(const WantedDeploy& wanted) {
  json::array volumes;
  for (const auto& volume : wanted.spec.volumes) {
    volumes.push_back(json::object{{"hostPath", volume.host},
                                   {"containerPath", volume.container},
                                   {"mode", volume.mode == Volume::Mode::read_only ? "RO" : "RW"}});
  }
  json::object out{{"type", "DOCKER"},
                   {"docker", json::object{{"image", wanted.image}, {"network", "BRIDGE"}}}};
  if (!volumes.empty()) {
    out["volumes"] = std::move(volumes);
  }
  return out;
}

}  // namespace

std::string encode_request(const WantedRequest& wanted, std::string_view current) {
  // A post replaces the request, so what an operator set in it has to be sent along.
  json::object out = parsed(current);
  const json::value* before = out.if_contains("schedule");
  const bool rescheduled =
      before == nullptr || !before->is_string() || before->get_string() != wanted.schedule;
  out["id"] = wanted.id;
  out["requestType"] = wanted.type;
  out["instances"] = wanted.instances;
  json::array owners;
  for (const auto& owner : wanted.owners) {
    owners.emplace_back(owner);
  }
  out["owners"] = std::move(owners);
  if (wanted.schedule.empty()) {
    out.erase("schedule");
    out.erase("scheduleType");
    out.erase("quartzSchedule");
  } else if (rescheduled) {
    out["schedule"] = wanted.schedule;
    out["scheduleType"] = "CRON";
    // Derived from the old schedule, and it would win over the new one.
    out.erase("quartzSchedule");
  }
  return json::serialize(out);
}

bool differs(const WantedRequest& wanted, std::string_view current) {
  const json::object now = parsed(current);
  const json::object next = parsed(encode_request(wanted, current));
  for (const auto& [key, value] : next) {
    const json::value* before = now.if_contains(key);
    const bool empty_list = value.is_array() && value.get_array().empty();
    if (before == nullptr ? !empty_list : *before != value) {
      return true;
    }
  }
  return false;
}

std::string encode_scale(std::uint32_t instances, std::string_view message) {
  return json::serialize(json::object{
      {"instances", instances}, {"message", std::string(message)}, {"skipHealthchecks", false}});
}

std::string encode_pause(std::string_view message) {
  return json::serialize(json::object{{"killTasks", true}, {"message", std::string(message)}});
}

std::string encode_message(std::string_view message) {
  return json::serialize(json::object{{"message", std::string(message)}});
}

std::string encode_deploy(const WantedDeploy& wanted) {
  json::object deploy{{"id", wanted.id},
                      {"requestId", wanted.request_id},
                      {"containerInfo", container(wanted)},
                      {"resources",
                       json::object{{"cpus", wanted.spec.cpus()},
                                    {"memoryMb", wanted.spec.memory_mb()},
                                    {"numPorts", wanted.spec.ports()}}},
                      {"env", text_object(wanted.spec.env)},
                      {"metadata", text_object(wanted.metadata)}};
  if (wanted.kind == Kind::http_service && !wanted.spec.startup.skip_check.value_or(false)) {
    deploy["healthcheck"] = health_check(wanted.spec.startup);
  }
  json::object out{{"deploy", std::move(deploy)}, {"message", wanted.message}};
  if (wanted.unpauses) {
    out["unpauseOnSuccessfulDeploy"] = true;
  }
  if (!wanted.updated_request.empty()) {
    out["updatedRequest"] = parsed(wanted.updated_request);
  }
  return json::serialize(out);
}

}  // namespace sous::scheduler_singularity
