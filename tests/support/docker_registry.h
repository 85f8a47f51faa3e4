#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "support/background_process.h"
#include "support/temp_dir.h"
#include "support/token_server.h"

namespace sous::support {

/// Whether something listens at a port of 127.0.0.1.
bool is_listening(unsigned port);

/// Debian's `docker-registry serve` on a free loopback port, with its own configuration and storage
/// in a temporary directory; it answers when the constructor returns. Throws when it does not.
class DockerRegistry {
 public:
  struct Options {
    bool tls = false;
    bool login = false;                   // kUser and kPassword, by basic authentication
    const TokenServer* tokens = nullptr;  // who gives tokens for it
    std::string mirror_of = {};           // URL of a registry that it only passes on
    bool read_only = false;               // refuses every push
    std::uint64_t room = 0;               // bytes for its storage; 0: those of the disk
  };

  static constexpr const char* kUser = "sous";
  static constexpr const char* kPassword = "correct horse";

  DockerRegistry() : DockerRegistry(Options{}) {}

  explicit DockerRegistry(const Options& options);

  /// `127.0.0.1:<port>`.
  const std::string& host() const noexcept { return host_; }

  /// The PEM file of the certificate that it shows with TLS.
  std::string ca_file() const { return directory_ / "cert.pem"; }

  /// Where it keeps what was pushed.
  std::string storage() const { return directory_ / "data"; }

  /// Makes it forget a tag of the repository `path`, which begins with a slash. Throws when there
  /// is none.
  void remove_tag(const std::string& path, const std::string& tag) const;

  /// Ends the server; its storage stays until destruction.
  void stop() { program_.reset(); }

 private:
  bool start(const Options& options);
  std::vector<std::string> with_room(std::uint64_t room) const;

  TempDir directory_;
  std::string host_;
  std::unique_ptr<BackgroundProcess> program_;
};

}  // namespace sous::support
