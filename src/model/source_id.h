#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/shared_text.h"
#include "model/semver.h"

namespace sous {

/// A full commit hash: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits.
class Revision {
 public:
  static Result<Revision> parse(std::string_view text);

  const std::string& str() const noexcept { return hex_.str(); }

  /// The first 12 digits, for people.
  std::string short_hex() const { return str().substr(0, 12); }

  friend bool operator==(const Revision&, const Revision&) = default;
  friend auto operator<=>(const Revision&, const Revision&) = default;

 private:
  SharedText hex_;
};

/// A repository and a directory (offset) inside it. NFC text. The offset is a relative path without
/// `.`, `..`, empty parts or surrounding slashes; empty means the repository's root.
class SourceLocation {
 public:
  static constexpr std::size_t kMaxLength = 1024;

  /// `repo[,offset]`, or with another delimiter named by the first character (sous-original 1.2).
  /// Fails with invalid_data.
  static Result<SourceLocation> parse(std::string_view text);
  /// From parts that were told apart already (flags, labels). Same rules for each part.
  static Result<SourceLocation> make(std::string_view repo, std::string_view offset);

  const std::string& repo() const noexcept { return repo_.str(); }

  const std::string& offset() const noexcept { return offset_.str(); }

  /// `repo` or `repo,offset`.
  std::string str() const;
  /// The last part of the repository. Fails with invalid_data when there are fewer than three
  /// parts.
  Result<std::string> short_name() const;

  friend bool operator==(const SourceLocation&, const SourceLocation&) = default;
  friend auto operator<=>(const SourceLocation&, const SourceLocation&) = default;

 private:
  SharedText repo_;
  SharedText offset_;
};

/// Which source, in which version: what a manifest names. `repo,version[,offset]`. The revision,
/// where known, is a field of its own beside it (design.md section 4).
struct SourceId {
  SourceLocation location;
  Version version;

  /// Reads `repo,version[,offset]` or another delimiter. Fails with invalid_data.
  static Result<SourceId> parse(std::string_view text);
  std::string str() const;

  friend bool operator==(const SourceId&, const SourceId&) = default;
  friend auto operator<=>(const SourceId&, const SourceId&) = default;
};

}  // namespace sous
