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
  /// `name` is a host, or a host and a namespace or repository in it.
  void set(const std::string& name, Credential credential) {
    auto state = state_.lock();
    state->stored.insert_or_assign(name, std::move(credential));
  }

  void set(const std::string& name, const std::string& user, const std::string& password) {
    set(name, Credential{.user = user, .password = Secret(password), .identity_token = {}});
  }

  Result<StoredLogin> find(const std::string& host, const std::string& path, const Call&) override {
    auto state = state_.lock();
    ++state->lookups;
    const auto below = state->stored.lower_bound(host + "/");
    StoredLogin out;
    out.whole_host = below == state->stored.end() || !below->first.starts_with(host + "/");
    std::string name = host + "/" + path;
    while (!out.credential && name.size() >= host.size()) {
      if (const auto at = state->stored.find(name); at != state->stored.end()) {
        out.credential = at->second;
      }
      const auto slash = name.rfind('/');
      name.resize(slash == std::string::npos ? 0 : slash);
    }
    return out;
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
