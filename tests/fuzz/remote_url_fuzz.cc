#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/remote_url.h"
#include "model/source_id.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view url(reinterpret_cast<const char*>(data), size);
  const auto shown = sous::without_credentials(url);
  if (sous::without_credentials(shown) != shown) {
    std::abort();
  }
  const auto repo = sous::canonical_repo(url);
  if (repo && (sous::SourceLocation::parse(*repo).value().str() != *repo ||
               sous::canonical_repo(shown).value() != *repo)) {
    std::abort();
  }
  const auto source = sous::parse_source_flag(url);
  if (source && !sous::SourceLocation::make(source->first, source->second)) {
    std::abort();
  }
  return 0;
}
