// Any text: one that is read as a plan names its actions fully.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cli/plan_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto actions =
      sous::cli::parse_plan(std::string_view(reinterpret_cast<const char*>(data), size));
  if (actions) {
    for (const auto& action : *actions) {
      if (action.id.cluster.str().empty() || action.id.manifest.source().repo().empty()) {
        std::abort();
      }
    }
  }
  return 0;
}
