#include "codec/record_paths.h"

#include <array>
#include <optional>
#include <utility>

#include "base/text.h"

namespace sous::codec {
namespace {

constexpr std::string_view kSuffix = ".yaml";

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kHex[byte >> 4U];
  out += kHex[byte & 0xfU];
}

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '%' || c == '\\') {
      append_escaped(out, c);
    } else {
      out += c;
    }
  }
  return out;
}

// Names that git refuses in a tree, on Linux too: `.git` and its short name on Windows, also with
// dots and spaces after it.
bool is_reserved_by_git(std::string_view part) {
  const std::string lower = to_lower_ascii(part);
  for (const std::string_view name : {".git", "git~1"}) {
    if (lower.starts_with(name)) {
      const auto next = lower.find_first_not_of(". ", name.size());
      return next == std::string::npos || lower[next] == ':';
    }
  }
  return false;
}

// One directory of a path. It must not look like a record: no tree holds both under one name.
std::string directory(std::string_view part) {
  std::string out;
  if (is_reserved_by_git(part)) {
    append_escaped(out, part.front());
    part.remove_prefix(1);
  }
  if (part.ends_with(kSuffix)) {
    out += part.substr(0, part.size() - kSuffix.size());
    append_escaped(out, '.');
    part.remove_prefix(part.size() - kSuffix.size() + 1);
  }
  return out.append(part);
}

// All parts of an escaped path as directories, but the last where `last_is_file`.
std::string directories(const std::string& escaped, bool last_is_file) {
  const auto parts = split(escaped, '/');
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool is_last = i + 1 == parts.size();
    out += is_last && last_is_file ? std::string(parts[i]) : directory(parts[i]);
    out += is_last ? "" : "/";
  }
  return out;
}

std::optional<unsigned> hex_value(char c) {
  if (is_digit(c)) {
    return static_cast<unsigned>(c - '0');
  }
  if (c >= 'A' && c <= 'F') {
    return static_cast<unsigned>(c - 'A') + 10U;
  }
  return std::nullopt;
}

Error no_record(std::string_view path) {
  return Error(Code::invalid_data, "`" + std::string(path) + "` is not the path of a record");
}

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    const auto high = at + 2 < text.size() ? hex_value(text[at + 1]) : std::nullopt;
    const auto low = at + 2 < text.size() ? hex_value(text[at + 2]) : std::nullopt;
    if (!high || !low) {
      return std::nullopt;
    }
    out += static_cast<char>(*high * 16 + *low);
    at += 2;
  }
  return out;
}

// What stands between the directory and the suffix.
Result<std::string> name_in(std::string_view path, std::string_view directory) {
  const bool fits = path.starts_with(directory) && path.ends_with(kSuffix) &&
                    path.size() > directory.size() + kSuffix.size();
  if (!fits) {
    return no_record(path);
  }
  path.remove_prefix(directory.size());
  path.remove_suffix(kSuffix.size());
  return std::string(path);
}

// The name cut at its last slash, both halves unescaped.
Result<std::pair<std::string, std::string>> halves_in(std::string_view path,
                                                      std::string_view directory) {
  const std::string name = SOUS_TRY(name_in(path, directory));
  const auto slash = name.rfind('/');
  if (slash == std::string::npos) {
    return no_record(path);
  }
  auto left = unescape(std::string_view(name).substr(0, slash));
  auto right = unescape(std::string_view(name).substr(slash + 1));
  if (!left || !right) {
    return no_record(path);
  }
  return std::pair{std::move(*left), std::move(*right)};
}

}  // namespace

std::string manifest_path(const ManifestId& id) {
  std::string out(kManifestsDirectory);
  return out.append(directories(escape(id.str()), true)).append(kSuffix);
}

std::string lock_path(const SourceId& source) {
  std::string out(kLocksDirectory);
  out += directories(escape(source.location.str()), false);
  return out.append("/").append(source.version.canonical()).append(kSuffix);
}

std::string given_path(const DeploymentId& deployment) {
  std::string out(kGivenDirectory);
  out += directories(escape(deployment.manifest.str()), false);
  return out.append("/").append(escape(deployment.cluster.str())).append(kSuffix);
}

Result<ManifestId> manifest_of_path(std::string_view path) {
  const auto name = unescape(SOUS_TRY(name_in(path, kManifestsDirectory)));
  if (!name) {
    return no_record(path);
  }
  ManifestId id = SOUS_TRY(ManifestId::parse(*name));
  if (manifest_path(id) != path) {
    return no_record(path);
  }
  return id;
}

Result<SourceId> lock_of_path(std::string_view path) {
  const auto halves = SOUS_TRY(halves_in(path, kLocksDirectory));
  auto location = SOUS_TRY(SourceLocation::parse(halves.first));
  auto version = SOUS_TRY(Version::parse(halves.second));
  SourceId source{.location = std::move(location), .version = std::move(version)};
  if (lock_path(source) != path) {
    return no_record(path);
  }
  return source;
}

Result<DeploymentId> given_of_path(std::string_view path) {
  const auto halves = SOUS_TRY(halves_in(path, kGivenDirectory));
  auto manifest = SOUS_TRY(ManifestId::parse(halves.first));
  auto cluster = SOUS_TRY(ClusterName::parse(halves.second));
  DeploymentId deployment{.manifest = std::move(manifest), .cluster = std::move(cluster)};
  if (given_path(deployment) != path) {
    return no_record(path);
  }
  return deployment;
}

}  // namespace sous::codec
