#include "app/stamped_image.h"

#include <utility>

#include <fmt/format.h>

namespace sous::app {
namespace {

constexpr std::uint64_t kMaxDocument = 8ULL << 20U;

}  // namespace

std::string BuiltLayout::blob_path(const Digest& digest) const {
  return fmt::format("{}/blobs/sha256/{}", directory, digest.hex());
}

Result<BuiltLayout> read_layout(Node& node, const std::string& directory) {
  const auto index = SOUS_TRY(node.files.read(directory + "/index.json", kMaxDocument));
  const auto manifest = SOUS_TRY(codec::parse_layout_index(index));
  BuiltLayout out{.directory = directory,
                  .manifest = {},
                  .config = {},
                  .layers = {},
                  .facts = {.digest = manifest.digest}};
  out.manifest = SOUS_TRY(node.files.read(out.blob_path(manifest.digest), kMaxDocument));
  auto parsed = SOUS_TRY(codec::parse_image_manifest(out.manifest));
  out.layers = std::move(parsed.layers);
  out.config = SOUS_TRY(node.files.read(out.blob_path(parsed.config.digest), kMaxDocument));
  out.facts = SOUS_TRY(codec::parse_manifest_facts(out.manifest, codec::media::kOciManifest));
  SOUS_TRY_VOID(codec::add_config_facts(out.config, out.facts));
  return out;
}

Result<StampedImage> stamped(const BuiltLayout& layout, const ArtifactStamp& stamp) {
  const LabelMap labels = written_labels(*layout.facts.labels, stamp, *layout.facts.diff_ids);
  std::string config = SOUS_TRY(codec::with_labels(layout.config, labels));
  const Digest config_digest = Digest::sha256_of(config);
  std::string manifest = SOUS_TRY(
      codec::with_config(layout.manifest,
                         {.media_type = {}, .digest = config_digest, .size = config.size()},
                         written_annotations(layout.facts.annotations, labels, config_digest)));
  ImageFacts facts = SOUS_TRY(codec::parse_manifest_facts(manifest, codec::media::kOciManifest));
  SOUS_TRY_VOID(codec::add_config_facts(config, facts));
  RawManifest raw{facts.digest, facts.media_type, std::move(manifest)};
  return StampedImage{stamp, std::move(config), config_digest, std::move(raw), std::move(facts)};
}

}  // namespace sous::app
