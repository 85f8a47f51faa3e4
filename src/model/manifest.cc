#include "model/manifest.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "base/text.h"

namespace sous {
namespace {

constexpr double kDefaultCpus = 0.1;
constexpr double kDefaultMemoryMb = 100;
constexpr std::uint32_t kDefaultPorts = 1;

constexpr std::array<std::pair<Kind, std::string_view>, 5> kKinds{{
    {Kind::http_service, "http-service"},
    {Kind::worker, "worker"},
    {Kind::on_demand, "on-demand"},
    {Kind::scheduled, "scheduled"},
    {Kind::once, "once"},
}};

// The decimal number under `key`; `fallback` when it is absent or none.
double number_or(const TextMap& resources, std::string_view key, double fallback) {
  const auto found = resources.find(key);
  if (found == resources.end()) {
    return fallback;
  }
  const std::string_view text = found->second;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && std::isfinite(value) && value >= 0 ? value : fallback;
}

template <typename T>
std::optional<T> either(const std::optional<T>& own, const std::optional<T>& fallback) {
  return own ? own : fallback;
}

}  // namespace

std::optional<Kind> parse_kind(std::string_view text) {
  for (const auto& [kind, name] : kKinds) {
    if (name == text) {
      return kind;
    }
  }
  return std::nullopt;
}

std::string_view kind_text(Kind kind) {
  for (const auto& [known, name] : kKinds) {
    if (known == kind) {
      return name;
    }
  }
  return "";
}

Startup Startup::merged_over(const Startup& defaults) const {
  Startup out;
  out.skip_check = either(skip_check, defaults.skip_check);
  out.connect_delay = either(connect_delay, defaults.connect_delay);
  out.timeout = either(timeout, defaults.timeout);
  out.connect_interval = either(connect_interval, defaults.connect_interval);
  out.check_ready_protocol = either(check_ready_protocol, defaults.check_ready_protocol);
  out.check_ready_uri_path = either(check_ready_uri_path, defaults.check_ready_uri_path);
  out.check_ready_port_index = either(check_ready_port_index, defaults.check_ready_port_index);
  out.check_ready_failure_statuses =
      either(check_ready_failure_statuses, defaults.check_ready_failure_statuses);
  out.check_ready_uri_timeout = either(check_ready_uri_timeout, defaults.check_ready_uri_timeout);
  out.check_ready_interval = either(check_ready_interval, defaults.check_ready_interval);
  out.check_ready_retries = either(check_ready_retries, defaults.check_ready_retries);
  return out;
}

double DeploySpec::cpus() const { return number_or(resources, "cpus", kDefaultCpus); }

double DeploySpec::memory_mb() const { return number_or(resources, "memory", kDefaultMemoryMb); }

std::uint32_t DeploySpec::ports() const {
  const auto found = resources.find("ports");
  if (found == resources.end()) {
    return kDefaultPorts;
  }
  const auto count = parse_uint(found->second);
  if (!count || *count > std::numeric_limits<std::uint32_t>::max()) {
    return kDefaultPorts;
  }
  return static_cast<std::uint32_t>(*count);
}

}  // namespace sous
