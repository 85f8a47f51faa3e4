#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/deployment.h"
#include "model/gdm.h"
#include "model/manifest_id.h"

namespace sous::engine {

/// What a flag says of one field: the text of it, `*` or nothing.
class Matcher {
 public:
  static Matcher any() { return Matcher(std::nullopt); }

  static Matcher exactly(std::string text) { return Matcher(std::move(text)); }

  /// `*` is any; so is an absent flag or an empty text where `empty_is_any`, else that is exactly
  /// the empty text.
  static Matcher of_flag(const std::optional<std::string>& flag, bool empty_is_any);

  bool matches(std::string_view text) const { return !wanted_ || *wanted_ == text; }

  /// What it wants; absent for any.
  const std::optional<std::string>& wanted() const noexcept { return wanted_; }

  /// `*` for any.
  std::string str() const { return wanted_.value_or("*"); }

 private:
  explicit Matcher(std::optional<std::string> wanted) : wanted_(std::move(wanted)) {}

  std::optional<std::string> wanted_;
};

/// Which deployments a command is about (sous-original 1.16); every command that takes more than
/// one deployment filters by this. Everything, unless a field says otherwise.
struct Filter {
  Matcher repo = Matcher::any();
  Matcher offset = Matcher::any();
  Matcher flavor = Matcher::any();
  std::set<ClusterName> clusters = {};  // empty: any
  std::optional<Version> tag = {};      // equal as versions: build metadata does not count
  std::string revision = {};            // the beginning of the given revision; empty: any

  /// One manifest, in some clusters or in all.
  static Filter of(const ManifestId& manifest, std::set<ClusterName> in_clusters = {});

  bool matches(const SourceLocation& location) const;
  bool matches(const ManifestId& manifest) const;
  /// All but version and revision.
  bool matches(const DeploymentId& deployment) const;
  /// All; the revision is that of the deployment's given record.
  bool matches(const DeploymentId& deployment, const Version& version, const Gdm& gdm) const;

  /// All; version and revision are those that run, and match nothing where they are not known.
  bool matches(const ObservedDeployment& observed) const;

  /// Fails with usage when a cluster is named that is not defined.
  Status check_clusters(const Definitions& definitions) const;

  /// `<cluster:C repo:R offset:O flavor:F tag:T revision:V>` with `*` for any.
  std::string str() const;
};

}  // namespace sous::engine
