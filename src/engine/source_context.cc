#include "engine/source_context.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "model/remote_url.h"

namespace sous::engine {
namespace {

const GitRemote* remote_named(const SourceFacts& facts, std::string_view name) {
  const auto found = std::ranges::find(facts.remotes, name, &GitRemote::name);
  return found == facts.remotes.end() ? nullptr : &*found;
}

bool is_remote_of(const GitRemote& remote, const std::string& repo) {
  const auto canonical = canonical_repo(remote.fetch_url);
  return canonical && *canonical == repo;
}

std::optional<std::string> named_repo(const SourceFacts& facts, const SourceRequest& request) {
  if (request.repo) {
    return request.repo;
  }
  return facts.configured_repo.empty() ? std::nullopt : std::optional{facts.configured_repo};
}

/// The version with the git tag behind it. `found_locally` and `at_remote` are the commits the tag
/// names; for a tag given as a bare version any tag of that version will do.
struct ChosenTag {
  Version version = Version::unversioned();
  std::string name;
  std::optional<Revision> local{};
  std::optional<Revision> remote{};
};

/// `1.2.3` and `v1.2.3` stand for any tag that gives the version.
bool is_bare_version(std::string_view name) {
  return Version::parse(name.starts_with('v') ? name.substr(1) : name).has_value();
}

std::optional<VersionTag> tag_for(const std::vector<VersionTag>& tags,
                                  const std::string& name,
                                  const Version& version) {
  if (const auto exact =
          std::ranges::find_if(tags, [&](const VersionTag& t) { return t.tag.name == name; });
      exact != tags.end()) {
    return *exact;
  }
  if (!is_bare_version(name)) {
    return std::nullopt;
  }
  const auto same =
      std::ranges::find_if(tags, [&](const VersionTag& t) { return t.version.version == version; });
  return same == tags.end() ? std::nullopt : std::optional{*same};
}

ChosenTag located(const SourceQuestion& question, std::string name, const Version& version) {
  ChosenTag out{.version = version, .name = std::move(name)};
  if (const auto remote = tag_for(question.remote_tags, out.name, version)) {
    out.remote = remote->tag.commit;
    out.name = remote->tag.name;
  }
  if (const auto local = tag_for(question.local_tags, out.name, version)) {
    out.local = local->tag.commit;
    out.name = local->tag.name;
  }
  return out;
}

Result<ChosenTag> chosen_tag(const SourceQuestion& question, std::string_view offset) {
  const auto& request = question.request;
  if (request.tag) {
    const auto never = [](std::string_view) { return false; };
    if (question.tag_of_other_directory) {
      return Error(Code::usage,
                   fmt::format("tag \"{}\" is a version of another directory", *request.tag))
          .hinted("name that directory with -offset, or a tag of this one");
    }
    if (const auto own = version_of_tag(*request.tag, offset, never)) {
      return located(question, *request.tag, own->version.without_build());
    }
    const auto problem = parse_version_tag(*request.tag);
    return Error(Code::usage,
                 problem ? fmt::format("tag \"{}\" is no version", *request.tag)
                         : problem.error().text())
        .hinted("give -tag a version such as 1.2.3, or a tag that ends in one");
  }
  if (question.facts.shallow) {
    return Error(Code::undecided, "this is a shallow clone: its tags and history are unknown")
        .hinted("run `git fetch --unshallow --tags`, or name the version with -tag");
  }
  if (!question.nearest) {
    return ChosenTag{};
  }
  const auto at = std::ranges::find_if(question.local_tags, [&](const VersionTag& tag) {
    return tag.tag.name == question.nearest->name;
  });
  if (at == question.local_tags.end()) {
    return Error(Code::internal, "the nearest tag is not among the tags that were asked for");
  }
  return located(question, at->tag.name, at->version.version.without_build());
}

/// Two tags that give one version for one offset on different commits.
bool is_ambiguous(const std::vector<VersionTag>& tags, const ChosenTag& chosen) {
  return std::ranges::any_of(tags, [&](const VersionTag& tag) {
    return tag.version.version == chosen.version &&
           std::ranges::any_of(tags, [&](const VersionTag& other) {
             return other.version.version == chosen.version && other.tag.commit != tag.tag.commit;
           });
  });
}

void judge_tag(const SourceQuestion& question, const ChosenTag& chosen, SourceContext& out) {
  if (chosen.name.empty()) {
    out.advisories.add(KnownAdvisory::no_versioned_tag);
    return;
  }
  if (!chosen.remote) {
    out.advisories.add(KnownAdvisory::ephemeral_tag);
    if (const auto* silent = std::get_if<RemoteSilent>(&question.remote)) {
      out.notes.push_back(
          fmt::format("the remote could not be asked for tag {}, so it counts as "
                      "ephemeral: {}",
                      chosen.name,
                      silent->why));
    }
  }
  // What decides a tag is the source repository; without its answer, this checkout's tag does.
  const auto& names = chosen.remote ? chosen.remote : chosen.local;
  if (names && names != question.facts.head) {
    out.advisories.add(KnownAdvisory::tag_not_on_built_revision);
  }
  if (is_ambiguous(question.remote_tags.empty() ? question.local_tags : question.remote_tags,
                   chosen)) {
    out.advisories.add(KnownAdvisory::tag_mismatch);
  }
}

void judge_repository(const SourceQuestion& question, SourceContext& out) {
  const auto& facts = question.facts;
  const std::string& repo = out.source.location.repo();
  if (facts.remotes.empty()) {
    out.advisories.add(KnownAdvisory::no_repository);
  } else if (std::ranges::none_of(facts.remotes, [&](const GitRemote& remote) {
               return is_remote_of(remote, repo);
             })) {
    out.advisories.add(KnownAdvisory::source_workspace_lacked_repo);
  }
}

void judge_revision(const SourceQuestion& question, SourceContext& out) {
  const auto& facts = question.facts;
  if (question.request.revision) {
    // A shallow clone does not know what else the repository holds.
    if (!question.requested && !facts.shallow) {
      out.advisories.add(KnownAdvisory::bogus_revision);
    }
    if (question.requested != facts.head) {
      out.advisories.add(KnownAdvisory::requested_revision_not_built);
    }
  }
  const auto* remote = std::get_if<RemoteTags>(&question.remote);
  const bool tagged_there =
      remote != nullptr && std::ranges::any_of(remote->tags, [&](const GitTag& tag) {
        return tag.commit == facts.head;
      });
  if (!facts.head_on_remote && !tagged_there) {
    out.advisories.add(KnownAdvisory::unpushed_revision);
  }
  if (facts.changed_count > 0) {
    out.advisories.add(KnownAdvisory::dirty_workspace);
  }
}

}  // namespace

const GitRemote* primary_remote(const SourceFacts& facts, const std::optional<std::string>& repo) {
  if (repo) {
    const auto same = std::ranges::find_if(
        facts.remotes, [&](const GitRemote& remote) { return is_remote_of(remote, *repo); });
    if (same != facts.remotes.end()) {
      return &*same;
    }
  }
  const GitRemote* upstream = remote_named(facts, "upstream");
  return upstream != nullptr ? upstream : remote_named(facts, "origin");
}

Result<SourceLocation> source_location(const SourceFacts& facts, const SourceRequest& request) {
  const std::string offset = request.offset.value_or(facts.offset);
  const auto named = named_repo(facts, request);
  if (named) {
    return SourceLocation::make(*named, offset).with("reading -repo and -offset");
  }
  const GitRemote* remote = primary_remote(facts, std::nullopt);
  if (remote == nullptr) {
    return Error(Code::usage,
                 fmt::format("{} has no remote called upstream or origin, so its repository has no "
                             "name",
                             facts.root))
        .hinted("name it with -repo R, or add a remote: git remote add origin URL");
  }
  const std::string repo =
      SOUS_TRY(canonical_repo(remote->fetch_url)
                   .with(fmt::format("reading the URL of remote {}", remote->name)));
  return SourceLocation::make(repo, offset);
}

Result<SourceContext> source_context(const SourceQuestion& question) {
  const auto location = SOUS_TRY(source_location(question.facts, question.request));
  if (!question.facts.head) {
    return Error(Code::usage, fmt::format("{} has no commit yet", question.facts.root))
        .hinted("commit something first: an image is named by its revision");
  }
  const auto chosen = SOUS_TRY(chosen_tag(question, location.offset()));
  SourceContext out{.source = {location, chosen.version},
                    .revision = question.facts.head,
                    .tag = chosen.name,
                    .advisories = {},
                    .notes = {},
                    .remote_url = {}};
  if (const GitRemote* remote = primary_remote(question.facts, location.repo())) {
    out.remote_url = without_credentials(remote->fetch_url);
  }
  judge_repository(question, out);
  judge_tag(question, chosen, out);
  judge_revision(question, out);
  if (question.request.developer_build) {
    out.advisories.add(KnownAdvisory::developer_build);
  }
  return out;
}

}  // namespace sous::engine
