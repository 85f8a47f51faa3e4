#include "adapters/registry_oci/hosts.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace sous::registry_oci {
namespace {

constexpr std::string_view kDockerHub = "docker.io";
constexpr std::string_view kDockerHubApi = "registry-1.docker.io";

bool lists(const std::vector<std::string>& hosts, std::string_view name) {
  return std::ranges::any_of(hosts, [&](const auto& h) { return to_lower_ascii(h) == name; });
}

std::string_view without_port(std::string_view authority) {
  if (authority.starts_with('[')) {
    return authority.substr(0, authority.find(']') + 1);
  }
  return authority.substr(0, authority.rfind(':'));
}

}  // namespace

std::string canonical_host(std::string_view host) {
  std::string lower = to_lower_ascii(host);
  const bool hub = lower == "index.docker.io" || lower == kDockerHubApi || lower == kDockerHub;
  return hub ? std::string(kDockerHub) : lower;
}

bool Hosts::is_plain(std::string_view host, std::string_view authority) const {
  if (lists(config_.plain_http_hosts, authority) || lists(config_.plain_http_hosts, host)) {
    return true;
  }
  return host_kind(host) == AddressKind::loopback && !lists(config_.tls_hosts, authority) &&
         !lists(config_.tls_hosts, host);
}

std::string Hosts::origin(const std::string& canonical) const {
  if (canonical == kDockerHub) {
    return fmt::format("https://{}", kDockerHubApi);
  }
  return fmt::format(
      "{}://{}", is_plain(without_port(canonical), canonical) ? "http" : "https", canonical);
}

std::string Hosts::repository_name(const ImageRepository& repository) {
  const bool official = canonical_host(repository.host) == kDockerHub &&
                        repository.path.find('/') == std::string::npos;
  return official ? "library/" + repository.path : repository.path;
}

std::string Hosts::repository_path(const ImageRepository& repository) {
  return fmt::format("/v2/{}/", repository_name(repository));
}

Result<AddressKinds> Hosts::judge(const Url& target,
                                  std::optional<AddressKind> registry_kind) const {
  if (target.scheme == "http" && !is_plain(target.host, target.authority)) {
    return Error(Code::forbidden,
                 fmt::format("{} would be reached by plain http", target.authority))
        .hinted(
            fmt::format("if that is meant, list {} among the plain http hosts", target.authority));
  }
  if (lists(config_.trusted_targets, target.host)) {
    return AddressKinds{};
  }
  const AddressKinds refused{.private_use = registry_kind != AddressKind::private_use,
                             .loopback = registry_kind != AddressKind::loopback,
                             .link_local = registry_kind != AddressKind::link_local};
  const auto kind = host_kind(target.host);
  if (kind && refused.has(*kind)) {
    return Error(Code::forbidden,
                 fmt::format("{} is an address that only machines near it may be led to",
                             target.host))
        .hinted(fmt::format("if that is meant, list {} among the trusted targets", target.host));
  }
  return refused;
}

}  // namespace sous::registry_oci
