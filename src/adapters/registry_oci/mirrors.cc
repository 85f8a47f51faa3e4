#include "adapters/registry_oci/mirrors.h"

#include <optional>
#include <string>
#include <string_view>

#include "adapters/registry_oci/hosts.h"

namespace sous::registry_oci {
namespace {

// What comes after `prefix/`; nothing when the path is not below it.
std::optional<std::string_view> below(std::string_view prefix, std::string_view path) {
  if (prefix.empty()) {
    return path;
  }
  if (path.size() <= prefix.size() || !path.starts_with(prefix) || path[prefix.size()] != '/') {
    return std::nullopt;
  }
  return path.substr(prefix.size() + 1);
}

}  // namespace

std::vector<ImageRepository> mirrors_of(const std::vector<Mirror>& mirrors,
                                        const ImageRepository& repository) {
  std::vector<ImageRepository> out;
  const std::string name = Hosts::repository_name(repository);
  for (const auto& mirror : mirrors) {
    if (canonical_host(mirror.of.host) != canonical_host(repository.host)) {
      continue;
    }
    if (const auto rest = below(mirror.of.prefix, name)) {
      const std::string front = mirror.at.prefix.empty() ? "" : mirror.at.prefix + "/";
      out.push_back({mirror.at.host, front + std::string(*rest)});
    }
  }
  return out;
}

}  // namespace sous::registry_oci
