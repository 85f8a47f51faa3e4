#include "app/tagging.h"

#include <algorithm>
#include <optional>
#include <set>
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

bool is_in(const Registration& known, const ImageRepository& repository) {
  return std::ranges::find(known.images, repository) != known.images.end();
}

ImageTag own_tag(const Registration& known) {
  return unique_tag(known.revision, known.built_at.value_or(known.registered.when), known.digest);
}

/// A tag that is there, and whether it was set just now.
struct SeenTag {
  Digest digest;
  ImageTag tag;
  bool is_new = false;
};

class Tagger {
 public:
  Tagger(Node& node,
         const ImageRepository& repository,
         const LockFile& file,
         const std::string& kind,
         const RawManifest* at_hand,
         const Call& call)
      : node_(node),
        repository_(repository),
        file_(file),
        kind_(kind),
        at_hand_(at_hand),
        call_(call) {}

  Result<std::vector<SeenTag>> tag() {
    const ImageTag version = SOUS_TRY(version_tag(file_.source.version));
    const auto canonical = canonical_of(file_, kind_);
    const auto holder = SOUS_TRY(holder_of(version));
    const bool moves = canonical && holder != canonical;
    for (const Registration& known : file_.registrations) {
      // Who has the version tag needs no other, unless it moves now; then both need one.
      const bool has_version =
          moves ? !holder && known.digest == *canonical : holder == known.digest;
      if (known.kind == kind_ && !has_version && is_in(known, repository_)) {
        SOUS_TRY_VOID(give_own_tag(known));
      }
    }
    if (moves) {
      SOUS_TRY_VOID(move(version, *canonical, holder.has_value()));
    } else if (holder) {
      tags_.push_back({*holder, version});
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
    tags_.push_back({known.digest, tag, !there});
    return ok();
  }

  Status move(const ImageTag& version, const Digest& canonical, bool has_other_tag) {
    const auto manifest = SOUS_TRY(manifest_of(canonical));
    if (!manifest) {
      return ok();
    }
    const auto moved = node_.registry.push_manifest(repository_, *manifest, version, call_);
    if (moved) {
      tags_.push_back({canonical, version, true});
      return ok();
    }
    if (moved.error().code() != Code::forbidden) {
      return moved.error();
    }
    // A registry may remove what has no tag at all.
    const Registration* known = file_.registration_of(canonical);
    return known == nullptr || has_other_tag ? ok() : give_own_tag(*known);
  }

  Result<std::optional<RawManifest>> manifest_of(const Digest& digest) {
    if (at_hand_ != nullptr && digest == at_hand_->digest) {
      return std::optional{*at_hand_};
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
  const std::string& kind_;
  const RawManifest* at_hand_;
  const Call& call_;
  std::vector<SeenTag> tags_;
};

/// The kinds of a version's images that no tag names.
std::set<std::string> untagged_kinds(const LockFile& file,
                                     const ImageRepository& repository,
                                     const std::set<Digest>& tagged) {
  std::set<std::string> out;
  for (const Registration& known : file.registrations) {
    if (!known.withdrawn && is_in(known, repository) && !tagged.contains(known.digest)) {
      out.insert(known.kind);
    }
  }
  return out;
}

}  // namespace

Result<std::vector<ImageTag>> tag_images(Node& node,
                                         const ImageRepository& repository,
                                         const LockFile& file,
                                         const RawManifest& image,
                                         const Call& call) {
  const std::string& kind = file.registration_of(image.digest)->kind;
  std::vector<ImageTag> out;
  for (auto& seen : SOUS_TRY(Tagger(node, repository, file, kind, &image, call).tag())) {
    if (seen.digest == image.digest) {
      out.push_back(std::move(seen.tag));
    }
  }
  return out;
}

Result<std::vector<GivenTag>> tag_again(Node& node,
                                        const ImageRepository& repository,
                                        const Gdm& gdm,
                                        const Call& call) {
  std::set<Digest> tagged;
  for (const TagFact& fact : SOUS_TRY(node.index.tags(repository))) {
    if (fact.digest && !fact.vanished_at) {
      tagged.insert(*fact.digest);
    }
  }
  std::vector<GivenTag> out;
  for (const auto& [source, file] : gdm.locks) {
    for (const auto& kind : untagged_kinds(file, repository, tagged)) {
      for (auto& seen : SOUS_TRY(Tagger(node, repository, file, kind, nullptr, call).tag())) {
        if (seen.is_new) {
          out.push_back({seen.digest, std::move(seen.tag)});
        }
      }
    }
  }
  return out;
}

}  // namespace sous::app
