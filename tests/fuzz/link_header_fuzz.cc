#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/registry_oci/link_header.h"
#include "adapters/registry_oci/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // What a link leads to stays a path and query at the registry itself.
  const auto link = sous::registry_oci::next_link(text);
  if (!link.has_value() || !*link) {
    return 0;
  }
  const auto base = sous::registry_oci::Url::parse("https://registry.example/v2/a/tags/list");
  const auto next = base->resolve(**link);
  if (next.has_value()) {
    const auto ours = sous::registry_oci::Url::parse(base->origin() + next->path_and_query());
    if (ours.has_value() && ours->origin() != base->origin()) {
      std::abort();
    }
  }
  return 0;
}
