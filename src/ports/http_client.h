#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "ports/byte_stream.h"
#include "ports/call.h"

namespace sous {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// One HTTP exchange. Redirects are never followed by the client: policy belongs to its caller.
struct HttpRequest {
  std::string method = "GET";
  std::string url;  // absolute; http, https
  Headers headers;
  std::string unix_socket;       // path; the URL's host is then only the Host header
  std::string body;              // used when `upload` is null
  ByteSource* upload = nullptr;  // streamed body of exactly `upload_size` bytes; not owned
  std::uint64_t upload_size = 0;
  /// Where the body of a 2xx answer goes, piece by piece; when null it is collected in the answer.
  std::function<Status(std::string_view)> sink;
  /// Longer bodies of 2xx answers fail with invalid_data; bodies of others are cut at 64 KiB.
  std::uint64_t max_body = 8ULL << 20U;
  /// No byte for this long fails with timeout, whatever the deadline.
  Duration stall_limit = std::chrono::seconds(30);
  /// At most this many requests of one batch go to the host at once.
  std::uint32_t max_per_host = 8;
  /// Asked right before it begins; a failure of it is the result, and nothing is sent.
  std::function<Status()> before;
  /// The connection must not go to an address of these kinds, whatever name led there; fails with
  /// forbidden. Not judged where a proxy makes the connection.
  AddressKinds refused_addresses;
};

struct HttpResponse {
  int status = 0;
  Headers headers;  // names as sent; several of one name stay apart
  std::string body;
  /// The kind of address that answered; absent where that is not known (unix socket, proxy).
  std::optional<AddressKind> peer;

  /// The first header of that name (any case), or null.
  const std::string* header(std::string_view name) const;
};

/// HTTP/1.1 and 2 with connection reuse. TLS is verified always; extra CA certificates are the
/// implementation's configuration. Thread-safe.
/// Fails with unavailable (no connection, cut off, TLS), timeout, cancelled, invalid_data (not
/// HTTP, body too long), forbidden (refused address). An HTTP status is never a failure here.
class HttpClient {
 public:
  using OnDone = std::function<void(std::size_t index, Result<HttpResponse>)>;

  virtual ~HttpClient() = default;

  virtual Result<HttpResponse> send(const HttpRequest& request, const Call& call) = 0;
  /// Runs many requests at once; `done` is called once for each, on the calling thread, in the
  /// order of their completion. A stop or the deadline ends those that are left.
  virtual void send_all(std::span<const HttpRequest> requests,
                        const OnDone& done,
                        const Call& call) = 0;
};

}  // namespace sous
