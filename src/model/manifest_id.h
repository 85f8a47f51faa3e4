#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/shared_text.h"
#include "model/source_id.h"

namespace sous {

/// The name of a cluster: the key in the definitions, never empty, without `:`, `/`, white space or
/// control characters; at most 100 bytes.
class ClusterName {
 public:
  static Result<ClusterName> parse(std::string_view text);

  const std::string& str() const noexcept { return text_.str(); }

  friend bool operator==(const ClusterName&, const ClusterName&) = default;
  friend auto operator<=>(const ClusterName&, const ClusterName&) = default;

 private:
  SharedText text_;
};

/// A source location and a flavor (may be empty): `repo[,offset][~flavor]`.
class ManifestId {
 public:
  static Result<ManifestId> parse(std::string_view text);
  static Result<ManifestId> make(SourceLocation source, std::string_view flavor);

  explicit ManifestId(SourceLocation source) : source_(std::move(source)) {}

  const SourceLocation& source() const noexcept { return source_; }

  const std::string& flavor() const noexcept { return flavor_.str(); }

  std::string str() const;

  friend bool operator==(const ManifestId&, const ManifestId&) = default;
  friend auto operator<=>(const ManifestId&, const ManifestId&) = default;

 private:
  ManifestId() = default;

  SourceLocation source_;
  SharedText flavor_;
};

/// One manifest in one cluster: `cluster:manifest`.
struct DeploymentId {
  ManifestId manifest;
  ClusterName cluster;

  static Result<DeploymentId> parse(std::string_view text);
  std::string str() const;

  friend bool operator==(const DeploymentId&, const DeploymentId&) = default;
  friend auto operator<=>(const DeploymentId&, const DeploymentId&) = default;
};

}  // namespace sous
