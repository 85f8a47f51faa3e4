#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/registry_oci/retry_after.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const sous::WallTime now{std::chrono::seconds(1'767'225'600)};
  const auto wait = sous::registry_oci::parse_retry_after(text, now);
  if (wait && (*wait < sous::Duration::zero() || *wait > std::chrono::hours(24 * 366))) {
    std::abort();
  }
  return 0;
}
