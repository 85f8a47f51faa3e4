#include "support/podman_service.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>

#include "adapters/process_posix/process_runner.h"
#include "adapters/system_posix/clock.h"
#include "base/text.h"
#include "support/await.h"

namespace sous::support {
namespace {

// Behaviour comes from the environment, so that one program serves every image.
constexpr std::string_view kServerSource = R"c(
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static volatile sig_atomic_t leaving;
static void down(int s) { (void)s; leaving = 1; }
static int number(const char* name, int otherwise) {
  const char* text = getenv(name);
  return text ? atoi(text) : otherwise;
}
int main(void) {
  /* Goes on reading a request: only waiting for one ends. */
  struct sigaction on_term = {.sa_handler = down, .sa_flags = SA_RESTART};
  sigaction(SIGTERM, &on_term, 0);
  signal(SIGPIPE, SIG_IGN);
  printf("server starts on port %d\n", number("PORT0", 0));
  fflush(stdout);
  if (number("EXIT_CODE", 0)) {
    fprintf(stderr, "crashes on purpose\n");
    return number("EXIT_CODE", 0);
  }
  if (!number("LISTENS", 1) || !getenv("PORT0")) {
    while (!leaving) poll(0, 0, 100);
    return 0;
  }
  int server = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(number("PORT0", 0)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(server, (void*)&address, sizeof address) || listen(server, 64)) {
    perror("cannot listen");
    return 3;
  }
  fcntl(server, F_SETFL, O_NONBLOCK);
  for (;;) {
    int client = accept(server, 0, 0);
    char buffer[4096];
    if (client < 0) {
      struct pollfd waiting = {.fd = server, .events = POLLIN};
      if (leaving) return 0; /* everybody who came was answered */
      poll(&waiting, 1, 100);
      continue;
    }
    /* At once, so that a client can tell a request that was taken from one that was not. */
    dprintf(client, "HTTP/1.1 %d X\r\n", number("STATUS", 200));
    if (read(client, buffer, sizeof buffer) > 0) {
      const char* version = getenv("APP_VERSION");
      dprintf(client, "Connection: close\r\n\r\nversion %s\n", version ? version : "unknown");
    }
    shutdown(client, SHUT_WR);
    close(client);
  }
}
)c";

std::string find_out_why_unusable() {
  for (const char* program : {"podman", "buildah", "runc", "gcc"}) {
    try {
      run_program({program, "--version"});
    } catch (const std::exception& e) {
      return e.what();
    }
  }
  if (::geteuid() != 0) {
    return "the tests run podman as root";
  }
  return {};
}

std::string containers_conf(const TempDir& dir) {
  // runc and the limits work in containers and virtual machines where crun and podman's own
  // defaults do not. static_dir stays unset: podman's clean-up after a container is told only the
  // storage's root, and would look for its database there.
  return fmt::format(R"([containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[network]
network_backend = "netavark"
network_config_dir = "{0}"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "{1}"
)",
                     dir / "networks",
                     dir / "libpod");
}

std::string registries_conf(const std::vector<std::string>& insecure) {
  std::string text = "unqualified-search-registries = []\n";
  for (const auto& host : insecure) {
    text += fmt::format("[[registry]]\nlocation = \"{}\"\ninsecure = true\n", host);
  }
  return text;
}

bool accepts_connections(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    throw std::runtime_error("the path of podman's socket is too long: " + path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool accepted =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  ::close(fd);
  return accepted;
}

}  // namespace

std::string run_program(const std::vector<std::string>& argv,
                        const std::map<std::string, std::string>& environment) {
  system_posix::SystemClock clock;
  process_posix::PosixProcessRunner runner(clock);
  ProcessSpec spec;
  spec.argv = argv;
  spec.environment = environment;
  const Call call{.deadline = Deadline::at(clock.now() + std::chrono::minutes(2)), .stop = {}};
  const auto result = runner.run(spec, call);
  if (!result) {
    throw std::runtime_error(argv.front() + ": " + result.error().text());
  }
  if (result->exit_code != 0) {
    throw std::runtime_error(join(argv, " ") + " failed: " + result->err);
  }
  return std::string(trim(result->out));
}

