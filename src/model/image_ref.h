#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"

namespace sous {

/// A repository in a registry: `host[:port]/path`. The host is always explicit.
struct ImageRepository {
  std::string host;
  std::string path;

  /// Fails with invalid_data where the grammar of sous-original 3.8 is not met or the host is
  /// absent.
  static Result<ImageRepository> parse(std::string_view text);
  std::string str() const;

  friend bool operator==(const ImageRepository&, const ImageRepository&) = default;
  friend auto operator<=>(const ImageRepository&, const ImageRepository&) = default;
};

/// A tag: a word character followed by up to 127 of `[A-Za-z0-9_.-]`.
class ImageTag {
 public:
  static Result<ImageTag> parse(std::string_view text);

  const std::string& str() const noexcept { return text_; }

  friend bool operator==(const ImageTag&, const ImageTag&) = default;
  friend auto operator<=>(const ImageTag&, const ImageTag&) = default;

 private:
  std::string text_;
};

/// `host[:port]/path[:tag][@digest]`.
struct ImageRef {
  ImageRepository repository;
  std::optional<ImageTag> tag;
  std::optional<Digest> digest;

  static Result<ImageRef> parse(std::string_view text);
  std::string str() const;

  friend bool operator==(const ImageRef&, const ImageRef&) = default;
};

/// `host/path@sha256:...`: the only form that is ever deployed.
struct ImageByDigest {
  ImageRepository repository;
  Digest digest;

  static Result<ImageByDigest> parse(std::string_view text);
  std::string str() const;

  friend bool operator==(const ImageByDigest&, const ImageByDigest&) = default;
  friend auto operator<=>(const ImageByDigest&, const ImageByDigest&) = default;
};

/// Where Sous keeps its images: `host[:port][/prefix]`.
struct RegistryBase {
  std::string host;
  std::string prefix;  // without surrounding slashes; may be empty

  static Result<RegistryBase> parse(std::string_view text);
  std::string str() const;

  friend bool operator==(const RegistryBase&, const RegistryBase&) = default;
};

}  // namespace sous
