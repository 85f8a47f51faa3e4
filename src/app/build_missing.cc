#include "app/build_missing.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/build_space.h"
#include "app/gdm_access.h"
#include "app/image_search.h"
#include "engine/source_context.h"
#include "engine/version_tags.h"
#include "model/git_tag.h"

namespace sous::app {
namespace {

/// The template of a host with the repository put in: `{path}` is what follows the host.
std::string filled_in(std::string text, const std::string& repo) {
  const std::string path = repo.substr(std::min(repo.find('/') + 1, repo.size()));
  constexpr std::string_view kPath = "{path}";
  for (std::size_t at = text.find(kPath); at != std::string::npos;
       at = text.find(kPath, at + path.size())) {
    text.replace(at, kPath.size(), path);
  }
  return text;
}

std::string clone_url(Node& node, const MissingBuild& request, const Call& call) {
  const std::string& repo = request.source.location.repo();
  if (const auto facts = node.sources.inspect(request.directory, call)) {
    const auto here = engine::source_location(*facts, {});
    const GitRemote* remote = engine::primary_remote(*facts, repo);
    if (remote != nullptr && here && here->repo() == repo) {
      return remote->fetch_url;
    }
  }
  const auto configured = node.settings.clone_urls.find(repo.substr(0, repo.find('/')));
  return configured == node.settings.clone_urls.end() ? "https://" + repo
                                                      : filled_in(configured->second, repo);
}

/// The remote's tag that gives a version; absent when there is none.
std::optional<GitTag> tag_of(const RemoteTags& remote, const SourceId& source) {
  const auto never = [](std::string_view, std::string_view) { return false; };
  for (auto& tag : engine::version_tags(remote.tags, source.location.offset(), never)) {
    if (tag.version.version.without_build() == source.version.without_build()) {
      return tag.tag;
    }
  }
  return std::nullopt;
}

/// A tag with the name of another directory in front is a version of that one.
Status refuse_tag_of_another(Node& node,
                             const std::string& clone,
                             const GitTag& tag,
                             const SourceLocation& location,
                             const Call& call) {
  std::vector<TaggedName> questions;
  for (auto& prefix : literal_prefixes(tag.name)) {
    questions.push_back({tag.name, std::move(prefix)});
  }
  const auto answers = SOUS_TRY(node.sources.names_directory(clone, questions, call));
  const auto names_directory = [&](std::string_view, std::string_view name) {
    const auto at = std::ranges::find(questions, name, &TaggedName::name);
    return at != questions.end() && answers[static_cast<std::size_t>(at - questions.begin())];
  };
  if (engine::version_tags(std::vector{tag}, location.offset(), names_directory).empty()) {
    return Error(
        Code::not_found,
        fmt::format(
            "tag {} is a version of another directory, not of {}", tag.name, location.str()));
  }
  return ok();
}

}  // namespace

Result<std::optional<BuildReport>> build_if_missing(Node& node,
                                                    const MissingBuild& request,
                                                    const BuildProgress& progress,
                                                    const Call& call) {
  const auto state = SOUS_TRY(read_gdm(node, call));
  const auto decision = SOUS_TRY(decide(node, state.gdm, request.source, request.revision, call));
  if (!std::holds_alternative<NoImage>(decision.verdict)) {
    return std::optional<BuildReport>{};
  }
  const std::string url = clone_url(node, request, call);
  const auto space = SOUS_TRY(BuildSpace::make(node, call));
  const auto tags = SOUS_TRY(node.sources.remote_tags(space->path(), url, call));
  const auto tag = tag_of(tags, request.source);
  if (!tag && !request.revision) {
    return Error(Code::not_found,
                 fmt::format("no image: nothing was built for {}, and its repository has no tag "
                             "for that version",
                             request.source.str()))
        .hinted("push the tag, or name the commit with -revision");
  }
  const std::string clone = space->path() + "/source";
  SOUS_TRY_VOID(node.files.make_directories(clone));
  if (progress.step) {
    progress.step(fmt::format("cloning {} at {}",
                              request.source.location.repo(),
                              request.revision.value_or(tag ? tag->name : "")));
  }
  SOUS_TRY_VOID(node.sources.clone_at(
      url, request.revision.value_or(tag ? tag->commit.str() : ""), clone, call));
  if (tag) {
    SOUS_TRY_VOID(refuse_tag_of_another(node, clone, *tag, request.source.location, call));
  }
  BuildRequest build_request;
  build_request.directory = clone;
  build_request.source.repo = request.source.location.repo();
  build_request.source.offset = request.source.location.offset();
  build_request.source.tag = tag ? tag->name : request.source.version.canonical();
  return std::optional{SOUS_TRY(build(node, build_request, progress, call))};
}

}  // namespace sous::app
