#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/scheduler_podman/podman_json.h"
#include "base/result.h"
#include "model/image_ref.h"
#include "ports/clock.h"
#include "ports/http_client.h"

namespace sous::scheduler_podman {

/// Podman's REST API on a unix socket, call by call. Thread-safe.
/// Fails with unavailable (nobody listens there; the hint says how to start it), timeout,
/// cancelled, unauthorized, forbidden, not_found, failed (a refusal in podman's own words),
/// invalid_data.
class PodmanApi {
 public:
  PodmanApi(HttpClient& http, std::string socket) : http_(http), socket_(std::move(socket)) {}

  /// All containers that carry the label, running or not.
  Result<std::vector<ContainerRow>> containers(std::string_view label, const Call& call) const;
  Result<ContainerDetail> container(const std::string& name, const Call& call) const;
  /// Those that still exist, in the order asked for.
  Result<std::vector<ContainerDetail>> containers(std::span<const std::string> names,
                                                  const Call& call) const;
  Result<std::vector<LocalImage>> images(const Call& call) const;
  Result<bool> has_image(const ImageByDigest& image, const Call& call) const;
  Status pull(const ImageByDigest& image, const Call& call) const;
  Status create(const ContainerSpec& spec, const Call& call) const;
  /// Starting a running one is no failure.
  Status start(const std::string& name, const Call& call) const;
  /// SIGTERM to all at once, SIGKILL after the grace time, then the containers are removed. Those
  /// that do not exist count as removed.
  Status end(std::span<const std::string> names, Duration grace, const Call& call) const;
  Result<std::vector<std::string>> last_log_lines(const std::string& name,
                                                  std::size_t count,
                                                  const Call& call) const;
  /// The exit code of the last run that ended after `since`, where podman keeps events.
  Result<std::optional<int>> last_exit_code(const std::string& name,
                                            WallTime since,
                                            const Call& call) const;

 private:
  HttpRequest request(std::string method, const std::string& path) const;
  Result<HttpResponse> send(const HttpRequest& request, const Call& call) const;
  Error explain(Error error) const;
  Status send_each(std::span<const std::string> names,
                   const std::string& method,
                   const std::string& suffix,
                   Duration stall_limit,
                   const Call& call) const;

  HttpClient& http_;
  std::string socket_;
};

}  // namespace sous::scheduler_podman
