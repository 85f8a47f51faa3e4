// Columns of a damaged index: refused, or read as something that is written the same way.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/index_sqlite/fields.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sous::index_sqlite;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto texts = decode_texts(bytes)) {
    if (decode_texts(encode_texts(*texts)).value() != *texts) {
      std::abort();
    }
  }
  if (const auto map = decode_map(bytes)) {
    if (decode_map(encode_map(*map)).value() != *map) {
      std::abort();
    }
  }
  (void)decode_digests(bytes);
  (void)decode_children(bytes);
  return 0;
}
