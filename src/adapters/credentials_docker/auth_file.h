#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ports/credentials.h"

namespace sous::credentials_docker {

/// What one `config.json` of docker or `auth.json` of podman says, hosts in their plain form.
struct AuthFile {
  std::map<std::string, Credential> logins;
  std::map<std::string, std::string> helpers;  // host to the helper's name
  std::string store;                           // the helper for all other hosts; empty for none
};

/// Reads such a file. Entries for a part of a host (`quay.io/team`) are left out: Sous logs in per
/// host. Fails with invalid_data; no message quotes the file, which holds secrets.
Result<AuthFile> parse_auth_file(std::string_view text);

/// The answer of a credential helper's `get`. Fails with invalid_data, quoting nothing.
Result<Credential> parse_helper_answer(std::string_view text);

/// `https://index.docker.io/v1/` is `docker.io`, `https://Host:5000/v2/` is `host:5000`; nothing
/// for a key that names less than a whole host.
std::optional<std::string> plain_host(std::string_view key);

}  // namespace sous::credentials_docker
