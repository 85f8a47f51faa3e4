#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/time.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto time = sous::parse_rfc3339(text);
  if (time && sous::parse_rfc3339(sous::format_rfc3339(*time)).value() != *time) {
    std::abort();
  }
  return 0;
}
