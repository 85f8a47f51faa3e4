#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/shared_text.h"

namespace sous {

/// A semantic version (semver.org 2.0) with the original's leniency: missing minor and patch are
/// zero and the detail given is remembered for printing; leading zeros and a bare trailing `-` or
/// `+` are accepted and not printed. Value type.
///
/// Order and equality follow semver precedence, so build metadata does not count: `1`, `1.0.0` and
/// `1.0.0+x` are equal.
class Version {
 public:
  enum class Detail : std::uint8_t { major, minor, patch };

  static constexpr std::size_t kMaxLength = 255;

  Version() = default;
  Version(std::uint64_t major,
          std::uint64_t minor,
          std::uint64_t patch,
          std::string prerelease = {});

  /// Fails with invalid_data: `unexpected character 'X' at position N` and the like
  /// (sous-original 1.3). Longer input than kMaxLength is refused.
  static Result<Version> parse(std::string_view text);
  /// The version of a source without any version tag: `0.0.0-unversioned`.
  static Version unversioned();

  std::uint64_t major() const noexcept { return major_; }

  std::uint64_t minor() const noexcept { return minor_; }

  std::uint64_t patch() const noexcept { return patch_; }

  const std::string& prerelease() const noexcept { return prerelease_.str(); }

  const std::string& build() const noexcept { return build_.str(); }

  /// True for `0`, `0.0` and `0.0.0`: "no version yet" (design.md section 11).
  bool is_none() const noexcept;

  /// As given: remembered detail, prerelease and build metadata.
  std::string str() const;
  /// `M.m.p[-pre]`: what labels, tags and file names hold.
  std::string canonical() const;
  /// The same version without build metadata.
  Version without_build() const;

  friend bool operator==(const Version& a, const Version& b) noexcept;
  friend std::strong_ordering operator<=>(const Version& a, const Version& b) noexcept;

 private:
  std::uint64_t major_ = 0;
  std::uint64_t minor_ = 0;
  std::uint64_t patch_ = 0;
  SharedText prerelease_;
  SharedText build_;
  Detail detail_ = Detail::patch;
};

}  // namespace sous