const std::string& PodmanService::unusable_because() {
  static const std::string reason = find_out_why_unusable();
  return reason;
}

PodmanService::PodmanService(Api api, const std::vector<std::string>& insecure_registries) {
  write_file(dir_ / "containers.conf", containers_conf(dir_));
  write_file(dir_ / "storage.conf",
             fmt::format("[storage]\ndriver = \"vfs\"\nrunroot = \"{}\"\ngraphroot = \"{}\"\n",
                         dir_ / "run",
                         dir_ / "storage"));
  write_file(dir_ / "registries.conf", registries_conf(insecure_registries));
  std::filesystem::create_directories(dir_ / "tmp");
  environment_ = {{"CONTAINERS_CONF", dir_ / "containers.conf"},
                  {"CONTAINERS_STORAGE_CONF", dir_ / "storage.conf"},
                  {"CONTAINERS_REGISTRIES_CONF", dir_ / "registries.conf"},
                  {"XDG_CONFIG_HOME", dir_ / "config"},
                  {"XDG_CACHE_HOME", dir_ / "cache"},
                  {"TMPDIR", dir_ / "tmp"},
                  {"BUILDAH_ISOLATION", "chroot"}};
  if (api == Api::serve) {
    start_service();
  }
}

PodmanService::~PodmanService() {
  try {
    podman({"rm", "--all", "--force", "--time", "0", "--volumes"});
  } catch (const std::exception& e) {
    fmt::print(stderr, "containers of a test may be left: {}\n", e.what());
  }
}

void PodmanService::start_service() {
  service_ = std::make_unique<BackgroundProcess>(
      std::vector<std::string>{"podman", "system", "service", "--time=0", base_url()},
      environment_,
      dir_ / "service.log");
  if (!await([this] { return accepts_connections(socket()) || !service_->is_running(); }) ||
      !service_->is_running()) {
    throw std::runtime_error("podman's service does not start: " + read_file(dir_ / "service.log"));
  }
}

std::string PodmanService::podman(const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv{"podman"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return run_program(argv, environment_);
}

ImageByDigest PodmanService::build(const std::string& name,
                                   const std::string& dockerfile,
                                   const std::map<std::string, std::string>& files) const {
  const TempDir context;
  write_file(context / "Dockerfile", dockerfile);
  for (const auto& [file, bytes] : files) {
    write_file(context / file, bytes);
    std::filesystem::permissions(context / file, std::filesystem::perms::owner_all);
  }
  const std::string image = "localhost/" + name;
  podman({"build", "--format", "oci", "--timestamp", "0", "--tag", image, context.path()});
  const auto digest = podman({"image", "inspect", "--format", "{{.Digest}}", image});
  const auto parsed = ImageByDigest::parse(image + "@" + digest);
  if (!parsed) {
    throw std::runtime_error(parsed.error().text());
  }
  return *parsed;
}

ImageByDigest PodmanService::build_server(const std::string& name,
                                          const ServerBehaviour& behaviour) const {
  const std::string dockerfile = fmt::format(
      "FROM scratch\nCOPY server /server\nENV STATUS={} EXIT_CODE={} LISTENS={} NOTE=\"{}\"\n"
      "ENTRYPOINT [\"/server\"]\n",
      behaviour.status,
      behaviour.exit_code,
      behaviour.listens ? 1 : 0,
      behaviour.note);
  return build(name, dockerfile, {{"server", tiny_server_program()}});
}

const std::string& tiny_server_program() {
  static const std::string program = [] {
    const TempDir dir;
    write_file(dir / "server.c", kServerSource);
    run_program({"gcc", "-static", "-O1", "-w", "-o", dir / "server", dir / "server.c"});
    return read_file(dir / "server");
  }();
  return program;
}

}  // namespace sous::support
