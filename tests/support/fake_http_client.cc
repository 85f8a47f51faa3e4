#include "support/fake_http_client.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace sous::support {
namespace {

constexpr std::size_t kKeptErrorBody = 64ULL << 10U;

struct Place {
  std::string origin;  // or the unix socket
  std::string target;
};

Result<Place> place_of(const HttpRequest& request) {
  const auto scheme = request.url.find("://");
  const bool http = request.url.starts_with("http://") || request.url.starts_with("https://");
  if (!http || request.url.find(' ') != std::string::npos) {
    return Error(Code::invalid_data, "a URL is neither http:// nor https://");
  }
  const auto slash = request.url.find_first_of("/?", scheme + 3);
  Place out;
  out.origin = request.unix_socket.empty() ? request.url.substr(0, slash) : request.unix_socket;
  out.target = slash == std::string::npos ? "/" : request.url.substr(slash);
  return out;
}

Result<std::string> body_of(const HttpRequest& request) {
  if (request.upload == nullptr) {
    return request.body;
  }
  std::string out;
  std::array<char, 4096> buffer{};
  while (out.size() < request.upload_size) {
    const std::size_t room =
        std::min<std::uint64_t>(buffer.size(), request.upload_size - out.size());
    const std::size_t got = SOUS_TRY(request.upload->read(std::span<char>(buffer).first(room)));
    if (got == 0) {
      return Error(
          Code::invalid_data,
          fmt::format(
              "what is to be sent ended after {} of {} bytes", out.size(), request.upload_size));
    }
    out.append(buffer.data(), got);
  }
  return out;
}

bool is_promised_more(const ScriptedAnswer& answer) {
  for (const auto& [name, value] : answer.headers) {
    if (to_lower_ascii(name) == "content-length") {
      return parse_uint(value).value_or(0) > answer.body.size() && !answer.cut_after;
    }
  }
  return false;
}

// What a client makes of a scripted answer.
Result<HttpResponse> receive(const HttpRequest& request, const ScriptedAnswer& answer) {
  if (!answer.raw.empty()) {
    return Error(Code::invalid_data, "the answer is not HTTP");
  }
  if (answer.hang_up) {
    return Error(Code::unavailable, "the connection ended without an answer");
  }
  HttpResponse out;
  out.status = answer.status;
  out.headers = answer.headers;
  if (request.method == "HEAD") {
    return out;
  }
  const std::string body = answer.body.substr(0, answer.cut_after.value_or(std::string::npos));
  const bool success = answer.status >= 200 && answer.status < 300;
  if (success && body.size() > request.max_body) {
    return Error(Code::invalid_data,
                 fmt::format("the answer is longer than {} bytes", request.max_body));
  }
  if (success && request.sink) {
    SOUS_TRY_VOID(request.sink(body));
  } else {
    out.body = success ? body : body.substr(0, kKeptErrorBody);
  }
  if (answer.cut_after && *answer.cut_after < answer.body.size()) {
    return Error(Code::unavailable, "the connection ended within the answer");
  }
  return out;
}

}  // namespace

void FakeHttpClient::serve(const std::string& origin, HttpScript script) {
  auto state = state_.lock();
  state->scripts.insert_or_assign(origin, std::move(script));
}

void FakeHttpClient::set_peer(const std::string& origin, AddressKind kind) {
  auto state = state_.lock();
  state->peers.insert_or_assign(origin, kind);
}

std::vector<SeenRequest> FakeHttpClient::seen() {
  auto state = state_.lock();
  return state->seen;
}

Result<HttpResponse> FakeHttpClient::send(const HttpRequest& request, const Call& call) {
  if (request.before) {
    SOUS_TRY_VOID(request.before());
  }
  auto result = at_point(
      points_, "http." + request.method, Effect::changes, [&] { return exchange(request, call); });
  return std::move(result).with(
      fmt::format("{} {}", request.method, request.url.substr(0, request.url.find('?'))));
}

void FakeHttpClient::send_all(std::span<const HttpRequest> requests,
                              const OnDone& done,
                              const Call& call) {
  for (std::size_t i = 0; i < requests.size(); ++i) {
    done(i, send(requests[i], call));
  }
}

Result<HttpResponse> FakeHttpClient::exchange(const HttpRequest& request, const Call& call) {
  if (call.stop.stop_requested()) {
    return Error(Code::cancelled, "cancelled");
  }
  if (call.deadline.passed(clock_.now())) {
    return Error(Code::timeout, "the time for it was over");
  }
  const Place place = SOUS_TRY(place_of(request));
  HttpScript script;
  AddressKind peer = AddressKind::loopback;
  {
    auto state = state_.lock();
    const auto at = state->scripts.find(place.origin);
    if (at == state->scripts.end()) {
      return Error(Code::unavailable, fmt::format("{} refuses the connection", place.origin));
    }
    script = at->second;
    if (const auto kind = state->peers.find(place.origin); kind != state->peers.end()) {
      peer = kind->second;
    }
  }
  if (request.unix_socket.empty() && request.refused_addresses.has(peer)) {
    return Error(Code::forbidden, "an address that must not be reached from there");
  }
  auto body = SOUS_TRY(body_of(request));
  SeenRequest seen{request.method, place.target, request.headers, std::move(body)};
  const ScriptedAnswer answer = script(seen);
  seen.target = request.url;
  {
    auto state = state_.lock();
    state->seen.push_back(std::move(seen));
  }
  if (answer.hold || is_promised_more(answer)) {
    return stall(request, call);
  }
  SOUS_TRY_VOID(dawdle(answer, request, call));
  auto response = SOUS_TRY(receive(request, answer));
  if (request.unix_socket.empty()) {
    response.peer = peer;
  }
  return response;
}

Status FakeHttpClient::dawdle(const ScriptedAnswer& answer,
                              const HttpRequest& request,
                              const Call& call) {
  if (std::max(answer.delay, answer.per_byte) > request.stall_limit) {
    return stall(request, call);
  }
  const Duration all = answer.delay + answer.per_byte * std::ssize(answer.body);
  return all > Duration{0} ? clock_.sleep(all, call) : ok();
}

Error FakeHttpClient::stall(const HttpRequest& request, const Call& call) {
  auto slept = clock_.sleep(request.stall_limit, call);
  if (!slept.has_value()) {
    return std::move(slept.error());
  }
  return {Code::timeout, "no byte came in time"};
}

}  // namespace sous::support
