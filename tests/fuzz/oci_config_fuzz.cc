// Any bytes as an image config: new labels are read back, and nothing else differs.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec/json.h"
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
  if (const auto json = codec::parse_json(bytes)) {
    require(codec::parse_json(json->dump()).value() == *json);
  }
  sous::ImageFacts facts{.digest = sous::Digest::sha256_of(bytes)};
  const bool readable = codec::add_config_facts(bytes, facts).has_value();
  const sous::LabelMap labels{{"com.opentable.sous.version", "1.0.0"}};
  const auto out = codec::with_labels(bytes, labels);
  if (readable && out) {
    sous::ImageFacts again{.digest = facts.digest};
    require(codec::add_config_facts(*out, again).has_value());
    require(again.labels == labels && again.diff_ids == facts.diff_ids);
    require(codec::config_difference(bytes, bytes).value() == std::nullopt);
  }
  return 0;
}
