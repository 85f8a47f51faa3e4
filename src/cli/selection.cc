#include "cli/selection.h"

#include <algorithm>
#include <array>
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

/// Whether a flag of a filter names something, and not any.
bool is_named(const std::optional<std::string>& flag) {
  return flag && !flag->empty() && *flag != "*";
}

Status check_all_flag(const Arguments& arguments) {
  constexpr std::array<std::string_view, 7> kRestricting{
      "source", "repo", "offset", "flavor", "cluster", "tag", "revision"};
  const auto other = std::ranges::find_if(
      kRestricting, [&](std::string_view flag) { return arguments.has(flag); });
  if (arguments.has("all") && other != kRestricting.end()) {
    return Error(Code::usage, fmt::format("-all is everything: leave out it or -{}", *other));
  }
  return ok();
}

using OptionalText = std::optional<std::string>;

/// Repository and offset of a filter's flags as they are stored, however people write them.
Result<std::pair<OptionalText, OptionalText>> stored_names(const Arguments& arguments) {
  if (arguments.has("source")) {
    const auto location = SOUS_TRY(named_location(arguments));
    return std::pair{OptionalText(location->repo()), OptionalText(location->offset())};
  }
  auto repo = arguments.value("repo");
  auto offset = arguments.value("offset");
  if (!is_named(repo)) {
    return std::pair{std::move(repo), std::move(offset)};
  }
  const bool any_offset = offset == "*";
  const auto location = SourceLocation::make(*repo, any_offset ? "" : offset.value_or(""));
  if (!location) {
    return as_usage(location.error(), "repo");
  }
  return std::pair{OptionalText(location->repo()),
                   OptionalText(any_offset ? "*" : location->offset())};
}

}  // namespace

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

std::vector<FlagSpec> location_flags() {
  return {{.name = "source", .value = "LOCATION", .help = "repository[,offset] in one word"},
          {.name = "repo", .value = "REPOSITORY", .help = "the repository; else the checkout's"},
          {.name = "offset", .value = "DIRECTORY", .help = "the directory inside it"}};
}

std::vector<FlagSpec> filter_flags() {
  auto out = location_flags() + flavor_flag() + cluster_flag();
  out.push_back({.name = "tag", .value = "TAG", .help = "the version or its git tag"});
  out.push_back(revision_flag());
  out.push_back({.name = "all", .help = "everything, which is the default"});
  return out;
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

FlagSpec confirm_flag() {
  return {.name = "confirm", .value = "N", .help = "agree that N deployments end or restart"};
}

FlagSpec release_flag() {
  return {.name = "release", .help = "also where the deployment is held; ends the hold"};
}

Result<std::optional<std::size_t>> confirmed(const Session& session) {
  const auto count = session.arguments().value("confirm");
  if (!count) {
    return std::optional<std::size_t>{};
  }
  auto parsed = parse_uint(*count);
  if (!parsed) {
    return std::move(parsed.error()).with("-confirm").as(Code::usage);
  }
  return std::optional<std::size_t>{*parsed};
}

std::vector<FlagSpec> operator+(std::vector<FlagSpec> flags, FlagSpec flag) {
  flags.push_back(std::move(flag));
  return flags;
}

Result<std::string> directory_of(const Session& session, std::size_t place) {
  const auto path = session.arguments().word(place);
  if (path && session.arguments().has("offset")) {
    return Error(Code::usage, "Cannot use both --offset and path argument")
        .hinted("the path names the directory already");
  }
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

Result<engine::Filter> selected_filter(const Session& session) {
  const Arguments& arguments = session.arguments();
  SOUS_TRY_VOID(check_all_flag(arguments));
  SOUS_TRY_VOID(check_source_flag(arguments));
  const auto [repo, offset] = SOUS_TRY(stored_names(arguments));
  const bool any_repo = !is_named(repo);
  const auto of_flag = [&](const std::optional<std::string>& flag) {
    return engine::Matcher::of_flag(flag, !flag && any_repo);
  };
  engine::Filter out;
  out.repo = engine::Matcher::of_flag(repo, true);
  out.offset = of_flag(offset);
  out.flavor = of_flag(arguments.value("flavor"));
  if (arguments.values("cluster") != std::vector<std::string>{"*"}) {
    out.clusters = SOUS_TRY(selected_clusters(session));
  }
  if (is_named(arguments.value("tag"))) {
    out.tag = SOUS_TRY(tag_version(session, out.offset.wanted().value_or("")));
  }
  if (is_named(arguments.value("revision"))) {
    out.revision = SOUS_TRY(wanted_revision(arguments)).value_or("");
  }
  return out;
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
