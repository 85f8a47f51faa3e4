#include "machine.h"

#include <charconv>
#include <stdexcept>

#include "adapters/process_posix/process_runner.h"
#include "adapters/system_posix/clock.h"

namespace sous::acceptance {
namespace {

constexpr std::string_view kDockerfile =
    "FROM scratch\n"
    "ARG APP_VERSION\n"
    "ENV APP_VERSION=$APP_VERSION\n"
    "COPY server /server\n"
    "ENTRYPOINT [\"/server\"]\n";

Ran run(std::vector<std::string> argv,
        const std::string& directory,
        const std::map<std::string, std::string>& environment) {
  system_posix::SystemClock clock;
  process_posix::PosixProcessRunner runner(clock);
  ProcessSpec spec;
  spec.argv = std::move(argv);
  spec.directory = directory;
  spec.environment = environment;
  const Call call{Deadline::at(clock.now() + std::chrono::minutes(3)), {}};
  auto result = runner.run(spec, call);
  if (!result) {
    throw std::runtime_error(result.error().text());
  }
  return {result->exit_code, std::move(result->out), std::move(result->err)};
}

const std::map<std::string, std::string> kGitEnvironment{
    {"GIT_CONFIG_GLOBAL", "/dev/null"},
    {"GIT_CONFIG_NOSYSTEM", "1"},
    {"GIT_AUTHOR_NAME", "Pat Person"},
    {"GIT_AUTHOR_EMAIL", "pat@example.com"},
    {"GIT_COMMITTER_NAME", "Pat Person"},
    {"GIT_COMMITTER_EMAIL", "pat@example.com"}};

std::string git_in(const std::string& directory, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"git", "-c", "init.defaultBranch=main"});
  auto result = run(arguments, directory, kGitEnvironment);
  if (result.exit_code != 0) {
    throw std::runtime_error("git failed: " + result.err);
  }
  if (result.out.ends_with('\n')) {
    result.out.pop_back();
  }
  return result.out;
}

const codec::Json* step(const codec::Json& json, const std::string& name) {
  if (const auto* items = json.as_array()) {
    std::size_t place = 0;
    std::from_chars(name.data(), name.data() + name.size(), place);
    return place < items->size() ? &(*items)[place] : nullptr;
  }
  return json.find(name);
}

}  // namespace

codec::Json Ran::json() const {
  auto parsed = codec::parse_json(out);
  if (!parsed) {
    throw std::runtime_error("no JSON: " + out + "\n" + err);
  }
  return std::move(*parsed);
}

const codec::Json& at(const codec::Json& json, const std::vector<std::string>& path) {
  const codec::Json* here = &json;
  for (const auto& name : path) {
    here = step(*here, name);
    if (here == nullptr) {
      throw std::runtime_error("no " + name + " in " + json.dump_pretty());
    }
  }
  return *here;
}

std::string text_at(const codec::Json& json, const std::vector<std::string>& path) {
  const std::string* text = at(json, path).as_string();
  if (text == nullptr) {
    throw std::runtime_error("no text at the end of a path of " + json.dump_pretty());
  }
  return *text;
}

Checkout::Checkout(const std::string& directory, const std::string& remote)
    : directory_(directory) {
  if (!std::filesystem::exists(remote)) {
    std::filesystem::create_directories(remote);
    git_in(remote, {"init", "-q", "--bare"});
  }
  std::filesystem::create_directories(directory);
  git_in(directory, {"init", "-q"});
  git({"remote", "add", "origin", remote});
}

std::string Checkout::git(const std::vector<std::string>& arguments) const {
  return git_in(directory_, arguments);
}

void Checkout::write(const std::string& name, const std::string& text) const {
  support::write_file(directory_ + "/" + name, text);
}

std::string Checkout::commit(const std::string& message) const {
  git({"add", "--all"});
  git({"commit", "-q", "-m", message});
  return git({"rev-parse", "HEAD"});
}

void Checkout::push() const { git({"push", "-q", "origin", "HEAD:refs/heads/main"}); }

void Checkout::release(const std::string& tag) const {
  git({"tag", "-a", "-m", "release", tag});
  git({"push", "-q", "origin", "HEAD:refs/heads/main", "refs/tags/" + tag});
}

Machine::Machine() : podman_(support::PodmanService::Api::serve, {registry_.host()}) {
  environment_ = podman_.environment();
  environment_.insert(kGitEnvironment.begin(), kGitEnvironment.end());
  for (const auto* variable :
       {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"}) {
    environment_[variable] = directory_ / variable;
  }
  environment_["SOUS_REGISTRY"] = registry_.host();
  environment_["SOUS_PODMAN_SOCKET"] = podman_.socket();
  environment_["SOUS_USER"] = "Pat Person <pat@example.com>";
  environment_["NO_COLOR"] = "1";
}

Ran Machine::sous(const std::string& directory, const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv{SOUS_TEST_BINARY};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return run(std::move(argv), directory, environment_);
}

codec::Json Machine::answer(const std::string& directory,
                            std::vector<std::string> arguments,
                            int exit_code) const {
  arguments.insert(arguments.end(), {"-o", "json"});
  const Ran result = sous(directory, arguments);
  if (result.exit_code != exit_code) {
    throw std::runtime_error("exit status " + std::to_string(result.exit_code) + " instead of " +
                             std::to_string(exit_code) + ": " + result.out + result.err);
  }
  return result.json();
}

Checkout Machine::service(const std::string& name) const {
  Checkout out(path("checkouts/" + name), path("remotes/demo/" + name + ".git"));
  out.write("server", support::tiny_server_program());
  std::filesystem::permissions(out.directory() + "/server",
                               std::filesystem::perms::owner_all |
                                   std::filesystem::perms::group_exec |
                                   std::filesystem::perms::others_exec);
  out.write("Dockerfile", std::string(kDockerfile));
  out.commit("Start");
  out.push();
  return out;
}

Checkout Machine::clone(const std::string& name, const std::string& as) const {
  Checkout out(path("checkouts/" + as), path("remotes/demo/" + name + ".git"));
  out.git({"fetch", "-q", "--tags", "origin", "main"});
  out.git({"checkout", "-q", "-B", "main", "FETCH_HEAD"});
  out.git({"update-ref", "refs/remotes/origin/main", "FETCH_HEAD"});
  return out;
}

std::string Machine::http_get(const std::string& address) {
  return support::run_program(
      {"curl", "-sS", "--fail", "--max-time", "10", "http://" + address + "/"});
}

}  // namespace sous::acceptance
