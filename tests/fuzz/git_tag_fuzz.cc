// The first line is the offset, the rest the tag.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "model/git_tag.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = text.find('\n');
  const std::string_view offset = text.substr(0, end);
  const std::string_view tag = end == std::string_view::npos ? text : text.substr(end + 1);

  const auto any = sous::parse_version_tag(tag);
  if (any && !tag.starts_with(any->prefix)) {
    std::abort();
  }
  const auto nowhere = [](std::string_view) { return false; };
  const auto everywhere = [](std::string_view) { return true; };
  if (any && !sous::version_of_tag(tag, offset, nowhere)) {
    std::abort();
  }
  if (const auto own = sous::version_of_tag(tag, offset, everywhere);
      own && own->own_prefix && !tag.starts_with(own->prefix)) {
    std::abort();
  }
  return 0;
}
