#pragma once

#include <string>

#include "adapters/registry_oci/exchange.h"
#include "base/result.h"
#include "model/image_ref.h"

namespace sous::registry_oci {

/// A repository as the object of requests.
struct Target {
  ImageRepository repository;
  Audience audience;
  std::string base;  // `https://host/v2/<name>/`

  const std::string& host() const noexcept { return audience.host; }

  Ask ask(const std::string& rest) const;
};

/// `actions` is `pull` or `pull,push`. Fails with invalid_data, before any request, for a name that
/// no registry can have.
Result<Target> target_of(const Hosts& hosts,
                         const ImageRepository& repository,
                         const std::string& actions);

}  // namespace sous::registry_oci
