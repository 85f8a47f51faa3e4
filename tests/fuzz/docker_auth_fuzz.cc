#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/credentials_docker/auth_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = sous::credentials_docker::parse_auth_file(text);
  if (file.has_value()) {
    for (const auto& [host, helper] : file->helpers) {
      if (host.empty() || helper.empty() || helper.find('/') != std::string::npos) {
        std::abort();
      }
    }
  }
  static_cast<void>(sous::credentials_docker::parse_helper_answer(text));
  return 0;
}
