#include "adapters/registry_oci/target.h"

#include <utility>

#include <fmt/format.h>

namespace sous::registry_oci {

Ask Target::ask(const std::string& rest) const {
  Ask out;
  out.url = base + rest;
  return out;
}

Result<Target> target_of(const Hosts& hosts,
                         const ImageRepository& repository,
                         const std::string& actions) {
  // The fields are open, so the grammar is asked once more before the name becomes part of a URL.
  SOUS_TRY_VOID(ImageRepository::parse(repository.str()));
  Target out;
  out.repository = repository;
  out.audience.host = canonical_host(repository.host);
  out.audience.path = Hosts::repository_name(repository);
  out.audience.scopes = {fmt::format("repository:{}:{}", out.audience.path, actions)};
  out.base = hosts.origin(out.audience.host) + Hosts::repository_path(repository);
  return out;
}

}  // namespace sous::registry_oci
