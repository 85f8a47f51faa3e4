// Any path: one that names a record is the path of that record, and safe.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/record_paths.h"

namespace {

namespace codec = sous::codec;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void check(std::string_view path, const std::string& written) {
  require(written == path);
  require(path.find("/../") == std::string_view::npos && !path.starts_with('/'));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view path(reinterpret_cast<const char*>(data), size);
  if (const auto id = codec::manifest_of_path(path)) {
    check(path, codec::manifest_path(*id));
  }
  if (const auto source = codec::lock_of_path(path)) {
    check(path, codec::lock_path(*source));
  }
  if (const auto deployment = codec::given_of_path(path)) {
    check(path, codec::given_path(*deployment));
  }
  return 0;
}
