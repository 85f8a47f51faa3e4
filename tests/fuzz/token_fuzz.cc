#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/registry_oci/token.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto answer = sous::registry_oci::parse_token(text);
  if (answer.has_value() &&
      (answer->token.empty() || answer->token.find_first_of("\r\n ") != std::string::npos ||
       answer->lifetime < std::chrono::seconds(60) || answer->lifetime > std::chrono::hours(24))) {
    std::abort();
  }
  return 0;
}
