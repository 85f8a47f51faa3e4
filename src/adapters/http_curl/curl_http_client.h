#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "ports/clock.h"
#include "ports/http_client.h"

namespace sous::http_curl {

/// Everything that libcurl would otherwise take from its surroundings.
struct CurlConfig {
  std::string user_agent = "sous";
  /// A PEM file of CA certificates that are trusted besides the system's; empty for none.
  std::string extra_ca_file;
  /// Proxy URLs by the scheme of the request; empty for none. Loopback hosts and unix sockets are
  /// always reached directly.
  std::string http_proxy;
  std::string https_proxy;
  /// Hosts reached directly: names, `.suffixes` or `*`, separated by commas.
  std::string no_proxy;
  Duration connect_limit = std::chrono::seconds(10);
  /// At most this many requests of one batch are under way at once.
  std::size_t max_active = 64;
};

/// HttpClient over libcurl's multi interface. Each call borrows an engine (one multi handle with
/// its connections) that no other call uses meanwhile; the engine used last is handed out first, so
/// that a caller finds its connections again. Names and TLS sessions are shared by all engines. It
/// starts no thread itself. HTTP/2 over TLS only: libcurl 7.88 breaks cleartext HTTP/2 on the
/// second request.
class CurlHttpClient final : public HttpClient {
 public:
  CurlHttpClient(CurlConfig config, Clock& clock);
  ~CurlHttpClient() override;
  CurlHttpClient(const CurlHttpClient&) = delete;
  CurlHttpClient& operator=(const CurlHttpClient&) = delete;

  Result<HttpResponse> send(const HttpRequest& request, const Call& call) override;
  void send_all(std::span<const HttpRequest> requests,
                const OnDone& done,
                const Call& call) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sous::http_curl
