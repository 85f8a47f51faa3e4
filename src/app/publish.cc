#include "app/publish.h"

#include <utility>

#include <fmt/format.h>

#include "app/tagging.h"
#include "codec/lock_record.h"
#include "codec/record_paths.h"

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
  out.kind = publication.kind;
  out.remote_url = publication.remote_url;
  return out;
}

/// The stamp as the newest registrations ask for it.
Result<ArtifactStamp> judged(const ArtifactStamp& stamp,
                             const ImageFacts& facts,
                             const LockFile* file,
                             const Publication& publication) {
  if (file == nullptr || file->registrations.empty() || stamp.rebuild_of) {
    return stamp;
  }
  const engine::NewBuild build{.source = stamp.source,
                               .revision = stamp.revision,
                               .advisories = stamp.advisories,
                               .layers = layers_proof(*facts.diff_ids),
                               .kind = publication.kind,
                               .anyway = publication.anyway};
  const auto judgement = SOUS_TRY(engine::judge_build(build, file, {}, Completeness::complete()));
  return judged_stamp(stamp, judgement);
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
  const auto stamp = SOUS_TRY(judged(image.stamp, image.facts, known, publication));
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

/// Whether the GDM may not have the registration, though nothing speaks against it.
bool is_away(Code code) {
  return code == Code::unavailable || code == Code::timeout || code == Code::unverified;
}

constexpr int kMostStamps = 5;

}  // namespace

ArtifactStamp judged_stamp(ArtifactStamp stamp, const engine::BuildJudgement& judgement) {
  if (judgement.tag_mismatch) {
    stamp.advisories.add(KnownAdvisory::tag_mismatch);
  }
  if (judgement.rebuild_of) {
    stamp.advisories.add(KnownAdvisory::rebuilt);
    stamp.rebuild_of = judgement.rebuild_of;
  }
  return stamp;
}

Result<Published> publish(Node& node,
                          const Publication& publication,
                          const PushTalk& talk,
                          const Call& call) {
  ArtifactStamp stamp = publication.stamp;
  for (int attempt = 1; attempt <= kMostStamps; ++attempt) {
    auto image = SOUS_TRY(stamped(publication.layout, stamp));
    SOUS_TRY_VOID(push_image(node, publication.repository, publication.layout, image, talk, call));
    auto registered = register_image(node, publication, image, call);
    if (!registered && is_away(registered.error().code())) {
      return Published{std::move(image), {}, {}, std::move(registered.error())};
    }
    auto answer = SOUS_TRY(std::move(registered));
    if (auto* restamp = std::get_if<ArtifactStamp>(&answer)) {
      stamp = std::move(*restamp);
      continue;
    }
    auto& state = std::get<GdmState>(answer);
    const LockFile& file = *state.gdm.lock_file(stamp.source);
    auto tags = tag_images(node, publication.repository, file, image.manifest, call)
                    .with("the image is registered, but tagging it failed");
    if (!tags && is_transient(tags.error().code())) {
      return Published{std::move(image), std::move(state), {}, std::move(tags.error())};
    }
    auto set = SOUS_TRY(std::move(tags));
    SOUS_TRY_VOID(node.index.put_facts(std::vector{image.facts},
                                       {publication.repository, "built here", node.clock.wall()}));
    return Published{std::move(image), std::move(state), std::move(set), {}};
  }
  return Error(Code::conflict, "other builds of this source were registered again and again")
      .hinted("run the build again when they have ended");
}

}  // namespace sous::app
