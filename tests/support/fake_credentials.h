#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/locked.h"
#include "ports/credentials.h"

namespace sous::support {

/// Credentials from a map. Thread-safe.
class FakeCredentials final : public Credentials {
 public:
  void set(const std::string& host, Credential credential) {
    auto state = state_.lock();
    state->stored.insert_or_assign(host, std::move(credential));
  }

  void set(const std::string& host, const std::string& user, const std::string& password) {
    set(host, Credential{.user = user, .password = Secret(password), .identity_token = {}});
  }

  Result<std::optional<Credential>> find(const std::string& host, const Call&) override {
    auto state = state_.lock();
    ++state->lookups;
    const auto at = state->stored.find(host);
    return at == state->stored.end() ? std::nullopt : std::optional<Credential>(at->second);
  }

  std::size_t lookups() {
    auto state = state_.lock();
    return state->lookups;
  }

 private:
  struct State {
    std::map<std::string, Credential> stored;
    std::size_t lookups = 0;
  };

  Locked<State> state_;
};

}  // namespace sous::support
