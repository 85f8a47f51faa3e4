#include "app/source_reader.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace sous::app {
namespace {

using engine::SourceQuestion;

/// Which names are directories of the trees that local tags name, asked in one go.
class TaggedDirectories {
 public:
  static Result<TaggedDirectories> read(Node& node, const SourceFacts& facts, const Call& call) {
    std::vector<TaggedName> questions;
    for (const GitTag& tag : facts.tags) {
      for (auto& prefix : literal_prefixes(tag.name)) {
        questions.push_back({tag.name, std::move(prefix)});
      }
    }
    TaggedDirectories out;
    if (questions.empty()) {
      return out;
    }
    const auto answers = SOUS_TRY(node.sources.names_directory(facts.root, questions, call));
    for (std::size_t i = 0; i < questions.size(); ++i) {
      if (answers[i]) {
        out.prefixes_of_[questions[i].tag].push_back(std::move(questions[i].name));
      }
    }
    return out;
  }

  bool operator()(std::string_view tag, std::string_view name) const {
    const auto found = prefixes_of_.find(tag);
    return found != prefixes_of_.end() &&
           std::ranges::find(found->second, name) != found->second.end();
  }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> prefixes_of_;
};

engine::RemoteAnswer ask_remote(Node& node,
                                const SourceFacts& facts,
                                const SourceLocation& location,
                                const Call& call) {
  const GitRemote* remote = engine::primary_remote(facts, location.repo());
  if (remote == nullptr) {
    return engine::NoRemote{};
  }
  auto answer = node.sources.remote_tags(facts.root, remote->fetch_url, call);
  if (!answer) {
    return engine::RemoteSilent{answer.error().text()};
  }
  return std::move(*answer);
}

Result<std::optional<GitTag>> nearest_of(Node& node,
                                         const SourceQuestion& question,
                                         const Call& call) {
  if (question.local_tags.empty() || question.request.tag || !question.facts.head) {
    return std::optional<GitTag>{};
  }
  std::vector<std::string> names;
  names.reserve(question.local_tags.size());
  for (const auto& tag : question.local_tags) {
    names.push_back(tag.tag.name);
  }
  const auto nearest = SOUS_TRY(node.sources.nearest_tag(question.facts.root, names, call));
  return nearest ? std::optional{GitTag{nearest->tag, nearest->commit}} : std::nullopt;
}

}  // namespace

Result<SourceLocation> read_location(Node& node,
                                     const std::string& directory,
                                     const engine::SourceRequest& request,
                                     const Call& call) {
  const auto facts = SOUS_TRY(node.sources.inspect(directory, call));
  return engine::source_location(facts, request);
}

Result<SourceReading> read_source(Node& node,
                                  const std::string& directory,
                                  const engine::SourceRequest& request,
                                  const Call& call) {
  auto inspected = SOUS_TRY(node.sources.inspect(directory, call).with("looking at " + directory));
  SourceQuestion question{.facts = std::move(inspected),
                          .request = request,
                          .local_tags = {},
                          .remote_tags = {},
                          .nearest = {},
                          .remote = engine::NoRemote{},
                          .requested = {},
                          .tag_of_other_directory = false};
  const SourceFacts& facts = question.facts;
  const auto location = SOUS_TRY(engine::source_location(facts, request));
  const auto directories = SOUS_TRY(TaggedDirectories::read(node, facts, call));
  question.remote = ask_remote(node, facts, location, call);
  question.local_tags = engine::version_tags(facts.tags, location.offset(), directories);
  if (const auto* remote = std::get_if<RemoteTags>(&question.remote)) {
    question.remote_tags = engine::version_tags(remote->tags, location.offset(), directories);
  }
  if (request.tag) {
    const auto of_its_tree = [&](std::string_view name) { return directories(*request.tag, name); };
    question.tag_of_other_directory = parse_version_tag(*request.tag) &&
                                      !version_of_tag(*request.tag, location.offset(), of_its_tree);
  }
  question.nearest = SOUS_TRY(nearest_of(node, question, call));
  if (request.revision) {
    question.requested = SOUS_TRY(node.sources.resolve(facts.root, *request.revision, call));
  }
  auto context = SOUS_TRY(engine::source_context(question));
  return SourceReading{std::move(question.facts), std::move(context)};
}

}  // namespace sous::app
