#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "ports/call.h"

namespace sous {

/// A text that no formatter, log or error can print; only reveal() gives it.
class Secret {
 public:
  Secret() = default;

  explicit Secret(std::string text) : text_(std::move(text)) {}

  const std::string& reveal() const noexcept { return text_; }

  bool empty() const noexcept { return text_.empty(); }

 private:
  std::string text_;
};

struct Credential {
  std::string user;  // empty with an identity token
  Secret password;
  Secret identity_token;  // OAuth2 refresh token
};

/// What is stored for a repository.
struct StoredLogin {
  std::optional<Credential> credential;  // absent: nothing is stored
  /// No repository of this host has a login of its own, so this one counts for all of them.
  bool whole_host = true;
};

/// What logs in at a registry, from the files that docker and podman write. Thread-safe.
class Credentials {
 public:
  virtual ~Credentials() = default;

  /// The login for the repository `path` of a host: the one stored for it or for the closest
  /// namespace above it, else the host's. Fails with invalid_data (unreadable file, naming it),
  /// unavailable (a helper program failed).
  virtual Result<StoredLogin> find(const std::string& host,
                                   const std::string& path,
                                   const Call& call) = 0;
};

}  // namespace sous
