#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "engine/version_tags.h"
#include "model/advisory.h"
#include "model/source_facts.h"

namespace sous::engine {

/// What the user asked for; an absent field is derived from the checkout.
struct SourceRequest {
  std::optional<std::string> repo;
  std::optional<std::string> offset;
  std::optional<std::string> tag;
  std::optional<std::string> revision;
  bool developer_build = false;
};

/// The primary remote could not be asked.
struct RemoteSilent {
  std::string why;
};

/// There is no remote to ask.
struct NoRemote {};

using RemoteAnswer = std::variant<NoRemote, RemoteSilent, RemoteTags>;

/// Everything the identity of a build is derived from.
struct SourceQuestion {
  SourceFacts facts;
  SourceRequest request;
  std::vector<VersionTag> local_tags;   // versions for the offset, in this checkout
  std::vector<VersionTag> remote_tags;  // the same at the remote
  std::optional<GitTag> nearest;        // of local_tags, what git describe finds
  RemoteAnswer remote;
  std::optional<Revision> requested;    // what request.revision stands for, if anything
  bool tag_of_other_directory = false;  // request.tag is no version here: its prefix is another's
};

/// Which source a checkout is, and how unhygienic a build of it would be (design.md section 4).
struct SourceContext {
  SourceId source;
  std::optional<Revision> revision;
  std::string tag;  // the git tag the version came from; empty without one
  Advisories advisories;
  std::vector<std::string> notes;  // what people should know, e.g. that the remote did not answer
  std::string remote_url;          // without credentials; empty without remote
};

/// The remote whose URL stands for the repository: `upstream`, else `origin`; with `repo` the one
/// that is that repository, if any (sous-original 2.2). Null when there is none.
const GitRemote* primary_remote(const SourceFacts& facts, const std::optional<std::string>& repo);

/// The location a checkout stands for. Fails with usage when neither a remote nor `-repo` names it,
/// with invalid_data when they are unreadable.
Result<SourceLocation> source_location(const SourceFacts& facts, const SourceRequest& request);

/// Derives the context. Fails with usage (a tag that is no version, nothing committed), and with
/// undecided in a shallow clone that was given no tag.
Result<SourceContext> source_context(const SourceQuestion& question);

}  // namespace sous::engine
