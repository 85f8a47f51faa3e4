#include "engine/spec_fields.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sous::engine {
namespace {

using Fields = TextMap;

/// Decimal text by value; text that is no number stays as it is.
std::string by_value(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? fmt::format("{}", number)
                                                                  : std::string(text);
}

void put_env(Fields& out, const TextMap& env) {
  for (const auto& [key, value] : env) {
    out[fmt::format("Env.{}", key)] = value;
  }
}

void put_resources(Fields& out, const DeploySpec& spec) {
  for (const auto& [key, value] : spec.resources) {
    out[fmt::format("Resources.{}", key)] = by_value(value);
  }
  out["Resources.cpus"] = fmt::format("{}", spec.cpus());
  out["Resources.memory"] = fmt::format("{}", spec.memory_mb());
  out["Resources.ports"] = fmt::format("{}", spec.ports());
}

template <typename T>
void put(Fields& out, std::string_view name, const std::optional<T>& value) {
  if (value) {
    out[fmt::format("Startup.{}", name)] = fmt::format("{}", *value);
  }
}

void put(Fields& out, const Startup& startup) {
  put(out, "SkipCheck", startup.skip_check);
  if (startup.skip_check.value_or(false)) {
    return;  // no check: how it would be done does not matter
  }
  put(out, "ConnectDelay", startup.connect_delay);
  put(out, "Timeout", startup.timeout);
  put(out, "ConnectInterval", startup.connect_interval);
  put(out, "CheckReadyProtocol", startup.check_ready_protocol);
  put(out, "CheckReadyURIPath", startup.check_ready_uri_path);
  put(out, "CheckReadyPortIndex", startup.check_ready_port_index);
  put(out, "CheckReadyURITimeout", startup.check_ready_uri_timeout);
  put(out, "CheckReadyInterval", startup.check_ready_interval);
  put(out, "CheckReadyRetries", startup.check_ready_retries);
  if (startup.check_ready_failure_statuses) {
    auto statuses = *startup.check_ready_failure_statuses;
    std::ranges::sort(statuses);
    out["Startup.CheckReadyFailureStatuses"] = fmt::format("{}", fmt::join(statuses, " "));
  }
}

}  // namespace

Fields spec_fields(Kind kind, const DeploySpec& spec) {
  Fields out;
  out[std::string(kInstancesField)] = fmt::format("{}", spec.num_instances);
  put_resources(out, spec);
  put_env(out, spec.env);
  put(out, spec.startup);
  auto volumes = spec.volumes;
  std::ranges::sort(volumes);
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    out[fmt::format("Volumes[{}]", i)] =
        fmt::format("{}:{}:{}",
                    volumes[i].host,
                    volumes[i].container,
                    volumes[i].mode == Volume::Mode::read_only ? "RO" : "RW");
  }
  if (kind == Kind::scheduled && !spec.schedule.empty()) {
    out["Schedule"] = spec.schedule;
  }
  if (!spec.singularity_request_id.empty()) {
    out["SingularityRequestID"] = spec.singularity_request_id;
  }
  return out;
}

std::vector<FieldDifference> differences(const TextMap& from, const TextMap& to) {
  std::vector<FieldDifference> out;
  for (const auto& [field, value] : from) {
    const auto now = to.find(field);
    if (now == to.end()) {
      out.push_back({field, value, ""});
    } else if (now->second != value) {
      out.push_back({field, value, now->second});
    }
  }
  for (const auto& [field, value] : to) {
    if (!from.contains(field)) {
      out.push_back({field, "", value});
    }
  }
  return out;
}

std::vector<FieldDifference> differences(Kind kind, const DeploySpec& from, const DeploySpec& to) {
  return differences(spec_fields(kind, from), spec_fields(kind, to));
}

}  // namespace sous::engine
