#include "adapters/credentials_docker/docker_credentials.h"

#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace sous::credentials_docker {
namespace {

constexpr std::uint64_t kMaxFile = 1ULL << 20U;
constexpr std::uint64_t kMaxAnswer = 64ULL << 10U;

// How helpers know a host: by the key that `docker login` stores it under.
std::string helper_key(const std::string& host) {
  return host == "docker.io" ? "https://index.docker.io/v1/" : host;
}

// What docker's own helpers print, to stdout, for a host they have nothing for.
bool says_unknown(const ProcessResult& result) {
  return to_lower_ascii(result.out).find("credentials not found") != std::string::npos ||
         to_lower_ascii(result.err).find("credentials not found") != std::string::npos;
}

}  // namespace

DockerCredentials::DockerCredentials(std::vector<std::string> files,
                                     FileSystem& file_system,
                                     ProcessRunner& runner)
    : files_(std::move(files)), file_system_(file_system), runner_(runner) {}

Result<std::optional<Credential>> DockerCredentials::find(const std::string& host,
                                                          const Call& call) {
  const auto plain = plain_host(host);
  if (!plain) {
    return std::optional<Credential>();
  }
  for (const auto& path : files_) {
    const auto file = SOUS_TRY(read(path));
    if (!file) {
      continue;
    }
    auto found = SOUS_TRY(
        find_in(*file, *plain, call).with(fmt::format("looking up {} by {}", *plain, path)));
    if (found) {
      return found;
    }
  }
  return std::optional<Credential>();
}

Result<std::optional<AuthFile>> DockerCredentials::read(const std::string& path) {
  auto text = file_system_.read(path, kMaxFile);
  if (!text.has_value() && text.error().code() == Code::not_found) {
    return std::optional<AuthFile>();
  }
  const std::string what = "reading the logins in " + path;
  const std::string bytes = SOUS_TRY(std::move(text).with(what));
  auto file = parse_auth_file(bytes);
  if (!file.has_value()) {
    return std::move(file.error())
        .with(what)
        .hinted(fmt::format("repair {}, or remove it and log in again", path));
  }
  return std::optional<AuthFile>(std::move(*file));
}

Result<std::optional<Credential>> DockerCredentials::find_in(const AuthFile& file,
                                                             const std::string& host,
                                                             const Call& call) {
  if (const auto helper = file.helpers.find(host); helper != file.helpers.end()) {
    return ask_helper(helper->second, host, call);
  }
  if (const auto login = file.logins.find(host); login != file.logins.end()) {
    return std::optional<Credential>(login->second);
  }
  return file.store.empty() ? std::optional<Credential>() : ask_helper(file.store, host, call);
}

Result<std::optional<Credential>> DockerCredentials::ask_helper(const std::string& helper,
                                                                const std::string& host,
                                                                const Call& call) {
  const std::string program = "docker-credential-" + helper;
  ProcessSpec spec;
  spec.argv = {program, "get"};
  spec.input = helper_key(host);
  spec.max_output = kMaxAnswer;
  const auto result = SOUS_TRY(runner_.run(spec, call).with("running " + program));
  if (result.exit_code != 0) {
    if (says_unknown(result)) {
      return std::optional<Credential>();
    }
    // What it printed is not shown: it may be the secret.
    return Error(Code::unavailable, fmt::format("{} ended with {}", program, result.exit_code))
        .hinted(fmt::format("run it by hand: echo {} | {} get", spec.input, program));
  }
  auto credential =
      SOUS_TRY(parse_helper_answer(result.out).with("reading what " + program + " says"));
  return std::optional<Credential>(std::move(credential));
}

}  // namespace sous::credentials_docker
