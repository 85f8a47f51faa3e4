#include "support/fake_source_inspector.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "model/remote_url.h"

namespace sous::support {
namespace {

using Checkout = FakeSourceInspector::Checkout;
using State = FakeSourceInspector::State;

Result<Checkout*> checkout_at(State& state, const std::string& directory) {
  for (auto& [root, checkout] : state.checkouts) {
    if (directory == root || directory.starts_with(root + "/")) {
      return &checkout;
    }
  }
  return Error(Code::not_found, "there is no git work tree at " + directory);
}

Error cut_off(const std::string& what) {
  return Error(Code::undecided, "this is a shallow clone, so " + what + " cannot be told");
}

bool is_or_ends_in(const std::string& path, const std::string& name) {
  return path == name || (!name.contains('/') && path.ends_with("/" + name));
}

std::optional<Revision> find_commit(const Checkout& checkout, const std::string& name) {
  if (const auto tag = std::ranges::find(checkout.facts.tags, name, &GitTag::name);
      tag != checkout.facts.tags.end()) {
    return tag->commit;
  }
  constexpr std::size_t kFewestDigits = 4;
  for (const auto& revision : checkout.history) {
    if (name.size() >= kFewestDigits && revision.str().starts_with(name)) {
      return revision;
    }
  }
  return name == "HEAD" ? checkout.facts.head : std::nullopt;
}

}  // namespace

void FakeSourceInspector::put(Checkout checkout) {
  auto state = state_.lock();
  const std::string root = checkout.facts.root;
  state->checkouts[root] = std::move(checkout);
}

void FakeSourceInspector::change(const std::string& root,
                                 const std::function<void(Checkout&)>& change) {
  auto state = state_.lock();
  change(state->checkouts.at(root));
}

void FakeSourceInspector::put_remote(const std::string& url, std::vector<GitTag> tags) {
  auto state = state_.lock();
  state->remotes[url] = std::move(tags);
}

void FakeSourceInspector::silence(const std::string& url) {
  auto state = state_.lock();
  state->remotes[url] = std::nullopt;
}

void FakeSourceInspector::put_clone(const std::string& url, Checkout checkout) {
  auto state = state_.lock();
  state->clones[url] = std::move(checkout);
}

Result<SourceFacts> FakeSourceInspector::inspect(const std::string& directory, const Call&) {
  return at_point(points_, "source.inspect", Effect::reads, [&]() -> Result<SourceFacts> {
    auto state = state_.lock();
    SourceFacts facts = SOUS_TRY(checkout_at(*state, directory))->facts;
    facts.offset = directory == facts.root ? "" : directory.substr(facts.root.size() + 1);
    return facts;
  });
}

Result<RemoteTags> FakeSourceInspector::remote_tags(const std::string&,
                                                    const std::string& remote_url,
                                                    const Call&) {
  return at_point(points_, "source.remote_tags", Effect::reads, [&]() -> Result<RemoteTags> {
    auto state = state_.lock();
    const auto remote = state->remotes.find(remote_url);
    if (remote == state->remotes.end() || !remote->second) {
      return Error(Code::unavailable,
                   "asking " + without_credentials(remote_url) + " failed: no answer");
    }
    return RemoteTags{.url = without_credentials(remote_url), .tags = *remote->second};
  });
}

Result<std::vector<bool>> FakeSourceInspector::names_directory(const std::string& root,
                                                               std::span<const TaggedName> names,
                                                               const Call&) {
  return at_point(
      points_, "source.names_directory", Effect::reads, [&]() -> Result<std::vector<bool>> {
        auto state = state_.lock();
        const Checkout& checkout = *SOUS_TRY(checkout_at(*state, root));
        std::vector<bool> answers;
        for (const auto& question : names) {
          const auto tag = std::ranges::find(checkout.facts.tags, question.tag, &GitTag::name);
          const auto tree = tag == checkout.facts.tags.end()
                                ? checkout.directories.end()
                                : checkout.directories.find(tag->commit);
          answers.push_back(tree != checkout.directories.end() &&
                            std::ranges::any_of(tree->second, [&](const std::string& path) {
                              return is_or_ends_in(path, question.name);
                            }));
        }
        return answers;
      });
}

Result<std::optional<NearestTag>> FakeSourceInspector::nearest_tag(
    const std::string& root, std::span<const std::string> tags, const Call&) {
  using Answer = Result<std::optional<NearestTag>>;
  return at_point(points_, "source.nearest_tag", Effect::reads, [&]() -> Answer {
    auto state = state_.lock();
    const Checkout& checkout = *SOUS_TRY(checkout_at(*state, root));
    for (const auto& revision : checkout.history) {
      for (const auto& tag : checkout.facts.tags) {
        if (tag.commit == revision && std::ranges::find(tags, tag.name) != tags.end()) {
          return std::optional(NearestTag{tag.name, tag.commit});
        }
      }
      if (checkout.facts.shallow) {
        return cut_off("the nearest tag");
      }
    }
    return std::optional<NearestTag>();
  });
}

Result<std::optional<Revision>> FakeSourceInspector::resolve(const std::string& root,
                                                             const std::string& name,
                                                             const Call&) {
  using Answer = Result<std::optional<Revision>>;
  return at_point(points_, "source.resolve", Effect::reads, [&]() -> Answer {
    auto state = state_.lock();
    const Checkout& checkout = *SOUS_TRY(checkout_at(*state, root));
    auto found = find_commit(checkout, name);
    if (!found && checkout.facts.shallow) {
      return cut_off("revision " + name);
    }
    return found;
  });
}

Status FakeSourceInspector::clone_at(const std::string& url,
                                     const std::string& revision,
                                     const std::string& into,
                                     const Call&) {
  return at_point(points_, "source.clone_at", Effect::changes, [&]() -> Status {
    auto state = state_.lock();
    const auto source = state->clones.find(url);
    if (source == state->clones.end()) {
      return Error(Code::unavailable, "cloning " + without_credentials(url) + " failed");
    }
    Checkout clone = source->second;
    const auto commit = find_commit(clone, revision);
    const auto place = commit ? std::ranges::find(clone.history, *commit) : clone.history.end();
    if (place == clone.history.end()) {
      return Error(Code::not_found, without_credentials(url) + " has no revision " + revision);
    }
    clone.history.erase(clone.history.begin(), place);
    clone.facts.root = into;
    clone.facts.head = *commit;
    clone.facts.branch.clear();
    clone.facts.head_on_remote = true;
    clone.facts.changed_count = 0;
    clone.facts.changed_files.clear();
    clone.facts.remotes = {{"origin", url}};
    state->checkouts[into] = std::move(clone);
    return ok();
  });
}

Status FakeSourceInspector::set_configured_repo(const std::string& root,
                                                const std::string& repo,
                                                const Call&) {
  return at_point(points_, "source.set_configured_repo", Effect::changes, [&]() -> Status {
    auto state = state_.lock();
    SOUS_TRY(checkout_at(*state, root))->facts.configured_repo = repo;
    return ok();
  });
}

Revision revision_number(std::uint64_t number) {
  return Revision::parse(fmt::format("{:040x}", number)).value();
}

}  // namespace sous::support
