#include "app/repository_scan.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "codec/oci.h"

namespace sous::app {
namespace {

constexpr std::uint64_t kMaxConfig = 8ULL << 20U;

/// What can never be pulled is no candidate; anything else unread is a gap.
bool is_broken_for_good(const Error& error) {
  return error.code() == Code::not_found || error.code() == Code::invalid_data;
}

Result<ImageFacts> facts_of(Result<RawManifest> answer) {
  if (!answer) {
    return std::move(answer.error());
  }
  auto facts = codec::parse_manifest_facts(answer->bytes, answer->media_type);
  if (facts) {
    facts->digest = answer->digest;
  }
  return facts;
}

/// Completes facts that do not identify an image by themselves, by reading configs, and for indexes
/// first the manifest of one child.
class FactReader {
 public:
  enum class Configs : std::uint8_t { where_needed, all };

  FactReader(Node& node, const ImageRepository& repository, Configs configs, const Call& call)
      : node_(node), repository_(repository), configs_(configs), call_(call) {}

  /// Reads configs. Returns for each of `facts` the error that kept it incomplete.
  std::vector<std::optional<Error>> complete(std::vector<ImageFacts>& facts) {
    std::vector<std::optional<Error>> problems(facts.size());
    read_children(facts, problems);
    read_configs(facts, problems);
    return problems;
  }

 private:
  void read_children(std::vector<ImageFacts>& facts, std::vector<std::optional<Error>>& problems) {
    std::vector<std::size_t> at;
    std::vector<ManifestKey> keys;
    for (std::size_t i = 0; i < facts.size(); ++i) {
      if (!facts[i].config_digest && !facts[i].children.empty()) {
        at.push_back(i);
        keys.emplace_back(facts[i].children.front().digest);
      }
    }
    if (keys.empty()) {
      return;
    }
    node_.registry.manifests(
        repository_,
        keys,
        [&](std::size_t n, Result<RawManifest> answer) {
          ImageFacts& index = facts[at[n]];
          auto child = facts_of(std::move(answer));
          if (!child) {
            problems[at[n]] = child.error();
            return;
          }
          // An index and its children are one artifact: the child speaks for it.
          index.config_digest = child->config_digest;
          index.annotations.insert(child->annotations.begin(), child->annotations.end());
        },
        call_);
  }

  bool needs_config(const ImageFacts& facts) const {
    return configs_ == Configs::all ? !facts.labels
                                    : std::holds_alternative<NeedsConfig>(read_identity(facts));
  }

  void read_configs(std::vector<ImageFacts>& facts, std::vector<std::optional<Error>>& problems) {
    std::vector<std::size_t> at;
    std::vector<Digest> digests;
    for (std::size_t i = 0; i < facts.size(); ++i) {
      if (!problems[i] && facts[i].config_digest && needs_config(facts[i])) {
        at.push_back(i);
        digests.push_back(*facts[i].config_digest);
      }
    }
    if (digests.empty()) {
      return;
    }
    node_.registry.blobs(
        repository_,
        digests,
        kMaxConfig,
        [&](std::size_t n, Result<std::string> answer) {
          if (!answer) {
            problems[at[n]] = answer.error();
          } else if (auto added = codec::add_config_facts(*answer, facts[at[n]]); !added) {
            problems[at[n]] = added.error();
          }
        },
        call_);
  }

  Node& node_;
  const ImageRepository& repository_;
  Configs configs_;
  const Call& call_;
};

/// One reading of one repository.
class Scan {
 public:
  Scan(Node& node, const ImageRepository& repository, const Call& call)
      : node_(node), repository_(repository), call_(call) {
    record_.started_at = node.clock.wall();
  }

  Result<ScanRecord> run() {
    const std::uint64_t sent_before = node_.registry.requests_sent();
    auto list = node_.registry.list_tags(repository_, call_);
    if (!list && list.error().code() == Code::not_found) {
      list = TagList{};  // nothing was ever pushed there
    }
    if (!list) {
      gap("the tag list", list.error());
    } else {
      if (!list->completeness.is_complete()) {
        reason_ = list->completeness.reason();
        missing_ = list->completeness.missing();
      }
      SOUS_TRY_VOID(read_tags(list->tags));
      record_.tags = list->tags.size();
    }
    record_.finished_at = node_.clock.wall();
    record_.requests = node_.registry.requests_sent() - sent_before;
    if (!missing_.empty()) {
      record_.completeness = Completeness::partial(reason_, missing_);
    }
    SOUS_TRY_VOID(node_.index.put_scan(record_, tags_));
    return record_;
  }

