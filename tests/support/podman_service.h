#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/image_ref.h"
#include "support/background_process.h"
#include "support/temp_dir.h"

namespace sous::support {

/// What the instances of a test image do.
struct ServerBehaviour {
  int status = 200;     // of every answer
  int exit_code = 0;    // above 0: prints a line and exits with it at once
  bool listens = true;  // false: runs, but opens no port
  std::string note;     // makes the image another one
};

/// A podman of its own: configuration, storage, sockets and locks are in a temporary directory, and
/// its containers, mounts and processes are gone with this object. Needs root or a user that may
/// run podman, and runc. Not thread-safe.
class PodmanService {
 public:
  /// Why none can be run here; empty when it can.
  static const std::string& unusable_because();

  enum class Api : std::uint8_t { serve, none };

  /// Starts `podman system service` if it is to serve. `insecure_registries` are `host:port` that
  /// speak plain http. Throws when it does not come up.
  explicit PodmanService(Api api = Api::serve,
                         const std::vector<std::string>& insecure_registries = {});
  ~PodmanService();
  PodmanService(const PodmanService&) = delete;
  PodmanService& operator=(const PodmanService&) = delete;

  std::string socket() const { return dir_ / "podman.sock"; }

  /// As a cluster's base_url.
  std::string base_url() const { return "unix://" + socket(); }

  /// What makes podman, buildah and skopeo use this one's configuration and storage.
  const std::map<std::string, std::string>& environment() const { return environment_; }

  /// Ends and starts the API service; containers run on.
  void stop_service() { service_.reset(); }

  void start_service();

  /// Runs `podman ARGUMENTS...`; what it prints, without the last newline. Throws when it fails.
  std::string podman(const std::vector<std::string>& arguments) const;

  /// Builds an image from a Dockerfile and files (name and bytes, executable).
  ImageByDigest build(const std::string& name,
                      const std::string& dockerfile,
                      const std::map<std::string, std::string>& files) const;
  /// Builds an image of a tiny HTTP server that listens on PORT0 of the loopback address (without
  /// PORT0 it only runs). It prints a line at its start and ends at SIGTERM.
  ImageByDigest build_server(const std::string& name, const ServerBehaviour& behaviour) const;

 private:
  TempDir dir_;
  std::map<std::string, std::string> environment_;
  std::unique_ptr<BackgroundProcess> service_;
};

/// The static program of build_server, built once per process with gcc.
const std::string& tiny_server_program();

/// Runs a program to its end; what it prints, without the last newline. Throws when it fails.
std::string run_program(const std::vector<std::string>& argv,
                        const std::map<std::string, std::string>& environment = {});

}  // namespace sous::support
