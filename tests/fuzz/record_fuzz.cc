// Any text as any record: what is read can be written, and reads back as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec/definitions_record.h"
#include "codec/given_record.h"
#include "codec/lock_record.h"
#include "codec/manifest_record.h"
#include "codec/pending_record.h"
#include "codec/record_paths.h"

namespace {

namespace codec = sous::codec;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto manifest = codec::decode_manifest("f", text)) {
    require(codec::decode_manifest("f", codec::encode_manifest(manifest->value))->value ==
            manifest->value);
  }
  if (const auto definitions = codec::decode_definitions("f", text)) {
    require(codec::decode_definitions("f", codec::encode_definitions(definitions->value))->value ==
            definitions->value);
  }
  if (const auto file = codec::decode_lock_file("f", text)) {
    require(codec::decode_lock_file("f", codec::encode_lock_file(*file)).value() == *file);
  }
  if (const auto record = codec::decode_given("f", text)) {
    require(codec::decode_given("f", codec::encode_given(*record)).value() == *record);
  }
  if (const auto pending = codec::decode_pending_build("f", text)) {
    const auto written = codec::encode_pending_build(*pending);
    require(codec::encode_pending_build(codec::decode_pending_build("f", written).value()) ==
            written);
  }
  if (const auto format = codec::decode_format("f", text)) {
    require(codec::decode_format("f", codec::encode_format(*format)).value() == *format);
  }
  return 0;
}
