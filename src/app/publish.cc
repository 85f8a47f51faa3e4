#include "app/publish.h"

#include <utility>

#include <fmt/format.h>

#include "app/repository_scan.h"
#include "codec/lock_record.h"
#include "codec/record_paths.h"
#include "engine/choice.h"
#include "engine/registration.h"
#include "model/image_name.h"

namespace sous::app {
namespace {

Registration registration_of(const Publication& publication, const StampedImage& image, Deed deed) {
  const ArtifactStamp& stamp = image.stamp;
  const Artifact artifact{.digest = image.manifest.digest,
                          .source = stamp.source,
                          .revision = stamp.revision,
                          .advisories = stamp.advisories,
                          .built_at = stamp.built_at,
                          .created = {},
                          .rebuild_of = stamp.rebuild_of,
                          .config_digest = image.config_digest,
                          .layers = layers_proof(*image.facts.diff_ids),
                          .repositories = {publication.repository}};
  Registration out = engine::registration_of(artifact, std::move(deed));
  out.remote_url = publication.remote_url;
  return out;
}

/// The stamp as the newest registrations ask for it.
Result<ArtifactStamp> judged(const ArtifactStamp& stamp,
                             const ImageFacts& facts,
                             const LockFile* file,
                             bool anyway) {
  if (file == nullptr || file->registrations.empty() || stamp.rebuild_of) {
    return stamp;
  }
  const engine::NewBuild build{.source = stamp.source,
                               .revision = stamp.revision,
                               .advisories = stamp.advisories,
                               .layers = layers_proof(*facts.diff_ids),
                               .anyway = anyway};
  const auto judgement = SOUS_TRY(engine::judge_build(build, file, {}, Completeness::complete()));
  ArtifactStamp out = stamp;
  if (judgement.tag_mismatch) {
    out.advisories.add(KnownAdvisory::tag_mismatch);
  }
  if (judgement.rebuild_of) {
    out.advisories.add(KnownAdvisory::rebuilt);
    out.rebuild_of = judgement.rebuild_of;
  }
  return out;
}

/// The registration as an edit; or, when another build was faster, the stamp this one must carry.
struct Judgement {
  GdmEdit edit;
  std::optional<ArtifactStamp> restamp;
};

Result<Judgement> judge(Node& node,
                        const GdmState& state,
                        const Publication& publication,
                        const StampedImage& image) {
  const SourceId& source = image.stamp.source;
  const LockFile* known = state.gdm.lock_file(source);
  if (known != nullptr && known->registration_of(image.manifest.digest) != nullptr) {
    return Judgement{};
  }
  const auto stamp = SOUS_TRY(judged(image.stamp, image.facts, known, publication.anyway));
  if (stamp.advisories != image.stamp.advisories) {
    return Judgement{{}, stamp};
  }
  Deed deed{node.who(), node.clock.wall(), "sous build"};
  LockFile file = known != nullptr ? *known : LockFile{source, {}, {}, {}};
  const auto next = SOUS_TRY(engine::with_registration(
      std::move(file), registration_of(publication, image, std::move(deed))));
  return Judgement{
      {.records = {{codec::lock_path(source), codec::encode_lock_file(next)}},
       .message = fmt::format("Register {} as {}", source.str(), image.manifest.digest.str())},
      std::nullopt};
}

/// Registers an image, or says how it must be stamped first.
Result<std::variant<GdmState, ArtifactStamp>> register_image(Node& node,
                                                             const Publication& publication,
                                                             const StampedImage& image,
                                                             const Call& call) {
  std::optional<ArtifactStamp> restamp;
  const auto register_here = [&](const GdmState& now) -> Result<GdmEdit> {
    auto judgement = SOUS_TRY(judge(node, now, publication, image));
    restamp = std::move(judgement.restamp);
    return std::move(judgement.edit);
  };
  auto state = SOUS_TRY(edit_gdm(node, register_here, call));
  if (restamp) {
    return std::variant<GdmState, ArtifactStamp>(std::move(*restamp));
  }
  return std::variant<GdmState, ArtifactStamp>(std::move(state));
}

/// Sets the tags of registered images. A tag only helps people and searches: locks decide.
class Tagger {
 public:
  Tagger(Node& node, const ImageRepository& repository, const LockFile& file, const Call& call)
      : node_(node), repository_(repository), file_(file), call_(call) {}

