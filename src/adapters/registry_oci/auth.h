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

/// Whom a batch of questions is for.
struct Audience {
  std::string host;  // canonical
  std::string path;  // the repository's name at the host
  Scopes scopes;     // what a token must allow
  /// Whether a host that cannot answer now is worth waiting for. Where it is not, each question is
  /// sent once.
  bool patient = true;
};

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
  Result<std::string> authorization(const Audience& audience, const Call& call);

  /// Learns from a 401. `used` is the value that was refused. False when nothing better can be
  /// sent.
  Result<bool> challenged(const Audience& audience,
                          const HttpResponse& response,
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
    std::map<std::string, std::optional<Credential>> logins;  // what was looked up, by repository
    std::optional<std::optional<Credential>> login;  // outer: whether one counts for all of them

    void forget_logins() {
      logins.clear();
      login.reset();
    }
  };

  Result<std::optional<Credential>> credential_of(const Audience& audience, const Call& call);
  Result<std::string> basic(const Audience& audience, const Call& call);
  Result<std::string> fetch_token(const Audience& audience,
                                  const HostState& state,
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
