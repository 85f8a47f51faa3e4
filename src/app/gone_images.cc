#include "app/gone_images.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace sous::app {
namespace {

std::string sentence(const Digest& digest, const std::string& what) {
  return fmt::format(
      "image gone: {} {}; bring it back with `sous artifact restore {} -from HOST` (a registry, "
      "`podman`, or an image layout), give a new version, or `sous lock supersede`",
      digest.short_hex(),
      what,
      digest.short_hex());
}

const Registration* registration_of(const Gdm& gdm, const SourceId& source, const Digest& digest) {
  const LockFile* file = gdm.lock_file(source);
  return file != nullptr ? file->registration_of(digest) : nullptr;
}

/// Whether all of them answer 404.
bool is_in_none_of(Node& node,
                   const std::set<ImageRepository>& repositories,
                   const Digest& digest,
                   const Call& call) {
  return std::ranges::all_of(repositories, [&](const ImageRepository& repository) {
    const auto there = node.registry.manifest(repository, digest, call);
    return !there && there.error().code() == Code::not_found;
  });
}

}  // namespace

std::optional<std::string> GoneImages::seems_gone(const Digest& digest, const SourceId& source) {
  const auto known = seeming_.find(digest);
  return known != seeming_.end() ? known->second
                                 : seeming_.emplace(digest, look_for(digest, source)).first->second;
}

std::optional<std::string> GoneImages::look_for(const Digest& digest, const SourceId& source) {
  const Registration* registration = registration_of(gdm_, source, digest);
  if (registration == nullptr || registration->images.empty()) {
    return std::nullopt;
  }
  bool had_tags = false;
  for (const ImageRepository& repository : registration->images) {
    const auto scan = node_.index.last_scan(repository);
    const auto tags = node_.index.tags(repository);
    if (!scan || !*scan || !(*scan)->completeness.is_complete() || !tags) {
      return std::nullopt;
    }
    for (const TagFact& tag : *tags) {
      if (tag.digest == digest && !tag.vanished_at) {
        return std::nullopt;
      }
      had_tags = had_tags || tag.digest == digest;
    }
  }
  if (!had_tags) {
    return std::nullopt;
  }
  return sentence(digest, "lost its last tag in " + registration->images.front().str());
}

std::set<ImageRepository> GoneImages::places_of(const ImageByDigest& image,
                                                const SourceId& source) const {
  std::set<ImageRepository> out{image.repository};
  if (const Registration* known = registration_of(gdm_, source, image.digest)) {
    out.insert(known->images.begin(), known->images.end());
  }
  const std::set<ImageRepository> own = out;
  for (const auto& [name, cluster] : gdm_.definitions.clusters) {
    if (cluster.registry) {
      for (const ImageRepository& repository : own) {
        out.insert({*cluster.registry, repository.path});
      }
    }
  }
  return out;
}

std::optional<std::string> GoneImages::is_gone(const ImageByDigest& image,
                                               const SourceId& source,
                                               const Call& call) {
  if (const auto known = asked_.find(image.digest); known != asked_.end()) {
    return known->second;
  }
  auto& answer = asked_[image.digest];
  if (is_in_none_of(node_, places_of(image, source), image.digest, call)) {
    answer = sentence(image.digest, "is in no registry any more");
  }
  return answer;
}

std::optional<std::string> refused_as_gone(Node& node,
                                           const Digest& digest,
                                           const std::set<ImageRepository>& names,
                                           const Call& call) {
  return is_in_none_of(node, names, digest, call)
             ? std::optional{sentence(digest, "is not in " + names.begin()->str() + " any more")}
             : std::nullopt;
}

}  // namespace sous::app
