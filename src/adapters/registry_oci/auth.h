#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/registry_oci/hosts.h"
#include "adapters/registry_oci/www_authenticate.h"
#include "base/locked.h"
#include "ports/clock.h"
#include "ports/credentials.h"
#include "ports/http_client.h"

namespace sous::registry_oci {

/// What an access token must allow, e.g. `repository:user/app:pull`. Sorted.
using Scopes = std::vector<std::string>;

/// How to log in at each registry host: learns it from the first 401, then answers from memory.
/// Tokens are kept per host and scopes, on the monotonic clock. Thread-safe.
class Auth {
 public:
  Auth(HttpClient& http,
       Credentials& credentials,
       Clock& clock,
       const Hosts& hosts,
       std::atomic<std::uint64_t>& requests);

  /// Whether requests to the host can be sent at once, without trying one first.
  bool knows(const std::string& host);
  /// The host answered without asking for a login.
  void welcomed(const std::string& host);

  /// The value of the Authorization header; empty for none. Fetches a token when there is none.
  Result<std::string> authorization(const std::string& host,
                                    const Scopes& scopes,
                                    const Call& call);

  /// Learns from a 401. `used` is the value that was refused. False when nothing better can be
  /// sent.
  Result<bool> challenged(const std::string& host,
                          const HttpResponse& response,
                          const Scopes& scopes,
                          const std::string& used);

 private:
  enum class Scheme : std::uint8_t { unknown, open, basic, bearer };

  struct Token {
    std::string value;
    MonoTime expires;
  };

  struct HostState {
    Scheme scheme = Scheme::unknown;
    std::string realm;
    std::string service;
    std::optional<AddressKind> peer;
    std::map<Scopes, Scopes> asked;  // what the host itself asked for, besides ours
    std::map<Scopes, Token> tokens;
    std::optional<std::optional<Credential>> credential;  // outer: whether it was looked up
  };

  Result<std::optional<Credential>> credential_of(const std::string& host, const Call& call);
  Result<std::string> basic(const std::string& host, const Call& call);
  Result<std::string> fetch_token(const std::string& host,
                                  const HostState& state,
                                  const Scopes& scopes,
                                  const Call& call);
  Result<HttpRequest> token_request(const std::string& host,
                                    const HostState& state,
                                    const Scopes& scopes,
                                    const std::optional<Credential>& credential) const;

  HttpClient& http_;
  Credentials& credentials_;
  Clock& clock_;
  const Hosts& hosts_;
  std::atomic<std::uint64_t>& requests_;
  Locked<std::map<std::string, HostState>> states_;
};

}  // namespace sous::registry_oci