  Result<std::vector<ImageTag>> tag(const StampedImage& image) {
    const engine::Choice choice = engine::choose(engine::registered_only(file_));
    const auto* decided = std::get_if<Decided>(&choice.verdict);
    const bool canonical = decided != nullptr && decided->image.digest == image.manifest.digest;
    if (!canonical) {
      return unique(image.manifest);
    }
    const ImageTag version = SOUS_TRY(version_tag(file_.source.version));
    const auto holder = node_.registry.resolve(repository_, version, call_);
    if (holder && *holder == image.manifest.digest) {
      return std::vector{version};
    }
    if (!holder && holder.error().code() != Code::not_found) {
      return holder.error();
    }
    if (!holder) {
      SOUS_TRY_VOID(node_.registry.push_manifest(repository_, image.manifest, version, call_));
      return std::vector{version};
    }
    return move_version_tag(image, version, *holder);
  }

 private:
  /// Both the image that loses the version tag and the one that takes it get their own first, so
  /// that none is ever without a tag.
  Result<std::vector<ImageTag>> move_version_tag(const StampedImage& image,
                                                 const ImageTag& version,
                                                 const Digest& holder) {
    const auto old = SOUS_TRY(node_.registry.manifest(repository_, holder, call_));
    SOUS_TRY_VOID(unique(old));
    auto tags = SOUS_TRY(unique(image.manifest));
    const auto moved = node_.registry.push_manifest(repository_, image.manifest, version, call_);
    if (moved) {
      tags.push_back(version);
    } else if (moved.error().code() != Code::forbidden) {
      return moved.error();
    }  // a registry that forbids moving tags is no error: locks decide, tags never do
    return tags;
  }

  Result<std::vector<ImageTag>> unique(const RawManifest& manifest) {
    const Registration* known = file_.registration_of(manifest.digest);
    if (known == nullptr) {
      return std::vector<ImageTag>{};  // not Sous's: its owner tagged it otherwise, or will
    }
    const ImageTag tag = unique_tag(
        known->revision, known->built_at.value_or(known->registered.when), manifest.digest);
    SOUS_TRY_VOID(node_.registry.push_manifest(repository_, manifest, tag, call_));
    return std::vector{tag};
  }

  Node& node_;
  const ImageRepository& repository_;
  const LockFile& file_;
  const Call& call_;
};

constexpr int kMostStamps = 5;

}  // namespace

Result<Published> publish(Node& node, const Publication& publication, const Call& call) {
  ArtifactStamp stamp = publication.stamp;
  for (int attempt = 1; attempt <= kMostStamps; ++attempt) {
    auto image = SOUS_TRY(stamped(publication.layout, stamp));
    SOUS_TRY_VOID(push_image(node, publication.repository, publication.layout, image, call));
    auto registered = SOUS_TRY(register_image(node, publication, image, call));
    if (auto* restamp = std::get_if<ArtifactStamp>(&registered)) {
      stamp = std::move(*restamp);
      continue;
    }
    auto& state = std::get<GdmState>(registered);
    const LockFile& file = *state.gdm.lock_file(stamp.source);
    auto tags = SOUS_TRY(Tagger(node, publication.repository, file, call)
                             .tag(image)
                             .with("the image is registered, but tagging it failed"));
    SOUS_TRY_VOID(node.index.put_facts(std::vector{image.facts},
                                       {publication.repository, "built here", node.clock.wall()}));
    return Published{std::move(image), std::move(state), std::move(tags)};
  }
  return Error(Code::conflict, "other builds of this source were registered again and again")
      .hinted("run the build again when they have ended");
}

}  // namespace sous::app
