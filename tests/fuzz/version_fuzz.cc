#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/semver.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto version = sous::Version::parse(text);
  if (!version) {
    return 0;
  }
  const auto again = sous::Version::parse(version->str());
  if (!again || *again != *version || again->str() != version->str() ||
      sous::Version::parse(version->canonical()).value() != *version) {
    std::abort();
  }
  return 0;
}
