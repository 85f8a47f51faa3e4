// Source locations, source IDs, manifest IDs and deployment IDs: whatever can be read prints as a
// text that reads as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/image_name.h"
#include "model/manifest_id.h"
#include "model/source_id.h"

namespace {

template <typename Id>
void expect_round_trip(std::string_view text) {
  const auto id = Id::parse(text);
  if (!id) {
    return;
  }
  const auto again = Id::parse(id->str());
  if (!again || !(*again == *id) || again->str() != id->str()) {
    std::abort();
  }
}

void expect_image_name(std::string_view text) {
  const auto location = sous::SourceLocation::parse(text);
  if (!location) {
    return;
  }
  const sous::RegistryBase registry{.host = "localhost:5000", .prefix = "p"};
  const auto name = sous::image_repository(registry, *location, "docker");
  if (!name || sous::ImageRepository::parse(name->str()).value() != *name) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  expect_round_trip<sous::SourceLocation>(text);
  expect_round_trip<sous::SourceId>(text);
  expect_round_trip<sous::ManifestId>(text);
  expect_round_trip<sous::DeploymentId>(text);
  expect_image_name(text);
  return 0;
}
