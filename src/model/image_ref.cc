#include "model/image_ref.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace sous {
namespace {

// The grammar is the one of sous-original 3.8, which is that of the OCI distribution specification
// with the host in front.
constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMaxTag = 128;
constexpr std::size_t kMaxReference = kMaxName + 1 + kMaxTag + 1 + sizeof("sha512:") - 1 + 128;
constexpr std::size_t kMaxPortDigits = 5;
constexpr unsigned kMaxPort = 65535;

Error refused(std::string_view what, std::string_view text, std::string_view why) {
  return {Code::invalid_data, fmt::format("{} is no {}: {}", quote(text), what, why)};
}

// What a character may be in a reference. One look-up each: references are read by the ten
// thousand.
constexpr std::uint8_t kLower = 1;  // and digits
constexpr std::uint8_t kUpper = 2;
constexpr std::uint8_t kSeparator = 4;

constexpr auto kCharacters = [] {
  std::array<std::uint8_t, 256> out{};
  for (unsigned c = 'a'; c <= 'z'; ++c) {
    out[c] = kLower;
    out[c - 'a' + 'A'] = kUpper;
  }
  for (unsigned c = '0'; c <= '9'; ++c) {
    out[c] = kLower;
  }
  out['.'] = out['_'] = out['-'] = kSeparator;
  return out;
}();

bool is_any(char c, unsigned kinds) {
  return (kCharacters[static_cast<unsigned char>(c)] & kinds) != 0;
}

bool is_lower_alnum(char c) { return is_any(c, kLower); }

// `.`, `_`, `__` or any number of `-`.
bool is_separator_run(std::string_view run) {
  return run.size() == 1 || run == "__" || run.find_first_not_of('-') == run.npos;
}

// Components of lower-case letters and digits with separator runs between them, divided by `/`.
bool is_path(std::string_view path) {
  std::size_t i = 0;
  while (i < path.size() && is_lower_alnum(path[i])) {
    while (i < path.size() && is_lower_alnum(path[i])) {
      ++i;
    }
    if (i == path.size()) {
      return true;
    }
    if (path[i] == '/') {
      ++i;
      continue;
    }
    const std::size_t start = i;
    while (i < path.size() && is_any(path[i], kSeparator)) {
      ++i;
    }
    if (i == start || !is_separator_run(path.substr(start, i - start))) {
      return false;
    }
  }
  return false;  // a component begins or ends with something else
}

bool is_port(std::string_view port) {
  if (port.empty() || port.size() > kMaxPortDigits || !std::ranges::all_of(port, is_digit)) {
    return false;
  }
  unsigned value = 0;
  for (const char c : port) {
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value >= 1 && value <= kMaxPort;
}

// Labels of letters, digits and, inside, `-`, divided by single dots.
bool is_host_name(std::string_view name) {
  bool may_end = false;  // behind a letter or digit, a label may end
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool inner = name[i] == '-' || name[i] == '.';
    if (is_any(name[i], kLower | kUpper)) {
      may_end = true;
    } else if (!inner || (i == 0 || name[i - 1] == '.') || (name[i] == '.' && !may_end)) {
      return false;
    } else {
      may_end = false;
    }
  }
  return may_end;
}

bool is_ipv6(std::string_view address) {
  return address.find(':') != std::string_view::npos && std::ranges::all_of(address, [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':';
         });
}

// Whether a first component names a host rather than a directory of the default registry.
bool is_host(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || !is_ipv6(text.substr(1, end - 1))) {
      return false;
    }
    const std::string_view rest = text.substr(end + 1);
    return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
  }
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const bool told_apart =
      colon != std::string_view::npos || name == "localhost" || name.find('.') != name.npos;
  return told_apart && is_host_name(name) &&
         (colon == std::string_view::npos || is_port(text.substr(colon + 1)));
}

constexpr std::string_view kNoHost =
    "it does not begin with the host of a registry, such as registry.example.com/ or "
    "localhost:5000/";
constexpr std::string_view kBadPath =
    "its path holds something else than lower-case letters and digits with single ., _, __ or - "
    "between them";

bool is_tag_character(char c) { return is_any(c, kLower | kUpper | kSeparator); }

bool is_tag(std::string_view tag) {
  return !tag.empty() && tag.size() <= kMaxTag && tag.front() != '.' && tag.front() != '-' &&
         std::ranges::all_of(tag, is_tag_character);
}

