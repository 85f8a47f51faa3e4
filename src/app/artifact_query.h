#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/image_repositories.h"
#include "app/node.h"
#include "model/completeness.h"
#include "model/version_range.h"

namespace sous::app {

/// An artifact as the GDM's registrations and the index know it.
struct KnownArtifact {
  Digest digest;
  SourceId source;
  Revision revision;
  Advisories advisories;
  std::optional<WallTime> built_at;
  std::optional<WallTime> first_seen;  // when it was registered, else unknown
  bool registered = false;
  bool withdrawn = false;
  std::vector<ImageRepository> names;
};

struct ArtifactReport {
  std::vector<KnownArtifact> artifacts;  // by location, version, registration, digest
  Completeness completeness;
};

/// A label that an artifact must have, with that value where one is given.
struct LabelMatch {
  std::string key;
  std::optional<std::string> value;
};

/// Which artifacts are asked for; all conditions must hold.
struct ArtifactFilter {
  std::optional<SourceLocation> location;  // absent: every one that anything is known of
  std::optional<Version> version;
  std::optional<VersionRange> range;
  std::optional<std::string> revision;  // or its first digits, in lower case
  std::optional<Digest> digest;
  std::vector<LabelMatch> labels;  // of the image's config, or annotations of its manifest
};

struct ArtifactQuery {
  ArtifactFilter filter;
  bool scan = false;  // read the registries first, else the answer is what this node knows already
  NameRules names;
};

/// The artifacts that the GDM's registrations and the index know. Labels are facts of the index: of
/// an image whose config was never needed they are read now with `scan`, else the answer says that
/// they are missing.
Result<ArtifactReport> query_artifacts(Node& node, const ArtifactQuery& query, const Call& call);

}  // namespace sous::app
