#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/locked.h"
#include "ports/clock.h"
#include "ports/http_client.h"
#include "support/http_script.h"
#include "support/points.h"

namespace sous::support {

/// HTTP without sockets: scripts by `scheme://host[:port]`, or by the path of a unix socket. A host
/// without a script refuses the connection; an answer that is held stalls until the request's
/// limit, the deadline or a stop, in the time of `clock`. Thread-safe. Its point is
/// `http.<method>`.
class FakeHttpClient final : public HttpClient {
 public:
  explicit FakeHttpClient(Clock& clock, Points& points = no_points())
      : clock_(clock), points_(points) {}

  void serve(const std::string& origin, HttpScript script);
  /// The kind of address at which an origin answers; loopback when not said.
  void set_peer(const std::string& origin, AddressKind kind);

  /// Every request so far, in order, its URL as `target`.
  std::vector<SeenRequest> seen();

  Result<HttpResponse> send(const HttpRequest& request, const Call& call) override;
  void send_all(std::span<const HttpRequest> requests,
                const OnDone& done,
                const Call& call) override;

 private:
  struct State {
    std::map<std::string, HttpScript> scripts;
    std::map<std::string, AddressKind> peers;
    std::vector<SeenRequest> seen;
  };

  Result<HttpResponse> exchange(const HttpRequest& request, const Call& call);
  Error stall(const HttpRequest& request, const Call& call);
  /// Lets the time pass that a slow answer takes.
  Status dawdle(const ScriptedAnswer& answer, const HttpRequest& request, const Call& call);

  Clock& clock_;
  Points& points_;
  Locked<State> state_;
};

}  // namespace sous::support
