#include "adapters/credentials_docker/docker_credentials.h"

#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace sous::credentials_docker {
namespace {

constexpr std::uint64_t kMaxFile = 1ULL << 20U;
constexpr std::uint64_t kMaxAnswer = 64ULL << 10U;

// How helpers know a registry: by the key that `docker login` stores it under.
std::string helper_key(const std::string& name) {
  return name == "docker.io" ? "https://index.docker.io/v1/" : name;
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

Result<StoredLogin> DockerCredentials::find(const std::string& host,
                                            const std::string& path,
                                            const Call& call) {
  StoredLogin out;
  const auto plain = plain_name(host);
  if (!plain) {
    return out;
  }
  for (const auto& place : files_) {
    const auto file = SOUS_TRY(read(place));
    if (!file) {
      continue;
    }
    out.whole_host = out.whole_host && !file->divides(*plain);
    if (!out.credential) {
      out.credential = SOUS_TRY(find_in(*file, *plain, path, call)
                                    .with(fmt::format("looking up {} by {}", *plain, place)));
    }
  }
  return out;
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
                                                             const std::string& path,
                                                             const Call& call) {
  // From the repository itself up to the whole host.
  for (std::string name = fmt::format("{}/{}", host, path);; name.resize(name.rfind('/'))) {
    if (const auto helper = file.helpers.find(name); helper != file.helpers.end()) {
      return ask_helper(helper->second, name, call);
    }
    if (const auto login = file.logins.find(name); login != file.logins.end()) {
      return std::optional<Credential>(login->second);
    }
    if (name.size() <= host.size()) {
      break;
    }
  }
  return file.store.empty() ? std::optional<Credential>() : ask_helper(file.store, host, call);
}

Result<std::optional<Credential>> DockerCredentials::ask_helper(const std::string& helper,
                                                                const std::string& name,
                                                                const Call& call) {
  const std::string program = "docker-credential-" + helper;
  ProcessSpec spec;
  spec.argv = {program, "get"};
  spec.input = helper_key(name);
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
