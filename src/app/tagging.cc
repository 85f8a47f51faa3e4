#include "app/tagging.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/choice.h"
#include "model/image_name.h"

namespace sous::app {
namespace {

/// The image that the version's tag should name: the choice, or for a product that is no candidate
/// the first of its kind.
std::optional<Digest> canonical_of(const LockFile& file, const std::string& kind) {
  if (kind.empty()) {
    const engine::Choice choice = engine::choose(engine::registered_only(file));
    const auto* decided = std::get_if<Decided>(&choice.verdict);
    return decided != nullptr ? std::optional{decided->image.digest} : std::nullopt;
  }
  const auto first = std::ranges::find_if(file.registrations, [&](const Registration& known) {
    return known.kind == kind && !known.withdrawn;
  });
  return first == file.registrations.end() ? std::nullopt : std::optional{first->digest};
}

ImageTag own_tag(const Registration& known) {
  return unique_tag(known.revision, known.built_at.value_or(known.registered.when), known.digest);
}

class Tagger {
 public:
  Tagger(Node& node,
         const ImageRepository& repository,
         const LockFile& file,
         const RawManifest& image,
         const Call& call)
      : node_(node), repository_(repository), file_(file), image_(image), call_(call) {}

  Result<std::vector<ImageTag>> tag() {
    const Registration& own = *file_.registration_of(image_.digest);
    const ImageTag version = SOUS_TRY(version_tag(file_.source.version));
    const auto canonical = canonical_of(file_, own.kind);
    const auto holder = SOUS_TRY(holder_of(version));
    const bool moves = canonical && holder != canonical;
    for (const Registration& known : file_.registrations) {
      // Who has the version tag needs no other, unless it moves now; then both need one.
      const bool has_version =
          moves ? !holder && known.digest == *canonical : holder == known.digest;
      if (known.kind == own.kind && !has_version &&
          std::ranges::find(known.images, repository_) != known.images.end()) {
        SOUS_TRY_VOID(give_own_tag(known));
      }
    }
    if (moves) {
      SOUS_TRY_VOID(move(version, *canonical));
    } else if (holder == image_.digest) {
      tags_.push_back(version);
    }
    return std::move(tags_);
  }

 private:
  Result<std::optional<Digest>> holder_of(const ImageTag& version) {
    const auto holder = node_.registry.resolve(repository_, version, call_);
    if (!holder && holder.error().code() != Code::not_found) {
      return holder.error();
    }
    return holder ? std::optional{*holder} : std::nullopt;
  }

  Status give_own_tag(const Registration& known) {
    const ImageTag tag = own_tag(known);
    const auto there = node_.registry.resolve(repository_, tag, call_);
    if (!there && there.error().code() != Code::not_found) {
      return there.error();
    }
    if (!there) {
      const auto manifest = SOUS_TRY(manifest_of(known.digest));
      if (!manifest) {
        return ok();  // gone: nothing is left to be tagged
      }
      SOUS_TRY_VOID(node_.registry.push_manifest(repository_, *manifest, tag, call_));
    }
    if (known.digest == image_.digest) {
      tags_.push_back(tag);
    }
    return ok();
  }

  Status move(const ImageTag& version, const Digest& canonical) {
    const auto manifest = SOUS_TRY(manifest_of(canonical));
    if (!manifest) {
      return ok();
    }
    const auto moved = node_.registry.push_manifest(repository_, *manifest, version, call_);
    if (!moved && moved.error().code() != Code::forbidden) {
      return moved.error();
    }
    if (moved && canonical == image_.digest) {
      tags_.push_back(version);
    }
    return ok();
  }

  Result<std::optional<RawManifest>> manifest_of(const Digest& digest) {
    if (digest == image_.digest) {
      return std::optional{image_};
    }
    auto manifest = node_.registry.manifest(repository_, digest, call_);
    if (!manifest && manifest.error().code() == Code::not_found) {
      return std::optional<RawManifest>{};
    }
    return std::optional{SOUS_TRY(std::move(manifest))};
  }

  Node& node_;
  const ImageRepository& repository_;
  const LockFile& file_;
  const RawManifest& image_;
  const Call& call_;
  std::vector<ImageTag> tags_;
};

}  // namespace

Result<std::vector<ImageTag>> tag_images(Node& node,
                                         const ImageRepository& repository,
                                         const LockFile& file,
                                         const RawManifest& image,
                                         const Call& call) {
  return Tagger(node, repository, file, image, call).tag();
}

}  // namespace sous::app
