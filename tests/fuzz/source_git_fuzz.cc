// Everything that is read from git's output. The first byte says what the rest is.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/source_git/parse.h"

using sous::source_git::DirectoryChange;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'p':
      if (const auto place = sous::source_git::parse_place(text);
          place.has_value() && (!place->root.starts_with('/') || place->root.contains('\n'))) {
        std::abort();
      }
      break;
    case 's':
      if (const auto status = sous::source_git::parse_status(text);
          status.has_value() && status->changed_count < status->changed_files.size()) {
        std::abort();
      }
      break;
    case 'r':
      (void)sous::source_git::parse_remotes(text);
      break;
    case 't':
      (void)sous::source_git::parse_tags(text, ' ');
      break;
    case 'l':
      (void)sous::source_git::parse_tags(text, '\t');
      break;
    case 'T':
      (void)sous::source_git::parse_trees(text);
      break;
    case 'o':
      (void)sous::source_git::parse_object_names(text);
      break;
    default:
      (void)sous::source_git::parse_tree_diffs(
          text,
          [] {},
          [](const DirectoryChange& change) {
            if (change.path.empty()) {
              std::abort();
            }
          });
  }
  return 0;
}
