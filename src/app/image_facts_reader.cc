#include "app/image_facts_reader.h"

#include <map>
#include <utility>

#include "codec/oci.h"

namespace sous::app {
namespace {

constexpr std::uint64_t kMaxConfig = 8ULL << 20U;

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

/// One batch of images on its way from keys to facts.
class Batch {
 public:
  Batch(Node& node, const ImageRepository& repository, Depth depth, const Call& call)
      : node_(node), repository_(repository), whole_(depth == Depth::whole), call_(call) {}

  Result<std::vector<FactsRead>> read(std::span<const ManifestKey> keys) {
    read_manifests(keys);
    SOUS_TRY_VOID(take_what_is_known());
    read_children();
    read_configs();
    return std::move(images_);
  }

 private:
  void read_manifests(std::span<const ManifestKey> keys) {
    images_.reserve(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      images_.push_back({.facts = Error(Code::internal, "the registry gave no answer")});
    }
    node_.registry.manifests(
        repository_,
        keys,
        [&](std::size_t n, Result<RawManifest> answer) {
          images_[n] = {.facts = facts_of(std::move(answer)), .requests = 1};
        },
        call_);
  }

  /// A digest that was read once is never read again, whatever tag leads to it.
  Status take_what_is_known() {
    for (auto& image : images_) {
      if (!whole_ && image.facts && needs_more(*image.facts)) {
        if (auto known = SOUS_TRY(node_.index.facts(image.facts->digest))) {
          *image.facts = std::move(*known);
        }
      }
    }
    return ok();
  }

  static bool needs_more(const ImageFacts& facts) {
    return (!facts.config_digest && !facts.children.empty()) ||
           (facts.config_digest && std::holds_alternative<NeedsConfig>(read_identity(facts)));
  }

  /// The places of images by the digest of what they still need, so that it is read once.
  template <typename Needs>
  std::map<Digest, std::vector<std::size_t>> places_by(const Needs& needs) const {
    std::map<Digest, std::vector<std::size_t>> out;
    for (std::size_t i = 0; i < images_.size(); ++i) {
      if (!images_[i].facts) {
        continue;
      }
      if (const std::optional<Digest> needed = needs(*images_[i].facts)) {
        out[*needed].push_back(i);
      }
    }
    return out;
  }

  void read_children() {
    const auto places = places_by([](const ImageFacts& facts) {
      return !facts.config_digest && !facts.children.empty()
                 ? std::optional(facts.children.front().digest)
                 : std::nullopt;
    });
    if (places.empty()) {
      return;
    }
    std::vector<ManifestKey> keys;
    std::vector<const std::vector<std::size_t>*> of_key;
    for (const auto& [digest, images] : places) {
      keys.emplace_back(digest);
      of_key.push_back(&images);
    }
    node_.registry.manifests(
        repository_,
        keys,
        [&](std::size_t n, Result<RawManifest> answer) {
          const auto child = facts_of(std::move(answer));
          ++images_[of_key[n]->front()].requests;
          for (const std::size_t i : *of_key[n]) {
            add_child(images_[i], child);
          }
        },
        call_);
  }

  /// An index and its children are one artifact: the child speaks for it.
  static void add_child(FactsRead& image, const Result<ImageFacts>& child) {
    if (!child) {
      image.facts = child.error();
      return;
    }
    image.facts->config_digest = child->config_digest;
    image.facts->annotations.insert(child->annotations.begin(), child->annotations.end());
  }

  void read_configs() {
    const auto places = places_by([this](const ImageFacts& facts) {
      return facts.config_digest &&
                     (whole_ || std::holds_alternative<NeedsConfig>(read_identity(facts)))
                 ? facts.config_digest
                 : std::nullopt;
    });
    if (places.empty()) {
      return;
    }
    std::vector<Digest> digests;
    std::vector<const std::vector<std::size_t>*> of_digest;
    for (const auto& [digest, images] : places) {
      digests.push_back(digest);
      of_digest.push_back(&images);
    }
    node_.registry.blobs(
        repository_,
        digests,
        kMaxConfig,
        [&](std::size_t n, const Result<std::string>& answer) {
          ++images_[of_digest[n]->front()].requests;
          for (const std::size_t i : *of_digest[n]) {
            add_config(images_[i], answer);
          }
        },
        call_);
  }

  static void add_config(FactsRead& image, const Result<std::string>& config) {
    if (!config) {
      image.facts = config.error();
    } else if (auto added = codec::add_config_facts(*config, *image.facts); !added) {
      image.facts = added.error();
    }
  }

  Node& node_;
  const ImageRepository& repository_;
  bool whole_;
  const Call& call_;
  std::vector<FactsRead> images_;
};

}  // namespace

Result<std::vector<FactsRead>> read_facts(Node& node,
                                          const ImageRepository& repository,
                                          std::span<const ManifestKey> keys,
                                          const Call& call,
                                          Depth depth) {
  return Batch(node, repository, depth, call).read(keys);
}

Result<FactsRead> read_whole_facts(Node& node, const ImageByDigest& image, const Call& call) {
  const ManifestKey key = image.digest;
  auto read = SOUS_TRY(read_facts(node, image.repository, std::span(&key, 1), call, Depth::whole));
  return std::move(read.front());
}

bool is_broken_for_good(const Error& error) {
  return error.code() == Code::not_found || error.code() == Code::invalid_data;
}

}  // namespace sous::app
