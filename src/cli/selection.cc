#include "cli/selection.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/lock_edits.h"
#include "base/text.h"
#include "model/git_tag.h"
#include "model/remote_url.h"

namespace sous::cli {
namespace {

constexpr std::size_t kFewestDigits = 7;

Status check_source_flag(const Arguments& arguments) {
  if (arguments.has("source") && (arguments.has("repo") || arguments.has("offset"))) {
    return Error(Code::usage,
                 "-source names the repository and the offset: leave out -repo and "
                 "-offset");
  }
  return ok();
}

Error as_usage(Error error, std::string_view flag) {
  return std::move(error).with(fmt::format("-{}", flag)).as(Code::usage);
}

/// The location that flags alone name; absent when they name none.
Result<std::optional<SourceLocation>> named_location(const Arguments& arguments) {
  SOUS_TRY_VOID(check_source_flag(arguments));
  if (const auto source = arguments.value("source")) {
    auto parts = parse_source_flag(*source);
    if (!parts) {
      return as_usage(std::move(parts.error()), "source");
    }
    auto location = SourceLocation::make(parts->first, parts->second);
    if (!location) {
      return as_usage(std::move(location.error()), "source");
    }
    return std::optional{std::move(*location)};
  }
  const auto repo = arguments.value("repo");
  if (!repo) {
    return std::optional<SourceLocation>{};
  }
  auto location = SourceLocation::make(*repo, arguments.value("offset").value_or(""));
  if (!location) {
    return as_usage(std::move(location.error()), "repo");
  }
  return std::optional{std::move(*location)};
}

Result<std::optional<std::string>> wanted_revision(const Arguments& arguments) {
  const auto revision = arguments.value("revision");
  if (!revision) {
    return std::optional<std::string>{};
  }
  const std::string lower = to_lower_ascii(*revision);
  if (lower.size() < kFewestDigits ||
      lower.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return Error(Code::usage,
                 fmt::format("-revision {}: not the hash of a commit", quote(*revision)))
        .hinted("give seven or more of its digits");
  }
  return std::optional{lower};
}

}  // namespace

std::vector<FlagSpec> location_flags() {
  return {{.name = "source", .value = "LOCATION", .help = "repository[,offset] in one word"},
          {.name = "repo", .value = "REPOSITORY", .help = "the repository; else the checkout's"},
          {.name = "offset", .value = "DIRECTORY", .help = "the directory inside it"}};
}

FlagSpec flavor_flag() {
  return {.name = "flavor", .value = "FLAVOR", .help = "the flavor of the manifest"};
}

FlagSpec cluster_flag() {
  return {.name = "cluster", .value = "CLUSTER", .help = "a cluster", .repeatable = true};
}

FlagSpec tag_flag() {
  return {.name = "tag", .value = "TAG", .help = "the version or its git tag; else the nearest"};
}

FlagSpec revision_flag() {
  return {.name = "revision", .value = "COMMIT", .help = "the commit that is wanted"};
}

FlagSpec reason_flag() {
  return {.name = "reason", .value = "WHY", .help = "why; it is kept in the record"};
}

std::vector<FlagSpec> operator+(std::vector<FlagSpec> flags, FlagSpec flag) {
  flags.push_back(std::move(flag));
  return flags;
}

std::string directory_of(const Session& session, std::size_t place) {
  const auto path = session.arguments().word(place);
  return path ? session.absolute(*path) : session.environment().directory;
}

Result<app::SourceRequest> source_request(const Session& session) {
  const Arguments& arguments = session.arguments();
  SOUS_TRY_VOID(check_source_flag(arguments));
  app::SourceRequest out{.repo = arguments.value("repo"),
                         .offset = arguments.value("offset"),
                         .tag = arguments.value("tag"),
                         .revision = arguments.value("revision"),
                         .developer_build = arguments.has("dev")};
  if (arguments.has("source")) {
    const auto named = SOUS_TRY(named_location(arguments));
    out.repo = named->repo();
    out.offset = named->offset();
  }
  return out;
}

Result<SourceLocation> selected_location(Session& session, app::Node& node, const Call& call) {
  if (auto named = SOUS_TRY(named_location(session.arguments()))) {
    return std::move(*named);
  }
  const auto request = SOUS_TRY(source_request(session));
  auto read = app::read_location(node, session.environment().directory, request, call);
  if (!read && read.error().code() == Code::not_found) {
    return Error(Code::usage, read.error().text())
        .hinted("go to a checkout, or name the repository with -repo");
  }
  return read;
}

Result<ManifestId> selected_manifest(Session& session, app::Node& node, const Call& call) {
  auto location = SOUS_TRY(selected_location(session, node, call));
  auto id = ManifestId::make(std::move(location), session.arguments().value("flavor").value_or(""));
  if (!id) {
    return as_usage(std::move(id.error()), "flavor");
  }
  return id;
}

Result<std::set<ClusterName>> selected_clusters(const Session& session) {
  std::set<ClusterName> out;
  for (const auto& text : session.arguments().values("cluster")) {
    auto name = ClusterName::parse(text);
    if (!name) {
      return as_usage(std::move(name.error()), "cluster");
    }
    out.insert(std::move(*name));
  }
  return out;
}

Result<std::pair<SourceId, Digest>> selected_registration(Session& session,
                                                          app::Node& node,
                                                          const std::string& digest,
                                                          const Call& call) {
  const auto location = SOUS_TRY(selected_location(session, node, call));
  const auto version = SOUS_TRY(tag_version(session, location.offset()));
  return app::find_registration(node, location, version, digest, call);
}

Result<std::string> needed_reason(const Session& session) {
  auto reason = session.arguments().value("reason");
  if (!reason) {
    return Error(Code::usage, "-reason is needed").hinted("add -reason \"why\"");
  }
  return std::move(*reason);
}

Result<std::optional<Version>> tag_version(const Session& session, const std::string& offset) {
  const auto tag = session.arguments().value("tag");
  if (!tag) {
    return std::optional<Version>{};
  }
  if (auto own = version_of_tag(*tag, offset, [](std::string_view) { return false; })) {
    return std::optional{std::move(own->version)};
  }
  auto parsed = parse_version_tag(*tag);
  if (!parsed) {
    return as_usage(std::move(parsed.error()), "tag");
  }
  return std::optional{std::move(parsed->version)};
}

Result<SelectedVersion> selected_version(Session& session, app::Node& node, const Call& call) {
  auto location = SOUS_TRY(selected_location(session, node, call));
  auto revision = SOUS_TRY(wanted_revision(session.arguments()));
  if (auto version = SOUS_TRY(tag_version(session, location.offset()))) {
    return SelectedVersion{{std::move(location), std::move(*version)}, std::move(revision)};
  }
  const auto request = SOUS_TRY(source_request(session));
  auto reading = app::read_source(node, session.environment().directory, request, call);
  if (!reading && reading.error().code() == Code::not_found) {
    return Error(Code::usage, "no version was named").hinted("name it with -tag");
  }
  const auto read = SOUS_TRY(std::move(reading));
  for (const auto& note : read.context.notes) {
    session.output().note(note);
  }
  const SourceId& source = read.context.source;
  // A commit without any version tag is only that commit (design.md section 5).
  if (!revision && source.version == Version::unversioned() && read.context.revision) {
    revision = read.context.revision->str();
  }
  return SelectedVersion{{std::move(location), source.version}, std::move(revision)};
}

}  // namespace sous::cli
