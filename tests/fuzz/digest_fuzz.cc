#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/digest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto digest = sous::Digest::parse(text);
  if (digest && digest->str() != text) {
    std::abort();
  }
  return 0;
}
