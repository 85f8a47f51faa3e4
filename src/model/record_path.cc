#include "model/record_path.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/text.h"

namespace sous {
namespace {

constexpr std::size_t kMaxPathBytes = 1024;
constexpr std::size_t kMaxPartBytes = 255;  // what file systems hold
constexpr std::array<std::string_view, 2> kFiles{"sous.yaml", "defs.yaml"};
constexpr std::array<std::string_view, 3> kDirectories{"manifests/", "locks/", "given/"};

Error refuse(std::string_view path, std::string_view why) {
  return Error(Code::invalid_data,
               "`" + std::string(path) + "` cannot be the path of a record: " + std::string(why));
}

bool is_bad_part(std::string_view part) {
  return part.empty() || part == "." || part == ".." || to_lower_ascii(part) == ".git" ||
         part.size() > kMaxPartBytes;
}

}  // namespace

bool is_record_path(std::string_view path) {
  return std::ranges::find(kFiles, path) != kFiles.end() ||
         std::ranges::any_of(kDirectories, [&](std::string_view directory) {
           return path.size() > directory.size() && path.starts_with(directory);
         });
}

Status check_record_path(std::string_view path) {
  if (!is_valid_utf8(path)) {
    return Error(Code::invalid_data, "the path of a record must be UTF-8");
  }
  if (std::ranges::any_of(path, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; })) {
    return Error(Code::invalid_data, "the path of a record must not hold control characters");
  }
  if (path.size() > kMaxPathBytes) {
    return refuse(path.substr(0, 80), "it is longer than 1024 bytes");
  }
  if (!is_record_path(path)) {
    return refuse(path, "it is neither sous.yaml or defs.yaml nor below manifests, locks or given");
  }
  if (std::ranges::any_of(split(path, '/'), is_bad_part)) {
    return refuse(path, "a part of it is empty, too long, `.`, `..` or `.git`");
  }
  return ok();
}

Status check_record_text(std::string_view path, std::string_view text) {
  if (text.size() > kMaxRecordBytes) {
    return Error(Code::invalid_data,
                 "`" + std::string(path) + "` cannot be stored: " + std::string(kTooLong));
  }
  if (!is_valid_utf8(text)) {
    return Error(Code::invalid_data, "the text of `" + std::string(path) + "` is not UTF-8");
  }
  return ok();
}

Status check_record_clashes(const std::set<std::string, std::less<>>& paths) {
  for (const auto& path : paths) {
    for (auto slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      const auto above = std::string_view(path).substr(0, slash);
      if (paths.contains(above)) {
        return refuse(path, "the record `" + std::string(above) + "` stands in its way");
      }
    }
  }
  return ok();
}

}  // namespace sous
