#include "app/artifact_add.h"

#include <utility>
#include <variant>

#include <fmt/format.h>

#include "app/build_order.h"
#include "app/gdm_access.h"
#include "app/repository_scan.h"
#include "codec/lock_record.h"
#include "codec/record_paths.h"
#include "engine/registration.h"
#include "model/labels.h"

namespace sous::app {
namespace {

Result<ImageByDigest> by_digest(Node& node, const ImageRef& image, const Call& call) {
  if (image.digest) {
    return ImageByDigest{image.repository, *image.digest};
  }
  if (!image.tag) {
    return Error(Code::usage, fmt::format("{} names no image", image.str()))
        .hinted("add its tag or, better, its digest: host/path@sha256:...");
  }
  const Digest digest = SOUS_TRY(node.registry.resolve(image.repository, *image.tag, call)
                                     .with(fmt::format("reading image {}", image.str())));
  return ImageByDigest{image.repository, digest};
}

/// An image without labels is what it is registered as.
Result<Artifact> unlabelled(const AddRequest& request,
                            const SourceId& source,
                            const ImageByDigest& image,
                            const ImageFacts& facts) {
  if (!request.revision) {
    return Error(Code::usage,
                 fmt::format("image {} does not tell which revision it is", image.str()))
        .hinted("name the whole hash of the commit with -revision");
  }
  return Artifact{
      .digest = image.digest,
      .source = source,
      .revision = *request.revision,
      .advisories = {},
      .built_at = {},
      .created = facts.created,
      .rebuild_of = {},
      .config_digest = facts.config_digest,
      .layers = facts.diff_ids ? std::optional{layers_proof(*facts.diff_ids)} : std::nullopt,
      .repositories = {}};
}

/// One with labels is what they say, and that must be what was asked for.
Result<Artifact> labelled(const AddRequest& request,
                          const SourceId& source,
                          const ImageByDigest& image,
                          Artifact artifact) {
  if (artifact.source != source || (request.revision && artifact.revision != *request.revision)) {
    return Error(Code::blocked,
                 fmt::format("image {} is labelled as {} from revision {}",
                             image.str(),
                             artifact.source.str(),
                             artifact.revision.short_hex()))
        .hinted("an image that has labels is what they say");
  }
  return artifact;
}

/// The artifact as it is registered.
Result<Artifact> identified(const AddRequest& request,
                            const ImageByDigest& image,
                            const ImageFacts& facts) {
  const SourceId source{request.source.location, request.source.version.without_build()};
  auto identity = read_identity(facts);
  auto* own = std::get_if<SousImage>(&identity);
  Artifact out =
      SOUS_TRY(own != nullptr ? labelled(request, source, image, std::move(own->artifact))
                              : unlabelled(request, source, image, facts));
  out.repositories = {image.repository};
  out.advisories.add(KnownAdvisory::added_artifact);
  for (const std::string& advisory : request.advisories.texts()) {
    out.advisories.add(advisory);
  }
  return out;
}

/// Whether the image holds the parts of others, and so is no service (docs/formats/run-spec.md).
Result<bool> only_builds_others(Node& node,
                                const ImageByDigest& image,
                                const ImageFacts& facts,
                                const Call& call) {
  constexpr std::uint64_t kMaxConfig = 8ULL << 20U;
  if (!facts.config_digest) {
    return false;
  }
  const auto config =
      SOUS_TRY(node.registry.blob(image.repository, *facts.config_digest, kMaxConfig, call));
  return is_build_image(config);
}

Result<GdmEdit> registered(const GdmState& state, Artifact artifact, const Deed& deed) {
  const SourceId& source = artifact.source;
  const LockFile* known = state.gdm.lock_file(source);
  LockFile file = known != nullptr ? *known : LockFile{source, {}, {}, {}};
  if (engine::stands_for_another_revision(file, artifact.revision)) {
    artifact.advisories.add(KnownAdvisory::tag_mismatch);
  }
  Registration registration = engine::registration_of(artifact, deed);
  registration.origin = Registration::Origin::added;
  const auto next = SOUS_TRY(engine::with_registration(file, std::move(registration)));
  if (next == file) {
    return GdmEdit{};
  }
  return GdmEdit{.records = {{codec::lock_path(source), codec::encode_lock_file(next)}},
                 .message = fmt::format("Add {} as {}", artifact.digest.str(), source.str())};
}

}  // namespace

Result<LockFile> add_artifact(Node& node, const AddRequest& request, const Call& call) {
  const auto image = SOUS_TRY(by_digest(node, request.image, call));
  const auto facts = SOUS_TRY(read_image(node, image, call));
  auto artifact = SOUS_TRY(identified(request, image, facts));
  if (SOUS_TRY(only_builds_others(node, image, facts, call))) {
    artifact.advisories.add(KnownAdvisory::is_a_build_image);
  }
  SOUS_TRY_VOID(ensure_gdm(node, call));
  const Deed deed{node.who(), node.clock.wall(), "sous artifact add " + request.image.str()};
  const auto after = SOUS_TRY(edit_gdm(
      node, [&](const GdmState& state) { return registered(state, artifact, deed); }, call));
  return *after.gdm.lock_file(artifact.source);
}

}  // namespace sous::app
