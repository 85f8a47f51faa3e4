#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/credentials_docker/auth_file.h"
#include "ports/credentials.h"
#include "ports/file_system.h"
#include "ports/process_runner.h"

namespace sous::credentials_docker {

/// Credentials from the files that `podman login` and `docker login` write, and from the credential
/// helpers that these name. Files are read at each call, so that a login counts at once.
/// Thread-safe.
class DockerCredentials final : public Credentials {
 public:
  /// `files`, absolute, in falling order of precedence; absent ones are passed over.
  DockerCredentials(std::vector<std::string> files, FileSystem& file_system, ProcessRunner& runner);

  Result<StoredLogin> find(const std::string& host,
                           const std::string& path,
                           const Call& call) override;

 private:
  Result<std::optional<AuthFile>> read(const std::string& path);
  Result<std::optional<Credential>> find_in(const AuthFile& file,
                                            const std::string& host,
                                            const std::string& path,
                                            const Call& call);
  Result<std::optional<Credential>> ask_helper(const std::string& helper,
                                               const std::string& name,
                                               const Call& call);

  std::vector<std::string> files_;
  FileSystem& file_system_;
  ProcessRunner& runner_;
};

}  // namespace sous::credentials_docker
