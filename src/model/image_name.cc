#include "model/image_name.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace sous {
namespace {

// docs/formats/image-names.md describes these names and why they are injective.
constexpr std::size_t kMaxName = 255;
constexpr std::size_t kHashDigits = 32;
constexpr std::string_view kOffsetMark = "sous.offset";
constexpr std::string_view kKindMark = "sous.kind";
constexpr std::string_view kHashMark = "sous.hash";

bool is_lower_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); }

bool is_separator(char c) { return c == '.' || c == '_' || c == '-'; }

// Letters and digits with single separators between them: less than a registry may allow, but what
// every registry does. Our own marks are kept free.
bool is_plain_component(std::string_view component) {
  if (component == kOffsetMark || component == kKindMark || component == kHashMark) {
    return false;
  }
  bool last_is_alnum = false;
  for (const char c : component) {
    if (!is_lower_alnum(c) && !(is_separator(c) && last_is_alnum)) {
      return false;
    }
    last_is_alnum = is_lower_alnum(c);
  }
  return last_is_alnum;
}

bool is_plain_path(std::string_view path) {
  return std::ranges::all_of(split(path, '/'), is_plain_component);
}

// Nothing when a part holds what a plain name cannot say.
std::optional<std::string> plain_name(const SourceLocation& location, std::string_view kind) {
  if (!is_plain_path(location.repo())) {
    return std::nullopt;
  }
  std::string name = location.repo();
  if (!location.offset().empty()) {
    if (!is_plain_path(location.offset())) {
      return std::nullopt;
    }
    name += fmt::format("/{}/{}", kOffsetMark, location.offset());
  }
  if (!kind.empty()) {
    if (!is_plain_component(kind)) {
      return std::nullopt;
    }
    name += fmt::format("/{}/{}", kKindMark, kind);
  }
  return name;
}

// What can be read of a component: lower case, and one separator for each run of other characters.
std::string slug_of_component(std::string_view component) {
  std::string slug;
  std::string_view run;
  for (std::size_t i = 0; i < component.size(); ++i) {
    const char c = to_lower_ascii(component.substr(i, 1)).front();
    if (!is_lower_alnum(c)) {
      run = component.substr(i - run.size(), run.size() + 1);
      continue;
    }
    if (!run.empty() && !slug.empty()) {
      slug += run.size() == 1 && is_separator(run.front()) ? run.front() : '-';
    }
    run = {};
    slug += c;
  }
  return slug;
}

std::string slug_of(const SourceLocation& location, std::string_view kind) {
  std::string slug;
  const std::string text = fmt::format("{}/{}/{}", location.repo(), location.offset(), kind);
  for (const std::string_view component : split(text, '/')) {
    const std::string readable = slug_of_component(component);
    if (!readable.empty()) {
      slug += slug.empty() ? "" : "/";
      slug += readable;
    }
  }
  return slug;
}

// The hash alone makes the name unique; the slug in front of it is for people and may be cut.
Result<std::string> hashed_name(const SourceLocation& location,
                                std::string_view kind,
                                std::size_t room) {
  // Neither repository nor offset holds a NUL, so this text has one reading only.
  std::string identity = location.repo();
  identity += '\0';
  identity += location.offset();
  identity += '\0';
  identity += kind;
  std::string tail =
      fmt::format("{}/{}", kHashMark, Digest::sha256_of(identity).short_hex(kHashDigits));
  if (tail.size() > room) {
    return Error(Code::invalid_data,
                 fmt::format("the registry's prefix leaves {} bytes for the name of an image, and "
                             "{} are needed",
                             room,
                             tail.size()));
  }
  std::string slug = slug_of(location, kind).substr(0, room - tail.size());
  while (!slug.empty() && (slug.size() + 1 + tail.size() > room || !is_lower_alnum(slug.back()))) {
    slug.pop_back();
  }
  return slug.empty() ? tail : slug + '/' + tail;
}

}  // namespace

Result<ImageRepository> image_repository(const RegistryBase& registry,
                                         const SourceLocation& location,
                                         std::string_view kind) {
  const std::size_t front = registry.str().size() + 1;
  const std::size_t room = kMaxName - std::min(front, kMaxName);
  std::optional<std::string> name = plain_name(location, kind);
  if (!name || name->size() > room) {
    name = SOUS_TRY(hashed_name(location, kind, room));
  }
  return ImageRepository{
      .host = registry.host,
      .path = registry.prefix.empty() ? *name : fmt::format("{}/{}", registry.prefix, *name)};
}

Result<ImageRepository> original_image_repository(std::string_view host,
                                                  const SourceLocation& location,
                                                  std::string_view kind) {
  constexpr std::string_view kGitHub = "github.com";
  constexpr std::string_view kOpenTable = "/opentable";
  std::string name = location.repo();
  if (!location.offset().empty()) {
    name += '/' + location.offset();
  }
  if (location.repo().starts_with(kGitHub)) {
    std::string_view rest = std::string_view{name}.substr(kGitHub.size());
    if (rest.starts_with(kOpenTable)) {
      rest.remove_prefix(kOpenTable.size());
    }
    if (rest.starts_with('/')) {
      rest.remove_prefix(1);
    }
    name = to_lower_ascii(rest);
  } else {
    name = sha1_hex(name);
  }
  if (!kind.empty()) {
    name += fmt::format("-{}", kind);
  }
  return ImageRepository::parse(fmt::format("{}/{}", host, name)).with([&] {
    return fmt::format("name that the original gave {}", quote(location.str()));
  });
}

Result<ImageTag> version_tag(const Version& version) {
  return ImageTag::parse(version.canonical());
}

ImageTag unique_tag(const Revision& revision, WallTime built_at, const Digest& digest) {
  // 40 digits name a commit as well as 64 do, and all our tags are of one length.
  constexpr std::size_t kRevisionDigits = 40;
  const std::string tag = fmt::format("z{}-{}-{}",
                                      revision.str().substr(0, kRevisionDigits),
                                      format_tag_time(built_at),
                                      digest.short_hex());
  return ImageTag::parse(tag).value();  // valid by its form
}

}  // namespace sous
