#include "parts.h"

#include <string>
#include <utility>
#include <vector>

#include "adapters/credentials_docker/docker_credentials.h"
#include "adapters/files_posix/file_system.h"
#include "adapters/gdm_git/gdm_git.h"
#include "adapters/http_curl/curl_http_client.h"
#include "adapters/index_sqlite/sqlite_index.h"
#include "adapters/operations_sqlite/sqlite_operations.h"
#include "adapters/process_posix/process_runner.h"
#include "adapters/registry_oci/oci_registry.h"
#include "adapters/source_git/source_git.h"
#include "adapters/system_posix/clock.h"
#include "adapters/system_posix/executor.h"
#include "adapters/system_posix/machine_id.h"
#include "adapters/system_posix/rng.h"
#include "engine_choice.h"
#include "scheduler_directory.h"

namespace sous::apps {
namespace {

constexpr const char* kMachineIdFile = "/etc/machine-id";

/// A place as an absolute path; URLs as they are.
std::string absolute(const cli::Environment& environment, std::string place) {
  return place.empty() || place.starts_with('/') || place.find(':') != std::string::npos
             ? std::move(place)
             : environment.directory + "/" + place;
}

/// Where `podman login` and `docker login` leave their files, in falling order of precedence.
std::vector<std::string> auth_files(const cli::Environment& environment) {
  std::vector<std::string> out;
  const auto add = [&](std::string_view variable, std::string_view below) {
    if (const auto value = environment.variable(variable); value && value->starts_with('/')) {
      out.push_back(*value + std::string(below));
    }
  };
  add("REGISTRY_AUTH_FILE", "");
  add("XDG_RUNTIME_DIR", "/containers/auth.json");
  if (environment.variable("XDG_CONFIG_HOME")) {
    add("XDG_CONFIG_HOME", "/containers/auth.json");
  } else {
    add("HOME", "/.config/containers/auth.json");
  }
  if (environment.variable("DOCKER_CONFIG")) {
    add("DOCKER_CONFIG", "/config.json");
  } else {
    add("HOME", "/.docker/config.json");
  }
  return out;
}

/// Where systemd keeps what the user has enabled.
std::string user_units(const cli::Environment& environment) {
  constexpr std::string_view kUnits = "/systemd/user/default.target.wants";
  if (const auto config = environment.variable("XDG_CONFIG_HOME")) {
    return *config + std::string(kUnits);
  }
  const auto home = environment.variable("HOME");
  return home ? *home + "/.config" + std::string(kUnits) : "";
}

/// A variable that programs spell in lower or upper case.
std::string either_case(const cli::Environment& environment,
                        std::string_view lower,
                        std::string_view upper) {
  return environment.variable(lower).value_or(environment.variable(upper).value_or(""));
}

http_curl::CurlConfig curl_config(const cli::Environment& environment,
                                  const cli::Settings& settings) {
  // The upper-case HTTP_PROXY is a request header in CGI programs, so nobody takes it.
  return {.user_agent = "sous/" + environment.version,
          .extra_ca_file = settings.value("ca_file").value_or(""),
          .http_proxy = environment.variable("http_proxy").value_or(""),
          .https_proxy = either_case(environment, "https_proxy", "HTTPS_PROXY"),
          .no_proxy = either_case(environment, "no_proxy", "NO_PROXY")};
}

/// What must be known before the parts can be made.
struct Opened {
  app::Settings settings;
  registry_oci::OciConfig registry;
  gdm_git::Config gdm;
  std::vector<builder_buildah::Engine> engines;
  std::unique_ptr<index_sqlite::SqliteIndex> index;
};

/// The parts that need nothing but this machine, in the order of their needs.
struct Machine {
  Machine(const cli::Environment& environment, EventSink& sink)
      : events(sink),
        executor(sink),
        files(clock, environment.variable("TMPDIR").value_or("/tmp")),
        processes(clock) {}

