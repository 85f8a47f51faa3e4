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

/// What logs in at a registry host, from the files that docker and podman write. Thread-safe.
class Credentials {
 public:
  virtual ~Credentials() = default;

  /// Absent when nothing is stored for the host. Fails with invalid_data (unreadable file, naming
  /// it), unavailable (a helper program failed).
  virtual Result<std::optional<Credential>> find(const std::string& host, const Call& call) = 0;
};

}  // namespace sous
