// Any bytes as an image manifest, an index or a layout.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec/oci.h"

namespace {

namespace codec = sous::codec;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto facts = codec::parse_manifest_facts(bytes, "");
  if (facts) {
    require(facts->digest == sous::Digest::sha256_of(bytes));
    require(!facts->config_digest || facts->children.empty());
  }
  static_cast<void>(codec::parse_layout_index(bytes));
  if (facts && !facts->children.empty()) {
    const auto all = codec::parse_image_index(bytes);
    require(all && all->size() >= facts->children.size());
  }
  static_cast<void>(codec::parse_manifest_facts(bytes, codec::media::kDockerList));
  const codec::Descriptor config{
      .media_type = "", .digest = sous::Digest::sha256_of("config"), .size = 6};
  const auto image = codec::parse_image_manifest(bytes);
  if (const auto out = codec::with_config(bytes, config, {{"a", "b"}}); image && out) {
    const auto again = codec::parse_image_manifest(*out);
    require(again && again->config.digest == config.digest && again->layers == image->layers);
  }
  return 0;
}
