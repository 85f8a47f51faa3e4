#include "model/image_ref.h"

#include <algorithm>
#include <cstddef>
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

bool is_lower_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); }

bool is_path_separator(char c) { return c == '.' || c == '_' || c == '-'; }

// `.`, `_`, `__` or any number of `-`.
bool is_separator_run(std::string_view run) {
  return run == "." || run == "_" || run == "__" || run.find_first_not_of('-') == run.npos;
}

bool is_path_component(std::string_view component) {
  if (component.empty() || !is_lower_alnum(component.front()) ||
      !is_lower_alnum(component.back())) {
    return false;
  }
  for (std::size_t i = 0; i < component.size();) {
    if (is_lower_alnum(component[i])) {
      ++i;
      continue;
    }
    const std::size_t start = i;
    while (is_path_separator(component[i])) {  // ends: the last character is a letter or digit
      ++i;
    }
    if (i == start || !is_separator_run(component.substr(start, i - start))) {
      return false;
    }
  }
  return true;
}

bool is_path(std::string_view path) {
  while (true) {
    const std::size_t slash = path.find('/');
    if (!is_path_component(path.substr(0, slash))) {
      return false;
    }
    if (slash == std::string_view::npos) {
      return true;
    }
    path.remove_prefix(slash + 1);
  }
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

// A label of a host name: letters, digits and, inside, `-`.
bool is_host_label(std::string_view label) {
  return !label.empty() && is_alnum(label.front()) && is_alnum(label.back()) &&
         std::ranges::all_of(label, [](char c) { return is_alnum(c) || c == '-'; });
}

bool is_host_name(std::string_view name) {
  while (true) {
    const std::size_t dot = name.find('.');
    if (!is_host_label(name.substr(0, dot))) {
      return false;
    }
    if (dot == std::string_view::npos) {
      return true;
    }
    name.remove_prefix(dot + 1);
  }
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

bool is_tag_character(char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; }

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
  return ImageRef{.repository = SOUS_TRY(ImageRepository::parse(name)),
                  .tag = std::move(tag),
                  .digest = digest};
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
  return ImageByDigest{.repository = SOUS_TRY(ImageRepository::parse(text.substr(0, at))),
                       .digest = SOUS_TRY(Digest::parse(text.substr(at + 1)))};
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
