#include "adapters/registry_oci/oci_registry.h"

#include <utility>
#include <vector>

#include "adapters/registry_oci/answers.h"
#include "adapters/registry_oci/exchange.h"
#include "adapters/registry_oci/manifest_answer.h"
#include "adapters/registry_oci/profiles.h"
#include "adapters/registry_oci/pull.h"
#include "adapters/registry_oci/push.h"
#include "adapters/registry_oci/tag_pages.h"
#include "adapters/registry_oci/target.h"

namespace sous::registry_oci {
namespace {

// Answers of the kind "this host does not do HEAD".
bool head_is_odd(int status) { return status == 400 || status == 405 || status == 501; }

}  // namespace

struct OciRegistry::Parts {
  Parts(OciConfig given,
        HttpClient& http,
        Credentials& credentials,
        Clock& clock,
        Rng& rng,
        Executor& executor,
        EventSink& the_events)
      : config(std::move(given)),
        events(the_events),
        exchange(config, http, credentials, clock, rng, executor, events),
        pull(config, exchange, events) {}

  // One HEAD each; calls `done` for those that are answered by it, and returns the others.
  std::vector<std::size_t> head_all(const Target& target,
                                    std::span<const ImageTag> tags,
                                    const OnDigest& done,
                                    const Call& call) {
    std::vector<Ask> asks;
    asks.reserve(tags.size());
    for (const auto& tag : tags) {
      asks.push_back(manifest_ask(config, target, "HEAD", tag));
    }
    std::vector<std::size_t> left;
    std::vector<std::pair<std::size_t, Error>> missing;
    exchange.send_all(
        target.audience,
        std::move(asks),
        [&](std::size_t i, Result<HttpResponse> response) {
          auto digest = read_resolved(std::move(response), target);
          if (digest.has_value() && !*digest) {
            left.push_back(i);
          } else if (!digest.has_value() && digest.error().code() == Code::not_found) {
            missing.emplace_back(i, std::move(digest.error()));
          } else if (digest.has_value()) {
            done(i, **digest);
          } else {
            done(i,
                 std::move(digest.error()).with("resolving " + shown(target.repository, tags[i])));
          }
        },
        call);
    // Some hosts answer 404 to every HEAD. Until one was seen to work, a GET has the last word.
    const bool trusted = profiles.of(target.host()).head_works;
    for (auto& [i, error] : missing) {
      if (trusted) {
        done(i, std::move(error).with("resolving " + shown(target.repository, tags[i])));
      } else {
        left.push_back(i);
      }
    }
    return left;
  }

  // The digest a HEAD gives; nothing when a GET has to be asked.
  Result<std::optional<Digest>> read_resolved(Result<HttpResponse> response, const Target& target) {
    const auto answer = SOUS_TRY(std::move(response));
    if (head_is_odd(answer.status)) {
      return std::optional<Digest>();
    }
    if (answer.status != 200) {
      return refusal(answer, target.host());
    }
    auto digest = SOUS_TRY(read_head(answer, target.host()));
    if (digest) {
      profiles.learn(target.host(), [](Profile& p) { p.head_works = true; });
    }
    return digest;
  }

