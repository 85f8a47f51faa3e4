#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ports/credentials.h"

namespace sous::credentials_docker {

/// What one `config.json` of docker or `auth.json` of podman says, by plain names: `quay.io`, or
/// `quay.io/team` for a part of a host.
struct AuthFile {
  std::map<std::string, Credential> logins;
  std::map<std::string, std::string> helpers;  // to the helper's name
  std::string store;                           // the helper for all other hosts; empty for none

  /// Whether a part of the host has an entry of its own.
  bool divides(const std::string& host) const;
};

/// Reads such a file. Fails with invalid_data; no message quotes the file, which holds secrets.
Result<AuthFile> parse_auth_file(std::string_view text);

/// The answer of a credential helper's `get`. Fails with invalid_data, quoting nothing.
Result<Credential> parse_helper_answer(std::string_view text);

/// `https://index.docker.io/v1/` is `docker.io`, `https://Host:5000/v2/` is `host:5000`,
/// `Quay.io/team` is `quay.io/team`; nothing for a key that names no registry.
std::optional<std::string> plain_name(std::string_view key);

}  // namespace sous::credentials_docker