Status check_length(std::string_view what, std::string_view text, std::size_t most) {
  if (text.size() > most) {
    return refused(what, text, fmt::format("it is longer than {} bytes", most));
  }
  return ok();
}

// Host names do not depend on case; one spelling keeps one host one.
Result<std::string> parse_host(std::string_view what,
                               std::string_view text,
                               std::string_view host) {
  if (!is_host(host)) {
    return refused(what, text, kNoHost);
  }
  return to_lower_ascii(host);
}

}  // namespace

Result<ImageRepository> ImageRepository::parse(std::string_view text) {
  constexpr std::string_view kWhat = "image repository";
  SOUS_TRY_VOID(check_length(kWhat, text, kMaxName));
  const std::size_t slash = text.find('/');
  ImageRepository repository;
  repository.host = SOUS_TRY(parse_host(kWhat, text, text.substr(0, slash)));
  if (slash == std::string_view::npos) {
    return refused(kWhat, text, "it has no path behind the host");
  }
  if (!is_path(text.substr(slash + 1))) {
    return refused(kWhat, text, kBadPath);
  }
  repository.path = text.substr(slash + 1);
  return repository;
}

std::string ImageRepository::str() const { return host + '/' + path; }

Result<ImageTag> ImageTag::parse(std::string_view text) {
  if (!is_tag(text)) {
    return refused("image tag",
                   text,
                   "a tag is a letter, digit or _ and up to 127 letters, digits, _, . or -");
  }
  ImageTag tag;
  tag.text_ = text;
  return tag;
}

Result<ImageRef> ImageRef::parse(std::string_view text) {
  SOUS_TRY_VOID(check_length("image reference", text, kMaxReference));
  std::string_view name = text;
  std::optional<Digest> digest;
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    digest = SOUS_TRY(Digest::parse(text.substr(at + 1)));
    name = text.substr(0, at);
  }
  std::optional<ImageTag> tag;
  const std::size_t slash = name.rfind('/');
  const std::size_t colon = name.rfind(':');
  if (colon != std::string_view::npos && slash != std::string_view::npos && colon > slash) {
    tag = SOUS_TRY(ImageTag::parse(name.substr(colon + 1)));
    name = name.substr(0, colon);
  }
  auto repository = SOUS_TRY(ImageRepository::parse(name));
  return ImageRef{.repository = std::move(repository), .tag = std::move(tag), .digest = digest};
}

std::string ImageRef::str() const {
  std::string out = repository.str();
  if (tag) {
    out += ':';
    out += tag->str();
  }
  if (digest) {
    out += '@';
    out += digest->str();
  }
  return out;
}

Result<ImageByDigest> ImageByDigest::parse(std::string_view text) {
  SOUS_TRY_VOID(check_length("image by digest", text, kMaxReference));
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) {
    return refused("image by digest", text, "it lacks @sha256: and the digest");
  }
  auto repository = SOUS_TRY(ImageRepository::parse(text.substr(0, at)));
  const auto digest = SOUS_TRY(Digest::parse(text.substr(at + 1)));
  return ImageByDigest{.repository = std::move(repository), .digest = digest};
}

std::string ImageByDigest::str() const { return repository.str() + '@' + digest.str(); }

Result<RegistryBase> RegistryBase::parse(std::string_view text) {
  constexpr std::string_view kWhat = "registry";
  SOUS_TRY_VOID(check_length(kWhat, text, kMaxName));
  if (text.find("://") != std::string_view::npos) {
    return refused(kWhat, text, "it holds a scheme")
        .hinted("leave out what stands before the host");
  }
  std::string_view trimmed = text;
  while (trimmed.ends_with('/')) {
    trimmed.remove_suffix(1);
  }
  const std::size_t slash = trimmed.find('/');
  RegistryBase base;
  base.host = SOUS_TRY(parse_host(kWhat, text, trimmed.substr(0, slash)));
  if (slash != std::string_view::npos) {
    if (!is_path(trimmed.substr(slash + 1))) {
      return refused(kWhat, text, kBadPath);
    }
    base.prefix = trimmed.substr(slash + 1);
  }
  return base;
}

std::string RegistryBase::str() const { return prefix.empty() ? host : host + '/' + prefix; }

}  // namespace sous
