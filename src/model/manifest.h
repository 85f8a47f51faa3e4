#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/manifest_id.h"

namespace sous {

enum class Kind : std::uint8_t { http_service, worker, on_demand, scheduled, once };

std::optional<Kind> parse_kind(std::string_view text);
std::string_view kind_text(Kind kind);

using TextMap = std::map<std::string, std::string, std::less<>>;

struct Volume {
  enum class Mode : std::uint8_t { read_only, read_write };

  std::string host;
  std::string container;
  Mode mode = Mode::read_only;

  friend auto operator<=>(const Volume&, const Volume&) = default;
};

/// How a started instance shows that it is ready (sous-original 1.8). An absent field takes the
/// cluster's default; a present one wins whatever its value. Seconds unless said otherwise.
struct Startup {
  std::optional<bool> skip_check;
  std::optional<std::uint32_t> connect_delay;
  std::optional<std::uint32_t> timeout;
  std::optional<std::uint32_t> connect_interval;
  std::optional<std::string> check_ready_protocol;  // HTTP or HTTPS
  std::optional<std::string> check_ready_uri_path;
  std::optional<std::uint32_t> check_ready_port_index;
  std::optional<std::vector<std::uint32_t>> check_ready_failure_statuses;
  std::optional<std::uint32_t> check_ready_uri_timeout;
  std::optional<std::uint32_t> check_ready_interval;
  std::optional<std::uint32_t> check_ready_retries;

  /// Fields of `this`, each absent one from `defaults`.
  Startup merged_over(const Startup& defaults) const;

  friend bool operator==(const Startup&, const Startup&) = default;
};

/// What one deployment of a manifest should be (sous-original 1.7).
struct DeploySpec {
  Version version;
  std::uint32_t num_instances = 1;
  TextMap resources;  // cpus, memory (MB), ports: decimal text
  TextMap env;
  TextMap metadata;
  std::vector<Volume> volumes;
  Startup startup;
  std::string schedule;
  std::string singularity_request_id;

  double cpus() const;
  double memory_mb() const;
  std::uint32_t ports() const;

  friend bool operator==(const DeploySpec&, const DeploySpec&) = default;
};

struct Manifest {
  ManifestId id;
  Kind kind = Kind::http_service;
  std::set<std::string> owners;
  std::map<ClusterName, DeploySpec> deployments;

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

}  // namespace sous
