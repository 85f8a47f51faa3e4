#pragma once

#include <memory>
#include <string>

#include "support/scripted_http.h"
#include "support/temp_dir.h"

namespace sous::support {

/// A token service for registries, on loopback: whoever shows its user and password gets what they
/// ask for, in a JSON web token signed by a key of its own.
class TokenServer {
 public:
  static constexpr const char* kUser = "sous";
  static constexpr const char* kPassword = "correct horse";
  static constexpr const char* kService = "registry.test";
  static constexpr const char* kIssuer = "tokens.test";

  /// Throws when it gets no key.
  TokenServer();

  /// Where registries send their clients.
  std::string realm() const { return server_->url("/token"); }

  /// The PEM certificate of the key, for the registries that are to believe in it.
  std::string certificate_file() const { return directory_ / "cert.pem"; }

  /// How many tokens were asked for.
  std::size_t asked() { return server_->lines().size(); }

 private:
  ScriptedAnswer answer(const SeenRequest& request) const;
  /// `access` is the list of what it allows, without its brackets.
  std::string token_for(const std::string& access) const;

  TempDir directory_;
  std::string key_;
  std::string certificate_;  // DER in base64
  std::unique_ptr<ScriptedHttp> server_;
};

}  // namespace sous::support