  OciConfig config;
  EventSink& events;
  Exchange exchange;
  Pull pull;
  Profiles profiles;
};

OciRegistry::OciRegistry(OciConfig config,
                         HttpClient& http,
                         Credentials& credentials,
                         Clock& clock,
                         Rng& rng,
                         Executor& executor,
                         EventSink& events)
    : parts_(std::make_unique<Parts>(
          std::move(config), http, credentials, clock, rng, executor, events)) {}

OciRegistry::~OciRegistry() = default;

std::uint64_t OciRegistry::requests_sent() const { return parts_->exchange.requests_sent(); }

Result<TagList> OciRegistry::list_tags(const ImageRepository& repository, const Call& call) {
  auto out = [&]() -> Result<TagList> {
    const auto target = SOUS_TRY(target_of(parts_->exchange.hosts(), repository, kPull));
    return read_tags(
        parts_->config, parts_->exchange, parts_->profiles, parts_->events, target, call);
  }();
  return std::move(out).with("listing the tags of " + repository.str());
}

Result<Digest> OciRegistry::resolve(const ImageRepository& repository,
                                    const ImageTag& tag,
                                    const Call& call) {
  std::optional<Result<Digest>> out;
  resolve_all(
      repository,
      std::span(&tag, 1),
      [&](std::size_t, Result<Digest> result) { out.emplace(std::move(result)); },
      call);
  return std::move(*out);
}

void OciRegistry::resolve_all(const ImageRepository& repository,
                              std::span<const ImageTag> tags,
                              const OnDigest& done,
                              const Call& call) {
  const auto target = target_of(parts_->exchange.hosts(), repository, kPull);
  if (!target.has_value()) {
    for (std::size_t i = 0; i < tags.size(); ++i) {
      done(i, Error(target.error()).with("resolving " + shown(repository, tags[i])));
    }
    return;
  }
  std::vector<std::size_t> left;
  const bool by_head = !parts_->profiles.of(target->host()).head_without_digest;
  if (by_head) {
    left = parts_->head_all(*target, tags, done, call);
  } else {
    for (std::size_t i = 0; i < tags.size(); ++i) {
      left.push_back(i);
    }
  }
  std::vector<ManifestKey> keys;
  for (const std::size_t i : left) {
    keys.emplace_back(tags[i]);
  }
  parts_->pull.manifests(
      *target,
      keys,
      [&](std::size_t at, Result<RawManifest> manifest) {
        if (manifest.has_value()) {
          parts_->profiles.learn(target->host(), [](Profile& p) { p.head_without_digest = true; });
          done(left[at], manifest->digest);
          return;
        }
        if (manifest.error().code() == Code::not_found) {
          parts_->profiles.learn(target->host(), [](Profile& p) { p.head_works = true; });
        }
        done(left[at], std::move(manifest.error()));
      },
      call);
}

Result<RawManifest> OciRegistry::manifest(const ImageRepository& repository,
                                          const ManifestKey& key,
                                          const Call& call) {
  std::optional<Result<RawManifest>> out;
  manifests(
      repository,
      std::span(&key, 1),
      [&](std::size_t, Result<RawManifest> result) { out.emplace(std::move(result)); },
      call);
  return std::move(*out);
}

void OciRegistry::manifests(const ImageRepository& repository,
                            std::span<const ManifestKey> keys,
                            const OnManifest& done,
                            const Call& call) {
  const auto target = target_of(parts_->exchange.hosts(), repository, kPull);
  if (!target.has_value()) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      done(i, Error(target.error()).with("reading manifest " + shown(repository, keys[i])));
    }
    return;
  }
  parts_->pull.manifests(*target, keys, done, call);
}

Result<std::string> OciRegistry::blob(const ImageRepository& repository,
                                      const Digest& digest,
                                      std::uint64_t max_bytes,
                                      const Call& call) {
  std::optional<Result<std::string>> out;
  blobs(
      repository,
      std::span(&digest, 1),
      max_bytes,
      [&](std::size_t, Result<std::string> result) { out.emplace(std::move(result)); },
      call);
  return std::move(*out);
}

void OciRegistry::blobs(const ImageRepository& repository,
                        std::span<const Digest> digests,
                        std::uint64_t max_bytes,
                        const OnBlob& done,
                        const Call& call) {
  const auto target = target_of(parts_->exchange.hosts(), repository, kPull);
  if (!target.has_value()) {
    for (std::size_t i = 0; i < digests.size(); ++i) {
      done(i, Error(target.error()).with("reading blob " + shown(repository, digests[i])));
    }
    return;
  }
  parts_->pull.blobs(*target, digests, max_bytes, done, call);
}

Status OciRegistry::read_blob(const ImageRepository& repository,
                              const Digest& digest,
                              std::uint64_t max_bytes,
                              ByteSink& into,
                              const Call& call) {
  const auto target = target_of(parts_->exchange.hosts(), repository, kPull);
  if (!target.has_value()) {
    return Error(target.error()).with("reading blob " + shown(repository, digest));
  }
  return parts_->pull.blob_into(*target, digest, max_bytes, into, call);
}

Result<BlobOutcome> OciRegistry::push_blob(const ImageRepository& repository,
                                           const BlobUpload& upload,
                                           const Call& call) {
  return registry_oci::push_blob(parts_->config, parts_->exchange, repository, upload, call);
}

Status OciRegistry::push_manifest(const ImageRepository& repository,
                                  const RawManifest& manifest,
                                  const std::optional<ImageTag>& tag,
                                  const Call& call) {
  return registry_oci::push_manifest(parts_->exchange, repository, manifest, tag, call);
}

}  // namespace sous::registry_oci
