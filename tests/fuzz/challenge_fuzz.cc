#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/registry_oci/www_authenticate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto challenges = sous::registry_oci::parse_challenges(text);
  if (challenges.has_value()) {
    for (const auto& challenge : *challenges) {
      if (challenge.scheme.empty()) {
        std::abort();
      }
    }
  }
  return 0;
}
