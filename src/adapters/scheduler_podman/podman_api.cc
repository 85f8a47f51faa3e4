#include "adapters/scheduler_podman/podman_api.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/percent.h"

namespace sous::scheduler_podman {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t kMaxBody = 32ULL << 20U;
constexpr std::uint64_t kMaxLog = 1ULL << 20U;
constexpr int kListAttempts = 10;

Error refusal(const HttpResponse& response) {
  const Code code = response.status == 404   ? Code::not_found
                    : response.status == 401 ? Code::unauthorized
                    : response.status == 403 ? Code::forbidden
                                             : Code::failed;
  return {code, decode_error(response.body)};
}

bool is_success(const HttpResponse& response) {
  // 304: it is in that state already.
  return (response.status >= 200 && response.status < 300) || response.status == 304;
}

bool is_gone(const Error& error) { return error.text().contains("no such container"); }

// Podman has only words for why a pull failed. Those of a registry that has answered mean that
// another try would end the same way; all else is the network's.
Code pull_failure(std::string_view words) {
  for (const std::string_view refused : {"unauthorized", "denied", "authentication required"}) {
    if (words.contains(refused)) {
      return Code::unauthorized;
    }
  }
  for (const std::string_view absent :
       {"manifest unknown", "name unknown", "blob unknown", "registry 404", "not found"}) {
    if (words.contains(absent)) {
      return Code::failed;
    }
  }
  return Code::unavailable;
}

std::string pull_advice(Code code, const ImageByDigest& image) {
  if (code == Code::unauthorized) {
    return fmt::format("log in as the user whose podman it is: `podman login {}`",
                       image.repository.host);
  }
  return code == Code::failed
             ? "push the image there again, or deploy another version"
             : fmt::format("see to it that {} answers the cluster's machine, then `sous retry`",
                           image.repository.host);
}

// Plain http is tried only where nothing leaves the machine.
bool is_loopback(std::string_view host) {
  return host.starts_with("127.") || host == "localhost" || host.starts_with("localhost:") ||
         host.starts_with("[::1]");
}

std::string container_path(const std::string& name, std::string_view suffix) {
  return fmt::format("containers/{}{}", percent_encoded(name), suffix);
}

}  // namespace

HttpRequest PodmanApi::request(std::string method, const std::string& path) const {
  HttpRequest request;
  request.method = std::move(method);
  request.url = "http://podman/v4.0.0/libpod/" + path;
  request.unix_socket = socket_;
  request.max_body = kMaxBody;
  return request;
}

Error PodmanApi::explain(Error error) const {
  if (error.code() != Code::unavailable) {
    return std::move(error).with("podman at " + socket_);
  }
  return std::move(error)
      .with("podman does not answer at " + socket_)
      .hinted("start it with `podman system service --time=0 unix://" + socket_ + "`");
}

Result<HttpResponse> PodmanApi::send(const HttpRequest& request, const Call& call) const {
  auto response = http_.send(request, call);
  if (!response) {
    return explain(std::move(response.error()));
  }
  if (!is_success(*response)) {
    return refusal(*response).with("podman");
  }
  return response;
}

Result<std::vector<ContainerRow>> PodmanApi::containers(std::string_view label,
                                                        const Call& call) const {
  const HttpRequest list = request(
      "GET", "containers/json?all=true&filters=" + percent_encoded(encode_label_filter(label)));
  for (int attempt = 1;; ++attempt) {
    auto response = send(list, call);
    // Podman looks at each container after it has listed them, and fails as a whole when one was
    // removed in between.
    if (response || attempt == kListAttempts || !is_gone(response.error())) {
      return decode_containers(SOUS_TRY(std::move(response)).body);
    }
  }
}

Result<ContainerDetail> PodmanApi::container(const std::string& name, const Call& call) const {
  const auto response = SOUS_TRY(send(request("GET", container_path(name, "/json")), call));
  return decode_container(response.body);
}

Result<std::vector<ContainerDetail>> PodmanApi::containers(std::span<const std::string> names,
                                                           const Call& call) const {
  std::vector<HttpRequest> requests;
  for (const auto& name : names) {
    requests.push_back(request("GET", container_path(name, "/json")));
  }
  std::vector<std::optional<ContainerDetail>> found(names.size());
  Status status = ok();
  const auto keep = [&](std::size_t index, Result<HttpResponse> response) -> Status {
    if (!response) {
      return explain(std::move(response.error()));
    }
    if (response->status == 404) {
      return ok();
    }
    if (!is_success(*response)) {
      auto refused = refusal(*response);
      // Removed while podman was looking at it: that is another status, with the same words.
      return is_gone(refused) ? ok() : Status(std::move(refused).with("podman"));
    }
    found[index] = SOUS_TRY(decode_container(response->body));
    return ok();
  };
  http_.send_all(
      requests,
      [&](std::size_t index, Result<HttpResponse> response) {
        if (auto kept = keep(index, std::move(response)); !kept && status) {
          status = std::move(kept);
        }
      },
      call);
  SOUS_TRY_VOID(std::move(status));
  std::vector<ContainerDetail> details;
  for (auto& detail : found) {
    if (detail) {
      details.push_back(std::move(*detail));
    }
  }
  return details;
}

