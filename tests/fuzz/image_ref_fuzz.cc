#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/image_ref.h"

namespace {

template <typename Name>
void expect_round_trip(std::string_view text) {
  const auto name = Name::parse(text);
  if (!name) {
    return;
  }
  const auto again = Name::parse(name->str());
  if (!again || !(*again == *name)) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  expect_round_trip<sous::ImageRef>(text);
  expect_round_trip<sous::ImageByDigest>(text);
  expect_round_trip<sous::RegistryBase>(text);
  return 0;
}
