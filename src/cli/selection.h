#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/queries.h"
#include "app/source_reader.h"
#include "cli/command.h"
#include "cli/session.h"
#include "model/manifest_id.h"

/// What a command is about: flags first, then the checkout in the current directory.
namespace sous::cli {

/// The flags `-source -repo -offset`, and more of the same family.
std::vector<FlagSpec> location_flags();
/// Those of a command that takes more than one deployment: what selected_filter reads.
std::vector<FlagSpec> filter_flags();
FlagSpec flavor_flag();
FlagSpec cluster_flag();
FlagSpec tag_flag();
FlagSpec revision_flag();
FlagSpec reason_flag();

FlagSpec confirm_flag();
FlagSpec release_flag();

/// The number of `-confirm`; absent without it. Fails with usage.
Result<std::optional<std::size_t>> confirmed(const Session& session);

std::vector<FlagSpec> operator+(std::vector<FlagSpec> flags, FlagSpec flag);

/// The directory to work in: a path given as word `place`, else the current one.
Result<std::string> directory_of(const Session& session, std::size_t place);

/// The flags for a command that works on a checkout. Fails with usage when `-source` comes with
/// `-repo` or `-offset`.
Result<app::SourceRequest> source_request(const Session& session);

/// The location of `-source`, of `-repo` with `-offset`, or of the checkout.
Result<SourceLocation> selected_location(Session& session, app::Node& node, const Call& call);
Result<ManifestId> selected_manifest(Session& session, app::Node& node, const Call& call);
Result<std::set<ClusterName>> selected_clusters(const Session& session);
/// Which deployments: `-all`, or those of the flags, where `*` is any. Without `-offset` or
/// `-flavor` it is any, but exactly none beside a repository that is named (sous-original 1.16).
/// The checkout is not asked. Fails with usage, also for `-all` beside another of them.
Result<engine::Filter> selected_filter(const Session& session);

/// A version and, where something names one, the revision wanted of it.
struct SelectedVersion {
  SourceId source;
  std::optional<std::string> revision;
};

/// The version of `-tag` (a git tag or a version), else the checkout's nearest one.
Result<SelectedVersion> selected_version(Session& session, app::Node& node, const Call& call);
/// The one registration that a digest, or the beginning of one, names in the selected location; of
/// the version of `-tag` where given.
Result<std::pair<SourceId, Digest>> selected_registration(Session& session,
                                                          app::Node& node,
                                                          const std::string& digest,
                                                          const Call& call);
/// The value of `-reason`. Fails with usage without it.
Result<std::string> needed_reason(const Session& session);

/// The revision of `-revision`, or its first digits, in lower case. Fails with usage.
Result<std::optional<std::string>> wanted_revision(const Arguments& arguments);
/// The version of `-tag` alone; absent without it. Fails with usage.
Result<std::optional<Version>> tag_version(const Session& session, const std::string& offset);

}  // namespace sous::cli