  EventSink& events;
  system_posix::SystemClock clock;
  system_posix::SystemRng rng;
  system_posix::ThreadExecutor executor;
  files_posix::PosixFileSystem files;
  process_posix::PosixProcessRunner processes;
};

class AllParts final : public Parts {
 public:
  AllParts(std::unique_ptr<Machine> machine,
           Opened opened,
           const cli::Environment& environment,
           const cli::Settings& settings)
      : machine_(std::move(machine)),
        index_(std::move(opened.index)),
        http_(curl_config(environment, settings), machine_->clock),
        credentials_(auth_files(environment), machine_->files, machine_->processes),
        registry_(std::move(opened.registry),
                  http_,
                  credentials_,
                  machine_->clock,
                  machine_->rng,
                  machine_->executor,
                  machine_->events),
        gdm_(std::move(opened.gdm),
             {machine_->processes,
              machine_->files,
              machine_->clock,
              machine_->rng,
              machine_->events}),
        operations_(settings.state_directory() + "/state.db", machine_->files),
        schedulers_(http_,
                    machine_->files,
                    machine_->clock,
                    machine_->executor,
                    *index_,
                    {.machine_id = opened.settings.machine_id,
                     .email = opened.settings.user.email,
                     .singularity_token_file = absolute(
                         environment, settings.value("singularity_token_file").value_or("")),
                     .user_units = user_units(environment)}),
        sources_(machine_->processes),
        builder_(opened.engines, machine_->processes, machine_->clock),
        node_{.settings = std::move(opened.settings),
              .clock = machine_->clock,
              .rng = machine_->rng,
              .executor = machine_->executor,
              .files = machine_->files,
              .events = machine_->events,
              .registry = registry_,
              .credentials = credentials_,
              .index = *index_,
              .gdm = gdm_,
              .schedulers = schedulers_,
              .operations = operations_,
              .sources = sources_,
              .builder = builder_} {}

  app::Node& node() override { return node_; }

 private:
  std::unique_ptr<Machine> machine_;
  std::unique_ptr<index_sqlite::SqliteIndex> index_;
  http_curl::CurlHttpClient http_;
  credentials_docker::DockerCredentials credentials_;
  registry_oci::OciRegistry registry_;
  gdm_git::GitGdmStore gdm_;
  operations_sqlite::SqliteOperations operations_;
  Schedulers schedulers_;
  source_git::GitSourceInspector sources_;
  EngineChoice builder_;
  app::Node node_;
};

Result<Opened> open(Machine& machine,
                    const cli::Environment& environment,
                    const cli::Settings& settings) {
  Opened out;
  auto location = gdm_git::parse_location(absolute(environment, settings.gdm()));
  if (!location) {
    return std::move(location.error()).with("setting gdm").as(Code::usage);
  }
  out.gdm = {.location = std::move(*location), .clones = settings.data_directory() + "/gdm"};
  if (settings.value("registry")) {
    out.settings.registry = SOUS_TRY(settings.registry());
  }
  out.registry.plain_http_hosts = settings.plain_http();
  for (auto& mirror : SOUS_TRY(settings.mirrors())) {
    out.registry.mirrors.push_back({std::move(mirror.of), std::move(mirror.at)});
  }
  out.engines = SOUS_TRY(
      EngineChoice::candidates(settings.value("engine").value_or("")).with("setting engine"));
  if (settings.value("user")) {
    out.settings.user = SOUS_TRY(settings.user());
  }
  out.settings.clone_urls = SOUS_TRY(settings.clone_urls());
  out.settings.state_directory = settings.state_directory();
  out.settings.podman_socket = absolute(environment, settings.podman_socket());
  out.settings.machine_id = SOUS_TRY(system_posix::machine_id(
      machine.files, machine.rng, kMachineIdFile, settings.data_directory() + "/machine-id"));
  out.index = SOUS_TRY(index_sqlite::SqliteIndex::open(
      absolute(environment, settings.index()), {machine.files, machine.clock, machine.events}));
  return out;
}

}  // namespace

Result<std::unique_ptr<Parts>> Parts::make(const cli::Environment& environment,
                                           const cli::Settings& settings,
                                           EventSink& events) {
  auto machine = std::make_unique<Machine>(environment, events);
  auto opened = SOUS_TRY(open(*machine, environment, settings));
  return std::unique_ptr<Parts>(
      std::make_unique<AllParts>(std::move(machine), std::move(opened), environment, settings));
}

}  // namespace sous::apps
