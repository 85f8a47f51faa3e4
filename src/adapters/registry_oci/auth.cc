#include "adapters/registry_oci/auth.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "adapters/registry_oci/answers.h"
#include "adapters/registry_oci/token.h"
#include "base/base64.h"
#include "base/text.h"

namespace sous::registry_oci {
namespace {

constexpr std::uint64_t kMaxTokenBytes = 64ULL << 10U;
constexpr Duration kTokenStall = std::chrono::seconds(20);
// A token is not used in its last moments, in which it could end on the way.
constexpr Duration kTokenMargin = std::chrono::seconds(5);

std::string login_hint(const std::string& host) {
  return fmt::format("log in: podman login {}", host);
}

const Challenge* find_scheme(const std::vector<Challenge>& challenges, std::string_view scheme) {
  const auto at =
      std::ranges::find_if(challenges, [&](const auto& c) { return c.scheme == scheme; });
  return at == challenges.end() ? nullptr : &*at;
}

std::string parameter(const Challenge& challenge, const std::string& name) {
  const auto at = challenge.parameters.find(name);
  return at == challenge.parameters.end() ? std::string() : at->second;
}

// The challenges of all WWW-Authenticate headers that can be read.
std::vector<Challenge> challenges_of(const HttpResponse& response) {
  std::vector<Challenge> out;
  for (const auto& [name, value] : response.headers) {
    if (to_lower_ascii(name) != "www-authenticate") {
      continue;
    }
    auto parsed = parse_challenges(value);
    if (parsed.has_value()) {
      std::ranges::move(*parsed, std::back_inserter(out));
    }
  }
  return out;
}

Scopes united(const Scopes& ours, const Scopes& theirs) {
  Scopes out = ours;
  for (const auto& scope : theirs) {
    if (std::ranges::find(out, scope) == out.end()) {
      out.push_back(scope);
    }
  }
  return out;
}

}  // namespace

Auth::Auth(HttpClient& http,
           Credentials& credentials,
           Clock& clock,
           const Hosts& hosts,
           std::atomic<std::uint64_t>& requests)
    : http_(http), credentials_(credentials), clock_(clock), hosts_(hosts), requests_(requests) {}

bool Auth::knows(const std::string& host) {
  auto guard = states_.lock();
  return (*guard)[host].scheme != Scheme::unknown;
}

void Auth::welcomed(const std::string& host) {
  auto guard = states_.lock();
  auto& state = (*guard)[host];
  if (state.scheme == Scheme::unknown) {
    state.scheme = Scheme::open;
  }
}

Result<std::string> Auth::authorization(const Audience& audience, const Call& call) {
  HostState state;
  {
    auto guard = states_.lock();
    state = (*guard)[audience.host];
  }
  if (state.scheme == Scheme::unknown || state.scheme == Scheme::open) {
    return std::string();
  }
  if (state.scheme == Scheme::basic) {
    return basic(audience, call);
  }
  const auto token = state.tokens.find(audience.scopes);
  if (token != state.tokens.end() && clock_.now() < token->second.expires) {
    return "Bearer " + token->second.value;
  }
  return fetch_token(audience, state, call);
}

Result<bool> Auth::challenged(const Audience& audience,
                              const HttpResponse& response,
                              const std::string& used) {
  const auto& [host, path, scopes, patient] = audience;
  const auto challenges = challenges_of(response);
  const auto* bearer = find_scheme(challenges, "bearer");
  const auto* basic_challenge = find_scheme(challenges, "basic");
  if (bearer == nullptr && basic_challenge == nullptr) {
    return Error(Code::unauthorized,
                 fmt::format("{} asks for a login without saying which kind", host))
        .hinted(login_hint(host));
  }
  auto guard = states_.lock();
  auto& state = (*guard)[host];
  state.peer = response.peer;
  if (bearer == nullptr) {
    const bool is_new = !used.starts_with("Basic ");
    state.scheme = Scheme::basic;
    if (!is_new) {
      state.forget_logins();  // they may have been changed meanwhile: read them anew next time
    }
    return is_new;
  }
  state.scheme = Scheme::bearer;
  state.realm = parameter(*bearer, "realm");
  state.service = parameter(*bearer, "service");
  Scopes asked;
  const std::string scope_text = parameter(*bearer, "scope");  // outlives what points into it
  for (const auto scope : split(scope_text, ' ')) {
    if (scope.starts_with("repository:")) {
      asked.emplace_back(scope);
    }
  }
  state.asked[scopes] = std::move(asked);
  const auto token = state.tokens.find(scopes);
  if (token != state.tokens.end() && used == "Bearer " + token->second.value) {
    state.tokens.erase(token);
  }
  return true;
}

Result<std::optional<Credential>> Auth::credential_of(const Audience& audience, const Call& call) {
  {
    auto guard = states_.lock();
    const auto& state = (*guard)[audience.host];
    if (state.login) {
      return *state.login;
    }
    if (const auto known = state.logins.find(audience.path); known != state.logins.end()) {
      return known->second;
    }
  }
  // Not under the lock: a helper program may take its time.
  auto found = SOUS_TRY(credentials_.find(audience.host, audience.path, call));
  auto guard = states_.lock();
  auto& state = (*guard)[audience.host];
  if (found.whole_host) {
    state.login = found.credential;
  } else {
    state.logins.insert_or_assign(audience.path, found.credential);
  }
  return std::move(found.credential);
}

Result<std::string> Auth::basic(const Audience& audience, const Call& call) {
  const auto credential = SOUS_TRY(credential_of(audience, call));
  if (!credential) {
    return Error(Code::unauthorized,
                 fmt::format("{} wants a login and none is stored", audience.host))
        .hinted(login_hint(audience.host));
  }
  return "Basic " + to_base64(credential->user + ":" + credential->password.reveal());
}

Result<std::string> Auth::fetch_token(const Audience& audience,
                                      const HostState& state,
                                      const Call& call) {
  const auto& host = audience.host;
  const auto& scopes = audience.scopes;
  const auto credential = SOUS_TRY(credential_of(audience, call));
  const auto asked = state.asked.find(scopes);
  const auto request =
      SOUS_TRY(token_request(host,
                             state,
                             asked == state.asked.end() ? scopes : united(scopes, asked->second),
                             credential));
  ++requests_;
  auto response = SOUS_TRY(http_.send(request, call).with("asking for a token for " + host));
  if (response.status != 200) {
    const std::string service = Url::parse(state.realm).value().authority;
    Error error = refusal(response, service).with("asking for a token for " + host);
    const bool login = response.status == 401 || response.status == 403;
    if (login) {
      auto guard = states_.lock();
      (*guard)[host].forget_logins();
      return std::move(error).as(Code::unauthorized).hinted(login_hint(host));
    }
    return error;
  }
  auto answer = SOUS_TRY(parse_token(response.body).with("asking for a token for " + host));
  auto guard = states_.lock();
  (*guard)[host].tokens[scopes] =
      Token{answer.token, clock_.now() + answer.lifetime - kTokenMargin};
  return "Bearer " + answer.token;
}

Result<HttpRequest> Auth::token_request(const std::string& host,
                                        const HostState& state,
                                        const Scopes& scopes,
                                        const std::optional<Credential>& credential) const {
  auto realm = Url::parse(state.realm);
  if (!realm.has_value()) {
    return Error(Code::unauthorized, fmt::format("{} names no usable token service", host))
        .hinted(fmt::format(
            "its WWW-Authenticate header needs realm=\"https://...\"; ask whoever runs {}", host));
  }
  HttpRequest request;
  request.refused_addresses = SOUS_TRY(
      hosts_.judge(*realm, state.peer).with(fmt::format("asking for a token for {}", host)));
  request.max_body = kMaxTokenBytes;
  request.stall_limit = kTokenStall;
  request.headers.emplace_back("Accept", "application/json");
  std::string fields;
  if (!state.service.empty()) {
    fields = with_parameter(fields, "service", state.service);
  }
  if (credential && !credential->identity_token.empty()) {
    request.method = "POST";
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    fields = with_parameter(fields, "grant_type", "refresh_token");
    fields = with_parameter(fields, "client_id", "sous");
    fields = with_parameter(fields, "scope", join(scopes, " "));
    request.body = with_parameter(fields, "refresh_token", credential->identity_token.reveal());
    request.url = realm->str();
    return request;
  }
  for (const auto& scope : scopes) {
    fields = with_parameter(fields, "scope", scope);
  }
  realm->query += (realm->query.empty() ? "" : "&") + fields;
  request.url = realm->str();
  if (credential) {
    request.headers.emplace_back(
        "Authorization",
        "Basic " + to_base64(credential->user + ":" + credential->password.reveal()));
  }
  return request;
}

}  // namespace sous::registry_oci