 private:
  void gap(std::string_view what, const Error& error) {
    reason_ = error.text();
    missing_.push_back(fmt::format("{} of {}: {}", what, repository_.str(), error.message()));
  }

  Status read_tags(const std::vector<ImageTag>& listed) {
    std::vector<ManifestKey> fresh;
    std::map<ImageTag, TagFact> known;
    for (auto& fact : SOUS_TRY(node_.index.tags(repository_))) {
      known.emplace(fact.tag, std::move(fact));
    }
    for (const ImageTag& tag : listed) {
      const auto old = known.find(tag);
      if (old != known.end() && !old->second.vanished_at) {
        tags_.push_back(old->second);
      } else {
        fresh.emplace_back(tag);
      }
    }
    return fresh.empty() ? ok() : read_fresh(fresh);
  }

  Status read_fresh(const std::vector<ManifestKey>& keys) {
    std::vector<ImageFacts> facts;
    std::vector<ImageTag> of_facts;
    node_.registry.manifests(
        repository_,
        keys,
        [&](std::size_t n, Result<RawManifest> answer) {
          const auto& tag = std::get<ImageTag>(keys[n]);
          auto parsed = facts_of(std::move(answer));
          if (parsed) {
            facts.push_back(std::move(*parsed));
            of_facts.push_back(tag);
          } else {
            unreadable(tag, parsed.error());
          }
        },
        call_);
    const auto problems =
        FactReader(node_, repository_, FactReader::Configs::where_needed, call_).complete(facts);
    std::vector<ImageFacts> readable;
    for (std::size_t i = 0; i < facts.size(); ++i) {
      if (problems[i]) {
        unreadable(of_facts[i], *problems[i]);
      } else {
        tags_.push_back({of_facts[i], facts[i].digest, {}, record_.started_at, {}});
        readable.push_back(std::move(facts[i]));
      }
    }
    return node_.index.put_facts(readable, {repository_, "manifests by tag", node_.clock.wall()});
  }

  void unreadable(const ImageTag& tag, const Error& error) {
    if (is_broken_for_good(error)) {
      tags_.push_back({tag, std::nullopt, error.text(), record_.started_at, {}});
    } else {
      gap("tag " + tag.str(), error);
    }
  }

  Node& node_;
  const ImageRepository& repository_;
  const Call& call_;
  ScanRecord record_{repository_, {}, {}, Completeness::complete(), 0, 0};
  std::vector<TagFact> tags_;
  std::string reason_;
  std::vector<std::string> missing_;
};

}  // namespace

Result<ScanRecord> scan_repository(Node& node,
                                   const ImageRepository& repository,
                                   const Call& call) {
  return Scan(node, repository, call).run().with(fmt::format("scanning {}", repository.str()));
}

Result<ImageFacts> read_image(Node& node, const ImageByDigest& image, const Call& call) {
  std::vector<ImageFacts> facts;
  if (auto known = SOUS_TRY(node.index.facts(image.digest)); known && known->labels) {
    facts.push_back(std::move(*known));
  } else {
    const std::string what = fmt::format("reading image {}", image.str());
    facts.push_back(SOUS_TRY(
        facts_of(node.registry.manifest(image.repository, image.digest, call)).with(what)));
    FactReader reader(node, image.repository, FactReader::Configs::all, call);
    if (auto problem = std::move(reader.complete(facts).front())) {
      return std::move(*problem).with(what);
    }
    SOUS_TRY_VOID(
        node.index.put_facts(facts, {image.repository, "manifest by digest", node.clock.wall()}));
  }
  const auto identity = read_identity(facts.front());
  if (const auto* other = std::get_if<NotSous>(&identity); other != nullptr && other->unreliable) {
    return Error(
        Code::invalid_data,
        fmt::format("the labels of image {} cannot be relied on: {}", image.str(), other->reason));
  }
  return std::move(facts.front());
}

}  // namespace sous::app
