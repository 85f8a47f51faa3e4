#include "support/docker_registry.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bit>
#include <cstdint>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "support/await.h"
#include "support/certificate.h"
#include "support/free_port.h"

namespace sous::support {
namespace {

constexpr int kTries = 5;  // another program may take the port first
// bcrypt of kPassword.
constexpr const char* kPasswordFile =
    "sous:$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2\n";

}  // namespace

bool is_listening(unsigned port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool open = ::connect(fd, std::bit_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return open;
}

DockerRegistry::DockerRegistry(const Options& options) {
  if (options.tls) {
    make_certificate(directory_);
  }
  for (int i = 0; i < kTries; ++i) {
    if (start(options)) {
      return;
    }
  }
  throw std::runtime_error("docker-registry does not start: " +
                           read_file(directory_ / "registry.log"));
}

/// The server where nobody else sees its storage, which is a small file system of its own.
std::vector<std::string> DockerRegistry::with_room(std::uint64_t room) const {
  write_file(directory_ / "start",
             fmt::format("set -e\nmkdir -p {0}/data\nmount -t tmpfs -o size={1} tmpfs {0}/data\n"
                         "exec docker-registry serve {0}/config.yml\n",
                         directory_.path(),
                         room));
  return {"unshare", "--map-root-user", "--mount", "sh", directory_ / "start"};
}

bool DockerRegistry::start(const Options& options) {
  const unsigned port = free_port();
  host_ = fmt::format("127.0.0.1:{}", port);
  std::string config = fmt::format(
      "version: 0.1\n"
      "log: {{level: warn, accesslog: {{disabled: true}}}}\n"
      "storage:\n"
      "  filesystem: {{rootdirectory: {}}}\n"
      "  delete: {{enabled: true}}\n"
      "  maintenance: {{readonly: {{enabled: {}}}}}\n",
      directory_ / "data",
      options.read_only);
  if (options.login) {
    write_file(directory_ / "passwords", kPasswordFile);
    config +=
        fmt::format("auth: {{htpasswd: {{realm: test, path: {}}}}}\n", directory_ / "passwords");
  }
  if (options.tokens != nullptr) {
    config += fmt::format(
        "auth: {{token: {{realm: \"{}\", service: {}, issuer: {}, rootcertbundle: {}}}}}\n",
        options.tokens->realm(),
        TokenServer::kService,
        TokenServer::kIssuer,
        options.tokens->certificate_file());
  }
  if (!options.mirror_of.empty()) {
    config += fmt::format("proxy: {{remoteurl: \"{}\"}}\n", options.mirror_of);
  }
  config += fmt::format("http:\n  addr: {}\n", host_);
  if (options.tls) {
    config +=
        fmt::format("  tls: {{certificate: {}, key: {}}}\n", ca_file(), directory_ / "key.pem");
  }
  write_file(directory_ / "config.yml", config);
  std::vector<std::string> argv{"docker-registry", "serve", directory_ / "config.yml"};
  if (options.room > 0) {
    argv = with_room(options.room);
  }
  program_ = std::make_unique<BackgroundProcess>(
      argv,
      std::map<std::string, std::string>{{"OTEL_TRACES_EXPORTER", "none"}},
      directory_ / "registry.log");
  const bool settled = await([&] { return is_listening(port) || !program_->is_running(); });
  return settled && program_->is_running();
}

void DockerRegistry::remove_tag(const std::string& path, const std::string& tag) const {
  const std::string directory =
      storage() + "/docker/registry/v2/repositories" + path + "/_manifests/tags/" + tag;
  if (std::filesystem::remove_all(directory) == 0) {
    throw std::runtime_error("there is no tag " + directory);
  }
}

}  // namespace sous::support
