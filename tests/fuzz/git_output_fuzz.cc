// Whatever git prints: the parsers end, and what they accept is whole.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/gdm_git/history.h"
#include "adapters/gdm_git/location.h"
#include "adapters/gdm_git/remote.h"
#include "adapters/gdm_git/snapshot.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sous;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto entries = gdm_git::parse_tree(text)) {
    for (const auto& entry : *entries) {
      if (entry.path.empty() || entry.hash.empty()) {
        std::abort();
      }
    }
  }
  (void)gdm_git::parse_differences(text);
  gdm_git::Blobs blobs;
  (void)gdm_git::parse_blobs(text, blobs);
  (void)gdm_git::parse_history(text);
  (void)gdm_git::read_push({.exit_code = 1, .out = std::string(text), .err = std::string(text)});
  const auto shown = gdm_git::without_credentials(text);
  if (gdm_git::without_credentials(shown) != shown) {
    std::abort();
  }
  if (const auto location = gdm_git::parse_location(text);
      location && (location->path.empty() == location->url.empty())) {
    std::abort();
  }
  return 0;
}
