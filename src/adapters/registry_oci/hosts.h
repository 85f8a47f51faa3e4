#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/registry_oci/oci_config.h"
#include "adapters/registry_oci/url.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "model/image_ref.h"

namespace sous::registry_oci {

/// The one name of a registry host: Docker Hub's three become `docker.io`, others lower case.
std::string canonical_host(std::string_view host);

/// Which hosts are spoken to how, and where a registry may lead us. Immutable.
class Hosts {
 public:
  explicit Hosts(const OciConfig& config) : config_(config) {}

  /// Scheme and authority of a registry's API, e.g. `https://registry-1.docker.io`.
  std::string origin(const std::string& canonical) const;
  /// `/v2/<name>/`, with Docker Hub's `library/`.
  static std::string repository_path(const ImageRepository& repository);
  /// The repository's name at the registry.
  static std::string repository_name(const ImageRepository& repository);

  /// What addresses a connection to `target` must not have when a registry with an address of
  /// `registry_kind` leads there. Fails with forbidden when the URL alone shows that it must not be
  /// followed: plain http, or such an address.
  Result<AddressKinds> judge(const Url& target, std::optional<AddressKind> registry_kind) const;

 private:
  bool is_plain(std::string_view host, std::string_view authority) const;

  const OciConfig& config_;
};

}  // namespace sous::registry_oci
