#pragma once

#include "adapters/registry_oci/exchange.h"
#include "adapters/registry_oci/profiles.h"
#include "adapters/registry_oci/target.h"
#include "ports/registry.h"

namespace sous::registry_oci {

/// Reads a repository's tag list page by page to its end. Only the first page's failure is a
/// failure; a later one makes the list partial.
Result<TagList> read_tags(const OciConfig& config,
                          Exchange& exchange,
                          Profiles& profiles,
                          EventSink& events,
                          const Target& target,
                          const Call& call);

}  // namespace sous::registry_oci