Result<std::vector<LocalImage>> PodmanApi::images(const Call& call) const {
  const auto response = SOUS_TRY(send(request("GET", "images/json?all=true"), call));
  return decode_images(response.body);
}

Result<bool> PodmanApi::has_image(const ImageByDigest& image, const Call& call) const {
  auto response =
      send(request("GET", fmt::format("images/{}/exists", percent_encoded(image.str()))), call);
  if (!response && response.error().code() == Code::not_found) {
    return false;
  }
  SOUS_TRY_VOID(response.map([](const HttpResponse&) {}));
  return true;
}

Status PodmanApi::pull(const ImageByDigest& image, const Call& call) const {
  HttpRequest pull =
      request("POST",
              fmt::format("images/pull?reference={}{}",
                          percent_encoded(image.str()),
                          is_loopback(image.repository.host) ? "&tlsVerify=false" : ""));
  // Podman is silent while a layer is on its way.
  pull.stall_limit = minutes(30);
  auto response = send(pull, call);
  if (!response) {
    return std::move(response.error()).with("pulling " + image.str());
  }
  if (auto words = decode_pull_error(response->body)) {
    const Code code = pull_failure(*words);
    return Error(code, std::move(*words))
        .with("pulling " + image.str())
        .hinted(pull_advice(code, image));
  }
  return ok();
}

Status PodmanApi::create(const ContainerSpec& spec, const Call& call) const {
  HttpRequest create = request("POST", "containers/create");
  create.headers.emplace_back("Content-Type", "application/json");
  create.body = encode_container(spec);
  SOUS_TRY(send(create, call));
  return ok();
}

Status PodmanApi::start(const std::string& name, const Call& call) const {
  SOUS_TRY(send(request("POST", container_path(name, "/start")), call));
  return ok();
}

Status PodmanApi::send_each(std::span<const std::string> names,
                            const std::string& method,
                            const std::string& suffix,
                            Duration stall_limit,
                            const Call& call) const {
  std::vector<HttpRequest> requests;
  for (const auto& name : names) {
    requests.push_back(request(method, container_path(name, suffix)));
    requests.back().stall_limit = stall_limit;
    requests.back().max_per_host = 64;
  }
  Status status = ok();
  http_.send_all(
      requests,
      [&](std::size_t, Result<HttpResponse> response) {
        if (!status) {
          return;
        }
        if (!response) {
          status = explain(std::move(response.error()));
        } else if (response->status != 404 && !is_success(*response)) {
          status = refusal(*response).with("podman");
        }
      },
      call);
  return status;
}

Status PodmanApi::end(std::span<const std::string> names, Duration grace, const Call& call) const {
  if (names.empty()) {
    return ok();
  }
  const auto whole = std::chrono::ceil<seconds>(grace);
  // Between two runs of an instance that crashes in a loop, stop answers "not running" and podman
  // starts it again: only removal ends those, so its answer alone counts.
  const Status stopped = send_each(
      names, "POST", fmt::format("/stop?timeout={}", whole.count()), whole + seconds(30), call);
  if (!stopped && stopped.error().code() != Code::failed) {
    return stopped;
  }
  return send_each(names, "DELETE", "?force=true&timeout=0&v=true", seconds(30), call);
}

Result<std::vector<std::string>> PodmanApi::last_log_lines(const std::string& name,
                                                           std::size_t count,
                                                           const Call& call) const {
  HttpRequest logs = request(
      "GET", container_path(name, fmt::format("/logs?stdout=true&stderr=true&tail={}", count)));
  logs.max_body = kMaxLog;
  const auto response = SOUS_TRY(send(logs, call));
  return decode_log(response.body, count);
}

Result<std::optional<int>> PodmanApi::last_exit_code(const std::string& name,
                                                     WallTime since,
                                                     const Call& call) const {
  const auto from = std::chrono::floor<seconds>(since).time_since_epoch().count();
  const auto response =
      SOUS_TRY(send(request("GET",
                            fmt::format("events?stream=false&since={}&filters={}",
                                        from,
                                        percent_encoded(encode_died_filter(name)))),
                    call));
  return decode_exit_code(response.body);
}

}  // namespace sous::scheduler_podman
